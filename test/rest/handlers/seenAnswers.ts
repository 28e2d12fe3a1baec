/**
 * What answers of the real service were seen to hold: by operation the headers of successful answers beyond the common ones, and the property paths of
 * their bodies (`a{b c[]{d}}` is a, a.b, a.c, a.c[].d). Facts only, no values; seen over several api-versions and of pools and jobs of many kinds, so no
 * single answer holds all of them.
 */

export interface Seen {
  readonly headers: string;
  readonly keys: string;
}

/** By operation. */
export const seenAnswers: Readonly<Record<string, Seen>> = {
  Account_ListPoolNodeCounts: {
    headers: "",
    keys: `
      odata.metadata value[]{dedicated{creating idle leavingPool offline preempted rebooting reimaging running startTaskFailed starting total
      unknown unusable upgradingOS waitingForStartTask} lowPriority{creating idle leavingPool offline preempted rebooting reimaging running
      startTaskFailed starting total unknown unusable upgradingOS waitingForStartTask} poolId}
    `,
  },
  Account_ListSupportedImages: {
    headers: "",
    keys: `
      odata.metadata value[]{batchSupportEndOfLife capabilities imageReference{offer publisher sku version} nodeAgentSKUId osType
      verificationType}
    `,
  },
  Application_Get: { headers: "", keys: "id odata.metadata versions" },
  Application_List: { headers: "", keys: "odata.metadata value[]{id versions}" },
  Certificate_Add: { headers: "dataserviceid location", keys: "" },
  Certificate_Delete: { headers: "", keys: "" },
  Certificate_Get: {
    headers: "",
    keys: `
      odata.metadata previousState previousStateTransitionTime publicData state stateTransitionTime thumbprint thumbprintAlgorithm url
    `,
  },
  Certificate_List: {
    headers: "",
    keys: "odata.metadata value[]{publicData state stateTransitionTime thumbprint thumbprintAlgorithm url}",
  },
  ComputeNode_AddUser: { headers: "dataserviceid location", keys: "" },
  ComputeNode_DeleteUser: { headers: "", keys: "" },
  ComputeNode_DisableScheduling: { headers: "dataserviceid", keys: "" },
  ComputeNode_EnableScheduling: { headers: "dataserviceid", keys: "" },
  ComputeNode_Get: {
    headers: "",
    keys: `
      affinityId allocationTime certificateReferences endpointConfiguration{inboundEndpoints[]{backendPort frontendPort name protocol publicFQDN
      publicIPAddress}} id ipAddress isDedicated lastBootTime nodeAgentInfo{lastUpdateTime version} odata.metadata runningTaskSlotsCount
      runningTasksCount schedulingState startTask{commandLine maxTaskRetryCount userIdentity{autoUser{elevationLevel scope}} waitForSuccess}
      startTaskInfo{endTime exitCode result retryCount startTime state} state stateTransitionTime totalTasksRun totalTasksSucceeded url
      virtualMachineInfo{imageReference{exactVersion offer publisher sku version}} vmSize
    `,
  },
  ComputeNode_GetRemoteDesktop: { headers: "", keys: "" },
  ComputeNode_GetRemoteLoginSettings: { headers: "dataserviceid", keys: "odata.metadata remoteLoginIPAddress remoteLoginPort" },
  ComputeNode_List: {
    headers: "",
    keys: `
      odata.metadata value[]{affinityId allocationTime certificateReferences[]{storeLocation storeName thumbprint thumbprintAlgorithm visibility}
      endpointConfiguration{inboundEndpoints} id ipAddress isDedicated lastBootTime nodeAgentInfo{lastUpdateTime version}
      recentTasks[]{executionInfo jobId taskId taskState taskUrl} runningTaskSlotsCount runningTasksCount schedulingState startTask{commandLine
      maxTaskRetryCount userIdentity{autoUser} waitForSuccess} startTaskInfo{endTime exitCode result retryCount startTime state} state
      stateTransitionTime totalTasksRun totalTasksSucceeded url virtualMachineInfo{imageReference{exactVersion offer publisher sku version}}
      vmSize}
    `,
  },
  ComputeNode_Reboot: { headers: "dataserviceid", keys: "" },
  ComputeNode_Reimage: { headers: "dataserviceid", keys: "" },
  ComputeNode_UpdateUser: { headers: "dataserviceid", keys: "" },
  ComputeNode_UploadBatchServiceLogs: { headers: "", keys: "numberOfFilesUploaded odata.metadata virtualDirectoryName" },
  File_DeleteFromComputeNode: { headers: "", keys: "" },
  File_DeleteFromTask: { headers: "", keys: "" },
  File_GetFromComputeNode: {
    headers: "last-modified ocp-batch-file-isdirectory ocp-batch-file-mode ocp-batch-file-url ocp-creation-time",
    keys: "",
  },
  File_GetFromTask: {
    headers: "last-modified ocp-batch-file-isdirectory ocp-batch-file-mode ocp-batch-file-url ocp-creation-time",
    keys: "",
  },
  File_GetPropertiesFromComputeNode: {
    headers: "last-modified ocp-batch-file-isdirectory ocp-batch-file-mode ocp-batch-file-url ocp-creation-time",
    keys: "",
  },
  File_GetPropertiesFromTask: {
    headers: "last-modified ocp-batch-file-isdirectory ocp-batch-file-mode ocp-batch-file-url ocp-creation-time",
    keys: "",
  },
  File_ListFromComputeNode: { headers: "", keys: "odata.metadata value[]{isDirectory name url}" },
  File_ListFromTask: {
    headers: "",
    keys: `
      odata.metadata value[]{isDirectory name properties{contentLength contentType creationTime fileMode lastModified} url}
    `,
  },
  JobSchedule_Add: { headers: "dataserviceid etag last-modified location", keys: "" },
  JobSchedule_Delete: { headers: "", keys: "" },
  JobSchedule_Disable: { headers: "dataserviceid etag last-modified", keys: "" },
  JobSchedule_Enable: { headers: "dataserviceid etag last-modified", keys: "" },
  JobSchedule_Exists: { headers: "etag last-modified", keys: "" },
  JobSchedule_Get: {
    headers: "etag last-modified",
    keys: `
      creationTime eTag executionInfo{nextRunTime recentJob{id url}} id jobSpecification{constraints{maxTaskRetryCount maxWallClockTime}
      maxParallelTasks onAllTasksComplete onTaskFailure poolInfo{poolId} priority usesTaskDependencies} lastModified odata.metadata
      schedule{doNotRunUntil recurrenceInterval startWindow} state stateTransitionTime url
    `,
  },
  JobSchedule_List: {
    headers: "",
    keys: `
      odata.metadata value[]{creationTime eTag executionInfo{nextRunTime recentJob{id url}} id jobSpecification{constraints{maxTaskRetryCount
      maxWallClockTime} maxParallelTasks onAllTasksComplete onTaskFailure poolInfo{poolId} priority usesTaskDependencies} lastModified
      schedule{doNotRunUntil recurrenceInterval startWindow} state stateTransitionTime url}
    `,
  },
  JobSchedule_Patch: { headers: "dataserviceid etag last-modified", keys: "" },
  JobSchedule_Terminate: { headers: "dataserviceid etag last-modified", keys: "" },
  JobSchedule_Update: { headers: "dataserviceid etag last-modified", keys: "" },
  Job_Add: { headers: "dataserviceid etag last-modified location", keys: "" },
  Job_Delete: { headers: "", keys: "" },
  Job_Disable: { headers: "dataserviceid etag last-modified", keys: "" },
  Job_Enable: { headers: "dataserviceid etag last-modified", keys: "" },
  Job_Get: {
    headers: "etag last-modified",
    keys: `
      allowTaskPreemption constraints{maxTaskRetryCount maxWallClockTime} creationTime eTag executionInfo{poolId startTime} id
      jobManagerTask{allowLowPriorityNode commandLine constraints{maxTaskRetryCount maxWallClockTime retentionTime} environmentSettings[]{name
      value} id killJobOnCompletion requiredSlots runExclusive userIdentity{autoUser{elevationLevel scope}}} jobPreparationTask{commandLine
      constraints{maxTaskRetryCount maxWallClockTime retentionTime} id rerunOnNodeRebootAfterSuccess userIdentity{autoUser{elevationLevel scope}}
      waitForSuccess} jobReleaseTask{commandLine id maxWallClockTime retentionTime userIdentity{autoUser{elevationLevel scope}}} lastModified
      maxParallelTasks metadata[]{name value} odata.metadata onAllTasksComplete onTaskFailure poolInfo{autoPoolSpecification{keepAlive
      pool{cloudServiceConfiguration{osFamily osVersion} enableAutoScale enableInterNodeCommunication resizeTimeout targetDedicatedNodes
      targetLowPriorityNodes taskSchedulingPolicy{nodeFillType} taskSlotsPerNode vmSize} poolLifetimeOption} poolId} priority state
      stateTransitionTime url usesTaskDependencies
    `,
  },
  Job_GetAllLifetimeStatistics: {
    headers: "",
    keys: `
      kernelCPUTime lastUpdateTime numFailedTasks numSucceededTasks numTaskRetries odata.metadata readIOGiB readIOps startTime url userCPUTime
      waitTime wallClockTime writeIOGiB writeIOps
    `,
  },
  Job_GetTaskCounts: {
    headers: "",
    keys: `
      active completed failed odata.metadata running succeeded taskCounts{active completed failed running succeeded} taskSlotCounts{active
      completed failed running succeeded}
    `,
  },
  Job_List: {
    headers: "",
    keys: `
      odata.metadata value[]{allowTaskPreemption commonEnvironmentSettings[]{name value} constraints{maxTaskRetryCount maxWallClockTime}
      creationTime displayName eTag executionInfo{endTime poolId schedulingError{category code details message} startTime} id
      jobManagerTask{allowLowPriorityNode commandLine constraints{maxTaskRetryCount maxWallClockTime retentionTime} displayName
      environmentSettings id killJobOnCompletion requiredSlots resourceFiles runExclusive userIdentity{autoUser}} jobPreparationTask{commandLine
      constraints{maxTaskRetryCount maxWallClockTime retentionTime} environmentSettings id rerunOnNodeRebootAfterSuccess resourceFiles
      userIdentity{autoUser} waitForSuccess} jobReleaseTask{commandLine environmentSettings id maxWallClockTime resourceFiles retentionTime
      userIdentity{autoUser}} lastModified maxParallelTasks metadata[]{name value} onAllTasksComplete onTaskFailure
      poolInfo{autoPoolSpecification{autoPoolIdPrefix keepAlive pool poolLifetimeOption} poolId} previousState previousStateTransitionTime
      priority state stateTransitionTime url usesTaskDependencies}
    `,
  },
  Job_ListFromJobSchedule: {
    headers: "",
    keys: `
      odata.metadata value[]{allowTaskPreemption commonEnvironmentSettings[]{name value} constraints{maxTaskRetryCount maxWallClockTime}
      creationTime displayName eTag executionInfo{endTime poolId schedulingError{category code details message} startTime} id
      jobManagerTask{allowLowPriorityNode commandLine constraints{maxTaskRetryCount maxWallClockTime retentionTime} displayName
      environmentSettings id killJobOnCompletion requiredSlots resourceFiles runExclusive userIdentity{autoUser}} jobPreparationTask{commandLine
      constraints{maxTaskRetryCount maxWallClockTime retentionTime} environmentSettings id rerunOnNodeRebootAfterSuccess resourceFiles
      userIdentity{autoUser} waitForSuccess} jobReleaseTask{commandLine environmentSettings id maxWallClockTime resourceFiles retentionTime
      userIdentity{autoUser}} lastModified maxParallelTasks metadata[]{name value} onAllTasksComplete onTaskFailure
      poolInfo{autoPoolSpecification{autoPoolIdPrefix keepAlive pool poolLifetimeOption} poolId} previousState previousStateTransitionTime
      priority state stateTransitionTime url usesTaskDependencies}
    `,
  },
  Job_ListPreparationAndReleaseTaskStatus: { headers: "", keys: "odata.metadata value" },
  Job_Patch: { headers: "dataserviceid etag last-modified", keys: "" },
  Job_Terminate: { headers: "dataserviceid etag last-modified", keys: "" },
  Job_Update: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_Add: { headers: "dataserviceid etag last-modified location", keys: "" },
  Pool_Delete: { headers: "", keys: "" },
  Pool_DisableAutoScale: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_EnableAutoScale: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_EvaluateAutoScale: {
    headers: "dataserviceid",
    keys: "error{code message values[]{name value}} odata.metadata results timestamp",
  },
  Pool_Exists: { headers: "etag last-modified", keys: "" },
  Pool_Get: {
    headers: "etag last-modified",
    keys: `
      allocationState allocationStateTransitionTime applicationLicenses certificateReferences cloudServiceConfiguration{osFamily osVersion}
      creationTime currentDedicatedNodes currentLowPriorityNodes displayName eTag enableAutoScale enableInterNodeCommunication id lastModified
      maxTasksPerNode metadata[]{name value} mountConfiguration[]{azureBlobFileSystemConfiguration{accountName containerName relativeMountPath}}
      networkConfiguration{dynamicVNetAssignmentScope enableAcceleratedNetworking endpointConfiguration{inboundNATPools[]{backendPort
      frontendPortRangeEnd frontendPortRangeStart name networkSecurityGroupRules protocol}}} odata.metadata resizeErrors[]{code message}
      resizeTimeout resourceTags{dept env} startTask{commandLine maxTaskRetryCount resourceFiles[]{filePath httpUrl}
      userIdentity{autoUser{elevationLevel scope} username} waitForSuccess} state stateTransitionTime targetDedicatedNodes targetLowPriorityNodes
      targetNodeCommunicationMode taskSchedulingPolicy{nodeFillType} taskSlotsPerNode
      upgradePolicy{automaticOSUpgradePolicy{disableAutomaticRollback enableAutomaticOSUpgrade osRollingUpgradeDeferral useRollingUpgradePolicy}
      mode rollingUpgradePolicy{enableCrossZoneUpgrade maxBatchInstancePercent maxUnhealthyInstancePercent maxUnhealthyUpgradedInstancePercent
      pauseTimeBetweenBatches prioritizeUnhealthyInstances rollbackFailedInstancesOnPolicyBreach}} url userAccounts[]{elevationLevel name
      windowsUserConfiguration{loginMode}} virtualMachineConfiguration{dataDisks[]{caching diskSizeGB lun storageAccountType}
      diskEncryptionConfiguration{targets} imageReference{offer publisher sku version} nodeAgentSKUId nodePlacementConfiguration{policy}
      osDisk{caching diskSizeGB ephemeralOSDiskSettings managedDisk{storageAccountType}} securityProfile{encryptionAtHost securityType
      uefiSettings{secureBootEnabled vTpmEnabled}} windowsConfiguration{enableAutomaticUpdates}} vmSize
    `,
  },
  Pool_GetAllLifetimeStatistics: {
    headers: "",
    keys: `
      odata.metadata resourceStats{avgCPUPercentage avgDiskGiB avgMemoryGiB diskReadGiB diskReadIOps diskWriteGiB diskWriteIOps lastUpdateTime
      networkReadGiB networkWriteGiB peakDiskGiB peakMemoryGiB startTime} url usageStats{dedicatedCoreTime lastUpdateTime startTime}
    `,
  },
  Pool_List: {
    headers: "",
    keys: `
      odata.metadata odata.nextLink value[]{allocationState allocationStateTransitionTime applicationLicenses certificateReferences
      cloudServiceConfiguration{osFamily osVersion} creationTime currentDedicatedNodes currentLowPriorityNodes eTag enableAutoScale
      enableInterNodeCommunication id lastModified maxTasksPerNode metadata[]{name value} networkConfiguration{dynamicVNetAssignmentScope
      endpointConfiguration{inboundNATPools}} resizeTimeout startTask{commandLine maxTaskRetryCount userIdentity{autoUser username}
      waitForSuccess} state stateTransitionTime targetDedicatedNodes targetLowPriorityNodes targetNodeCommunicationMode
      taskSchedulingPolicy{nodeFillType} taskSlotsPerNode url userAccounts[]{elevationLevel name windowsUserConfiguration}
      virtualMachineConfiguration{dataDisks diskEncryptionConfiguration{targets} imageReference{offer publisher sku version} nodeAgentSKUId
      windowsConfiguration{enableAutomaticUpdates}} vmSize}
    `,
  },
  Pool_ListUsageMetrics: { headers: "", keys: "odata.metadata value[]{endTime poolId startTime totalCoreHours vmSize}" },
  Pool_Patch: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_RemoveNodes: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_Resize: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_StopResize: { headers: "dataserviceid etag last-modified", keys: "" },
  Pool_UpdateProperties: { headers: "dataserviceid etag last-modified", keys: "" },
  Task_Add: { headers: "dataserviceid etag last-modified location", keys: "" },
  Task_AddCollection: { headers: "", keys: "odata.metadata value[]{eTag lastModified location status taskId}" },
  Task_Delete: { headers: "", keys: "" },
  Task_Get: {
    headers: "etag last-modified",
    keys: `
      applicationPackageReferences[]{applicationId version} authenticationTokenSettings{access} commandLine constraints{maxTaskRetryCount
      maxWallClockTime retentionTime} creationTime displayName eTag environmentSettings[]{name value} executionInfo{endTime exitCode
      failureInfo{category code details[]{name value} message} lastRetryTime requeueCount result retryCount startTime}
      exitConditions{default{dependencyAction jobAction} exitCodes[]{code exitOptions{dependencyAction jobAction}}} id lastModified
      multiInstanceSettings{coordinationCommandLine numberOfInstances} nodeInfo{affinityId nodeId nodeUrl poolId taskRootDirectory
      taskRootDirectoryUrl} odata.metadata outputFiles[]{destination{container{containerUrl}} filePattern uploadOptions{uploadCondition}}
      previousState previousStateTransitionTime requiredSlots state stateTransitionTime url userIdentity{autoUser{elevationLevel scope} username}
    `,
  },
  Task_List: {
    headers: "",
    keys: `
      odata.metadata value[]{commandLine constraints{maxTaskRetryCount maxWallClockTime retentionTime} creationTime eTag executionInfo{endTime
      exitCode requeueCount result retryCount startTime} id lastModified nodeInfo{affinityId nodeId nodeUrl poolId taskRootDirectory
      taskRootDirectoryUrl} outputFiles[]{destination filePattern uploadOptions} previousState previousStateTransitionTime requiredSlots state
      stateTransitionTime url userIdentity{autoUser{elevationLevel scope}}}
    `,
  },
  Task_ListSubtasks: { headers: "", keys: "odata.metadata value" },
  Task_Reactivate: { headers: "etag last-modified", keys: "" },
  Task_Terminate: { headers: "dataserviceid etag last-modified", keys: "" },
  Task_Update: { headers: "dataserviceid etag last-modified", keys: "" },
};

/** All paths of a text of keys, those with properties below them included. */
export function pathsOf(keys: string): Set<string> {
  const paths = new Set<string>();
  const above: string[] = [];
  let last = "";
  for (const [token] of keys.matchAll(/[^\s{}]+|[{}]/g)) {
    if (token === "{") above.push(last);
    else if (token === "}") above.pop();
    else {
      last = above.length === 0 ? token : `${above.at(-1)}.${token}`;
      paths.add(last.replace(/\[\]$/, ""));
    }
  }
  return paths;
}

/** All paths of a body, written the same way. */
export function pathsIn(value: unknown, at = "", paths = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) pathsIn(item, `${at}[]`, paths);
  else if (typeof value === "object" && value !== null)
    for (const [name, property] of Object.entries(value)) {
      const path = at === "" ? name : `${at}.${name}`;
      paths.add(path);
      pathsIn(property, path, paths);
    }
  return paths;
}
