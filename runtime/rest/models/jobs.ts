/** Models of jobs and job schedules, their special tasks and what became of them. The notation is explained in `schema.ts`. */

export const jobModels = {
  AutoPoolSpecification: `
    autoPoolIdPrefix string, poolLifetimeOption! PoolLifetimeOption, keepAlive boolean, pool PoolSpecification
  `,
  CloudJob: `
    id string, displayName string max=1024, usesTaskDependencies boolean, url string, eTag string, lastModified date-time,
    creationTime date-time, state JobState, stateTransitionTime date-time, previousState JobState,
    previousStateTransitionTime date-time, priority int32, allowTaskPreemption boolean, maxParallelTasks int32,
    constraints JobConstraints, jobManagerTask JobManagerTask, jobPreparationTask JobPreparationTask,
    jobReleaseTask JobReleaseTask, commonEnvironmentSettings [EnvironmentSetting], poolInfo PoolInformation,
    onAllTasksComplete OnAllTasksComplete, onTaskFailure OnTaskFailure, networkConfiguration JobNetworkConfiguration,
    metadata [MetadataItem], executionInfo JobExecutionInformation, stats JobStatistics
  `,
  CloudJobSchedule: `
    id string, displayName string max=1024, url string, eTag string, lastModified date-time, creationTime date-time,
    state JobScheduleState, stateTransitionTime date-time, previousState JobScheduleState,
    previousStateTransitionTime date-time, schedule Schedule, jobSpecification JobSpecification,
    executionInfo JobScheduleExecutionInformation, metadata [MetadataItem], stats JobScheduleStatistics
  `,
  JobAddParameter: `
    id! string, displayName string max=1024, priority int32, maxParallelTasks int32, allowTaskPreemption boolean,
    constraints JobConstraints, jobManagerTask JobManagerTask, jobPreparationTask JobPreparationTask,
    jobReleaseTask JobReleaseTask, commonEnvironmentSettings [EnvironmentSetting], poolInfo! PoolInformation,
    onAllTasksComplete OnAllTasksComplete, onTaskFailure OnTaskFailure, metadata [MetadataItem],
    usesTaskDependencies boolean, networkConfiguration JobNetworkConfiguration
  `,
  JobConstraints: "maxWallClockTime duration, maxTaskRetryCount int32",
  JobDisableParameter: "disableTasks! DisableJobOption",
  JobExecutionInformation: `
    startTime! date-time, endTime date-time, poolId string, schedulingError JobSchedulingError, terminateReason string
  `,
  JobManagerTask: `
    id! string, displayName string max=1024, commandLine! string, containerSettings TaskContainerSettings,
    resourceFiles [ResourceFile], outputFiles [OutputFile], environmentSettings [EnvironmentSetting],
    constraints TaskConstraints, requiredSlots int32, killJobOnCompletion boolean, userIdentity UserIdentity,
    runExclusive boolean, applicationPackageReferences [ApplicationPackageReference],
    authenticationTokenSettings AuthenticationTokenSettings, allowLowPriorityNode boolean
  `,
  JobNetworkConfiguration: "subnetId! string, skipWithdrawFromVNet boolean",
  JobPatchParameter: `
    priority int32, maxParallelTasks int32, allowTaskPreemption boolean, onAllTasksComplete OnAllTasksComplete,
    constraints JobConstraints, poolInfo PoolInformation, metadata [MetadataItem]
  `,
  JobPreparationAndReleaseTaskExecutionInformation: `
    poolId string, nodeId string, nodeUrl string, jobPreparationTaskExecutionInfo JobPreparationTaskExecutionInformation,
    jobReleaseTaskExecutionInfo JobReleaseTaskExecutionInformation
  `,
  JobPreparationTask: `
    id string, commandLine! string, containerSettings TaskContainerSettings, resourceFiles [ResourceFile],
    environmentSettings [EnvironmentSetting], constraints TaskConstraints, waitForSuccess boolean,
    userIdentity UserIdentity, rerunOnNodeRebootAfterSuccess boolean
  `,
  JobPreparationTaskExecutionInformation: `
    startTime! date-time, endTime date-time, state! JobPreparationTaskState, taskRootDirectory string,
    taskRootDirectoryUrl string, exitCode int32, containerInfo TaskContainerExecutionInformation,
    failureInfo TaskFailureInformation, retryCount! int32, lastRetryTime date-time, result TaskExecutionResult
  `,
  JobReleaseTask: `
    id string, commandLine! string, containerSettings TaskContainerSettings, resourceFiles [ResourceFile],
    environmentSettings [EnvironmentSetting], maxWallClockTime duration, retentionTime duration, userIdentity UserIdentity
  `,
  JobReleaseTaskExecutionInformation: `
    startTime! date-time, endTime date-time, state! JobReleaseTaskState, taskRootDirectory string,
    taskRootDirectoryUrl string, exitCode int32, containerInfo TaskContainerExecutionInformation,
    failureInfo TaskFailureInformation, result TaskExecutionResult
  `,
  JobScheduleAddParameter: `
    id! string, displayName string max=1024, schedule! Schedule, jobSpecification! JobSpecification,
    metadata [MetadataItem]
  `,
  JobScheduleExecutionInformation: "nextRunTime date-time, recentJob RecentJob, endTime date-time",
  JobSchedulePatchParameter: "schedule Schedule, jobSpecification JobSpecification, metadata [MetadataItem]",
  JobScheduleStatistics: `
    url! string, startTime! date-time, lastUpdateTime! date-time, userCPUTime! duration, kernelCPUTime! duration,
    wallClockTime! duration, readIOps! int64, writeIOps! int64, readIOGiB! double, writeIOGiB! double,
    numSucceededTasks! int64, numFailedTasks! int64, numTaskRetries! int64, waitTime! duration
  `,
  JobScheduleUpdateParameter: "schedule! Schedule, jobSpecification! JobSpecification, metadata [MetadataItem]",
  JobSchedulingError: "category! ErrorCategory, code string, message string, details [NameValuePair]",
  JobSpecification: `
    priority int32, allowTaskPreemption boolean, maxParallelTasks int32, displayName string max=1024,
    usesTaskDependencies boolean, onAllTasksComplete OnAllTasksComplete, onTaskFailure OnTaskFailure,
    networkConfiguration JobNetworkConfiguration, constraints JobConstraints, jobManagerTask JobManagerTask,
    jobPreparationTask JobPreparationTask, jobReleaseTask JobReleaseTask, commonEnvironmentSettings [EnvironmentSetting],
    poolInfo! PoolInformation, metadata [MetadataItem]
  `,
  JobStatistics: `
    url! string, startTime! date-time, lastUpdateTime! date-time, userCPUTime! duration, kernelCPUTime! duration,
    wallClockTime! duration, readIOps! int64, writeIOps! int64, readIOGiB! double, writeIOGiB! double,
    numSucceededTasks! int64, numFailedTasks! int64, numTaskRetries! int64, waitTime! duration
  `,
  JobTerminateParameter: "terminateReason string",
  JobUpdateParameter: `
    priority int32, maxParallelTasks int32, allowTaskPreemption boolean, constraints JobConstraints,
    poolInfo! PoolInformation, metadata [MetadataItem], onAllTasksComplete OnAllTasksComplete
  `,
  PoolInformation: "poolId string, autoPoolSpecification AutoPoolSpecification",
  RecentJob: "id string, url string",
  Schedule: "doNotRunUntil date-time, doNotRunAfter date-time, startWindow duration, recurrenceInterval duration",
} as const;
