/** Models of compute nodes: requests about them, what is read back, their files. The notation is explained in `schema.ts`. */

export const nodeModels = {
  ComputeNode: `
    id string, url string, state ComputeNodeState, schedulingState SchedulingState, stateTransitionTime date-time,
    lastBootTime date-time, allocationTime date-time, ipAddress string, affinityId string, vmSize string,
    totalTasksRun int32, runningTasksCount int32, runningTaskSlotsCount int32, totalTasksSucceeded int32,
    recentTasks [TaskInformation], startTask StartTask, startTaskInfo StartTaskInformation,
    certificateReferences [CertificateReference], errors [ComputeNodeError], isDedicated boolean,
    endpointConfiguration ComputeNodeEndpointConfiguration, nodeAgentInfo NodeAgentInformation,
    virtualMachineInfo VirtualMachineInfo
  `,
  ComputeNodeEndpointConfiguration: "inboundEndpoints! [InboundEndpoint]",
  ComputeNodeError: "code string, message string, errorDetails [NameValuePair]",
  ComputeNodeGetRemoteLoginSettingsResult: "remoteLoginIPAddress! string, remoteLoginPort! int32",
  ComputeNodeUser: "name! string, isAdmin boolean, expiryTime date-time, password string, sshPublicKey string",
  FileProperties: "creationTime date-time, lastModified! date-time, contentLength! int64, contentType string, fileMode string",
  InboundEndpoint: `
    name! string, protocol! InboundEndpointProtocol, publicIPAddress! string, publicFQDN! string, frontendPort! int32,
    backendPort! int32
  `,
  InstanceViewStatus: "code string, displayStatus string, level StatusLevelTypes, message string, time string",
  NodeAgentInformation: "version! string, lastUpdateTime! date-time",
  NodeCounts: `
    creating! int32, idle! int32, offline! int32, preempted! int32, rebooting! int32, reimaging! int32, running! int32,
    starting! int32, startTaskFailed! int32, leavingPool! int32, unknown! int32, unusable! int32,
    waitingForStartTask! int32, total! int32, deallocated int32, deallocating int32, upgradingOS int32
  `,
  NodeDeallocateParameter: "nodeDeallocateOption ComputeNodeDeallocationOption",
  NodeDisableSchedulingParameter: "nodeDisableSchedulingOption DisableComputeNodeSchedulingOption",
  NodeFile: "name string, url string, isDirectory boolean, properties FileProperties",
  NodeRebootParameter: "nodeRebootOption ComputeNodeRebootOption",
  NodeReimageParameter: "nodeReimageOption ComputeNodeReimageOption",
  NodeRemoveParameter: `
    nodeList! [string] max=100, resizeTimeout duration, nodeDeallocationOption ComputeNodeDeallocationOption
  `,
  NodeUpdateUserParameter: "password string, expiryTime date-time, sshPublicKey string",
  NodeVMExtension: "provisioningState string, vmExtension VMExtension, instanceView VMExtensionInstanceView",
  StartTaskInformation: `
    state! StartTaskState, startTime! date-time, endTime date-time, exitCode int32,
    containerInfo TaskContainerExecutionInformation, failureInfo TaskFailureInformation, retryCount! int32,
    lastRetryTime date-time, result TaskExecutionResult, schedulingError TaskFailureInformation old=failureInfo
  `,
  UploadBatchServiceLogsConfiguration: `
    containerUrl! string, startTime! date-time, endTime date-time, identityReference ComputeNodeIdentityReference
  `,
  UploadBatchServiceLogsResult: "virtualDirectoryName! string, numberOfFilesUploaded! int32",
  VMExtensionInstanceView: "name string, statuses [InstanceViewStatus], subStatuses [InstanceViewStatus]",
  VirtualMachineInfo: "imageReference ImageReference",
} as const;
