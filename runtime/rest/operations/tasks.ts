/** Operations of tasks (T rules). */
import { list, one, operation } from "./row.ts";

const TASK = "/jobs/{jobId}/tasks/{taskId}";

/** Their rows. */
export const taskOperations = [
  operation("Task_Add", "POST /jobs/{jobId}/tasks", 201, {
    requestModel: "TaskAddParameter",
    does: "Adds a task; it runs as a process of this machine.",
  }),
  operation("Task_AddCollection", "POST /jobs/{jobId}/addtaskcollection", 200, {
    requestModel: "TaskAddCollectionParameter",
    answerModel: "TaskAddCollectionResult",
    metadata: "taskaddresult",
    dataServiceId: false,
    does: "Adds up to 100 tasks and tells of each how that went.",
  }),
  operation("Task_List", "GET /jobs/{jobId}/tasks", 200, {
    ...list("CloudTask", "tasks", ["$filter", "$select", "$expand"]),
    does: "Lists the tasks of a job.",
  }),
  operation("Task_Get", `GET ${TASK}`, 200, {
    ...one("CloudTask", "tasks", ["$select", "$expand"]),
    conditions: "all",
    does: "Reads a task, where it runs and how it ended.",
  }),
  operation("Task_Update", `PUT ${TASK}`, 200, {
    requestModel: "TaskUpdateParameter",
    conditions: "all",
    does: "Replaces the constraints of a task.",
  }),
  operation("Task_Terminate", `POST ${TASK}/terminate`, 204, {
    conditions: "all",
    does: "Ends a task: the processes of a running one are killed.",
  }),
  operation("Task_Reactivate", `POST ${TASK}/reactivate`, 204, {
    conditions: "all",
    dataServiceId: false,
    does: "Lets a failed task run anew.",
  }),
  operation("Task_Delete", `DELETE ${TASK}`, 200, {
    conditions: "all",
    does: "Deletes a task and its files.",
  }),
  operation("Task_ListSubtasks", `GET ${TASK}/subtasksinfo`, 200, {
    query: ["$select"],
    answerModel: "SubtaskInformation",
    metadata: "subtaskinfo",
    does: "Lists the subtasks of a multi-instance task: of the run that goes on, or of the last one.",
  }),
  operation("Task_ListEnvironment", `GET ${TASK}/environment`, 200, {
    answerModel: "EnvironmentSetting",
    metadata: "environmentsettings",
    isAddition: true,
    does: "Lists every environment variable of the process that a task runs or last ran, those of the service and those that were asked for; an addition of this service.",
  }),
] as const;
