/** Models of tasks: what is asked for, how they ended, and the parts that start, preparation and release tasks share. The notation is explained in `schema.ts`. */

export const taskModels = {
  AffinityInformation: "affinityId! string",
  ApplicationPackageReference: "applicationId! string, version string",
  AuthenticationTokenSettings: "access [AccessScope]",
  AutoUserSpecification: "scope AutoUserScope, elevationLevel ElevationLevel",
  CloudTask: `
    id string, displayName string max=1024, url string, eTag string, lastModified date-time, creationTime date-time,
    exitConditions ExitConditions, state TaskState, stateTransitionTime date-time, previousState TaskState,
    previousStateTransitionTime date-time, commandLine string, containerSettings TaskContainerSettings,
    resourceFiles [ResourceFile], outputFiles [OutputFile], environmentSettings [EnvironmentSetting],
    affinityInfo AffinityInformation, constraints TaskConstraints, requiredSlots int32, userIdentity UserIdentity,
    executionInfo TaskExecutionInformation, nodeInfo ComputeNodeInformation, multiInstanceSettings MultiInstanceSettings,
    stats TaskStatistics, dependsOn TaskDependencies, applicationPackageReferences [ApplicationPackageReference],
    authenticationTokenSettings AuthenticationTokenSettings
  `,
  ComputeNodeIdentityReference: "resourceId string",
  ComputeNodeInformation: `
    affinityId string, nodeUrl string, poolId string, nodeId string, taskRootDirectory string, taskRootDirectoryUrl string
  `,
  ContainerRegistry: "username string, password string, registryServer string, identityReference ComputeNodeIdentityReference",
  EnvironmentSetting: "name! string, value string",
  ExitCodeMapping: "code! int32, exitOptions! ExitOptions",
  ExitCodeRangeMapping: "start! int32, end! int32, exitOptions! ExitOptions",
  ExitConditions: `
    exitCodes [ExitCodeMapping], exitCodeRanges [ExitCodeRangeMapping], preProcessingError ExitOptions,
    fileUploadError ExitOptions, default ExitOptions, schedulingError ExitOptions old=preProcessingError
  `,
  ExitOptions: "jobAction JobAction, dependencyAction DependencyAction",
  HttpHeader: "name! string, value string",
  MetadataItem: "name! string, value! string",
  MultiInstanceSettings: "numberOfInstances int32, coordinationCommandLine string, commonResourceFiles [ResourceFile]",
  NameValuePair: "name string, value string",
  OutputFile: "filePattern! string, destination! OutputFileDestination, uploadOptions! OutputFileUploadOptions",
  OutputFileBlobContainerDestination: `
    path string, containerUrl! string, identityReference ComputeNodeIdentityReference, uploadHeaders [HttpHeader]
  `,
  OutputFileDestination: "container OutputFileBlobContainerDestination",
  OutputFileUploadOptions: "uploadCondition! OutputFileUploadCondition",
  ResourceFile: `
    autoStorageContainerName string, storageContainerUrl string, httpUrl string, blobPrefix string, filePath string,
    fileMode string, identityReference ComputeNodeIdentityReference, blobSource string old=httpUrl
  `,
  SubtaskInformation: `
    id int32, nodeInfo ComputeNodeInformation, startTime date-time, endTime date-time, exitCode int32,
    containerInfo TaskContainerExecutionInformation, failureInfo TaskFailureInformation, state SubtaskState,
    stateTransitionTime date-time, previousState SubtaskState, previousStateTransitionTime date-time,
    result TaskExecutionResult
  `,
  TaskAddCollectionParameter: "value! [TaskAddParameter] max=100",
  TaskAddCollectionResult: "value [TaskAddResult]",
  TaskAddParameter: `
    id! string, displayName string max=1024, commandLine! string, containerSettings TaskContainerSettings,
    exitConditions ExitConditions, resourceFiles [ResourceFile], outputFiles [OutputFile],
    environmentSettings [EnvironmentSetting], affinityInfo AffinityInformation, constraints TaskConstraints,
    requiredSlots int32, userIdentity UserIdentity, multiInstanceSettings MultiInstanceSettings,
    dependsOn TaskDependencies, applicationPackageReferences [ApplicationPackageReference],
    authenticationTokenSettings AuthenticationTokenSettings
  `,
  TaskAddResult: `
    status! TaskAddStatus, taskId! string, eTag string, lastModified date-time, location string, error BatchError
  `,
  TaskConstraints: "maxWallClockTime duration, retentionTime duration, maxTaskRetryCount int32",
  TaskContainerExecutionInformation: "containerId string, state string, error string",
  TaskContainerSettings: `
    containerRunOptions string, imageName! string, registry ContainerRegistry, workingDirectory ContainerWorkingDirectory,
    containerHostBatchBindMounts [object]
  `,
  TaskCounts: "active! int32, running! int32, completed! int32, succeeded! int32, failed! int32",
  TaskCountsResult: "taskCounts! TaskCounts, taskSlotCounts! TaskSlotCounts",
  TaskDependencies: "taskIds [string], taskIdRanges [TaskIdRange]",
  TaskExecutionInformation: `
    startTime date-time, endTime date-time, exitCode int32, containerInfo TaskContainerExecutionInformation,
    failureInfo TaskFailureInformation, retryCount! int32, lastRetryTime date-time, requeueCount! int32,
    lastRequeueTime date-time, result TaskExecutionResult, schedulingError TaskFailureInformation old=failureInfo
  `,
  TaskFailureInformation: "category! ErrorCategory, code string, message string, details [NameValuePair]",
  TaskIdRange: "start! int32, end! int32",
  TaskInformation: `
    taskUrl string, jobId string, taskId string, subtaskId int32, taskState! TaskState,
    executionInfo TaskExecutionInformation
  `,
  TaskSchedulingPolicy: "nodeFillType! ComputeNodeFillType, jobDefaultOrder string",
  TaskSlotCounts: "active! int32, running! int32, completed! int32, succeeded! int32, failed! int32",
  TaskStatistics: `
    url! string, startTime! date-time, lastUpdateTime! date-time, userCPUTime! duration, kernelCPUTime! duration,
    wallClockTime! duration, readIOps! int64, writeIOps! int64, readIOGiB! double, writeIOGiB! double, waitTime! duration
  `,
  TaskUpdateParameter: "constraints TaskConstraints",
  UserIdentity: "username string, autoUser AutoUserSpecification",
} as const;
