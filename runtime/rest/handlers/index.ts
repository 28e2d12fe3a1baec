/** Every operation with what answers it. The table of operations says what each takes; a handler decodes, has one command done, and answers. */
import type { Handler } from "../call.ts";
import type { OperationId } from "../operations.ts";
import * as account from "./account.ts";
import * as certificates from "./certificates.ts";
import * as files from "./files.ts";
import * as jobActions from "./jobActions.ts";
import * as jobSchedules from "./jobSchedules.ts";
import * as jobs from "./jobs.ts";
import * as nodes from "./nodes.ts";
import * as nodeUsers from "./nodeUsers.ts";
import * as poolSizes from "./poolSizes.ts";
import * as pools from "./pools.ts";
import * as remoteLogin from "./remoteLogin.ts";
import * as statistics from "./statistics.ts";
import * as taskCollection from "./taskCollection.ts";
import * as tasks from "./tasks.ts";

/** By the operation's name; a row without a handler does not compile. */
export const handlers: Readonly<Record<OperationId, Handler>> = Object.freeze({
  Pool_Add: pools.addPool,
  Pool_List: pools.listPools,
  Pool_Get: pools.getPool,
  Pool_Exists: pools.poolExists,
  Pool_Delete: pools.deletePool,
  Pool_Patch: pools.patchPool,
  Pool_UpdateProperties: pools.updatePoolProperties,
  Pool_Resize: poolSizes.resizePool,
  Pool_StopResize: poolSizes.stopResize,
  Pool_RemoveNodes: poolSizes.removeNodes,
  Pool_EnableAutoScale: poolSizes.enableAutoScale,
  Pool_DisableAutoScale: poolSizes.disableAutoScale,
  Pool_EvaluateAutoScale: poolSizes.evaluateAutoScale,
  Pool_UpgradeOS: poolSizes.upgradeOS,
  Pool_ListUsageMetrics: statistics.listUsage,
  Pool_GetAllLifetimeStatistics: statistics.lifetimeStatistics,
  Account_ListPoolNodeCounts: pools.listNodeCounts,
  Account_ListSupportedImages: account.listSupportedImages,

  ComputeNode_List: nodes.listNodes,
  ComputeNode_Get: nodes.getNode,
  ComputeNode_Reboot: nodes.rebootNode,
  ComputeNode_Reimage: nodes.reimageNode,
  ComputeNode_DisableScheduling: nodes.disableScheduling,
  ComputeNode_EnableScheduling: nodes.enableScheduling,
  ComputeNode_Start: nodes.deallocateNode,
  ComputeNode_Deallocate: nodes.deallocateNode,
  ComputeNode_AddUser: nodeUsers.addUser,
  ComputeNode_UpdateUser: nodeUsers.updateUser,
  ComputeNode_DeleteUser: nodeUsers.deleteUser,
  ComputeNode_GetRemoteLoginSettings: remoteLogin.getRemoteLogin,
  ComputeNode_GetRemoteDesktop: remoteLogin.getRemoteDesktop,
  ComputeNode_UploadBatchServiceLogs: nodes.uploadLogs,
  ComputeNodeExtension_List: nodes.listExtensions,
  ComputeNodeExtension_Get: nodes.getExtension,

  Job_Add: jobs.addJob,
  Job_List: jobs.listJobs,
  Job_ListFromJobSchedule: jobs.listJobsOfSchedule,
  Job_Get: jobs.getJob,
  Job_Patch: jobs.patchJob,
  Job_Update: jobs.updateJob,
  Job_Disable: jobActions.disableJob,
  Job_Enable: jobActions.enableJob,
  Job_Terminate: jobActions.terminateJob,
  Job_Delete: jobActions.deleteJob,
  Job_ListPreparationAndReleaseTaskStatus: jobs.listSpecials,
  Job_GetTaskCounts: jobs.getTaskCounts,
  Job_GetAllLifetimeStatistics: statistics.lifetimeStatistics,

  JobSchedule_Add: jobSchedules.addJobSchedule,
  JobSchedule_List: jobSchedules.listJobSchedules,
  JobSchedule_Get: jobSchedules.getJobSchedule,
  JobSchedule_Exists: jobSchedules.jobScheduleExists,
  JobSchedule_Patch: jobSchedules.patchJobSchedule,
  JobSchedule_Update: jobSchedules.updateJobSchedule,
  JobSchedule_Disable: jobSchedules.disableJobSchedule,
  JobSchedule_Enable: jobSchedules.enableJobSchedule,
  JobSchedule_Terminate: jobSchedules.terminateJobSchedule,
  JobSchedule_Delete: jobSchedules.deleteJobSchedule,

  Task_Add: tasks.addTask,
  Task_AddCollection: taskCollection.addTaskCollection,
  Task_List: tasks.listTasks,
  Task_Get: tasks.getTask,
  Task_Update: tasks.updateTask,
  Task_Terminate: tasks.terminateTask,
  Task_Reactivate: tasks.reactivateTask,
  Task_Delete: tasks.deleteTask,
  Task_ListSubtasks: tasks.listSubtasks,
  Task_ListEnvironment: tasks.listEnvironment,

  File_ListFromTask: files.listTaskFiles,
  File_GetFromTask: files.getTaskFile,
  File_GetPropertiesFromTask: files.getTaskFileProperties,
  File_DeleteFromTask: files.deleteTaskFile,
  File_ListFromComputeNode: files.listNodeFiles,
  File_GetFromComputeNode: files.getNodeFile,
  File_GetPropertiesFromComputeNode: files.getNodeFileProperties,
  File_DeleteFromComputeNode: files.deleteNodeFile,

  Application_List: account.listApplications,
  Application_Get: account.getApplication,
  Certificate_List: certificates.listCertificates,
  Certificate_Add: certificates.addCertificate,
  Certificate_Get: certificates.getCertificate,
  Certificate_Delete: certificates.deleteCertificate,
  Certificate_CancelDeletion: certificates.cancelDeletion,
});
