/** Models of pools: what is sent to add, change and size them, what is read back, and the parts of their configuration. The notation is explained in `schema.ts`. */

export const poolModels = {
  AutoScaleRun: "timestamp! date-time, results string, error AutoScaleRunError",
  AutoScaleRunError: "code string, message string, values [NameValuePair]",
  AzureBlobFileSystemConfiguration: `
    accountName! string, containerName! string, accountKey string, sasKey string, blobfuseOptions string,
    relativeMountPath! string, identityReference ComputeNodeIdentityReference
  `,
  AzureFileShareConfiguration: `
    accountName! string, azureFileUrl! string, accountKey! string, relativeMountPath! string, mountOptions string
  `,
  BatchPoolIdentity: "type! PoolIdentityType, userAssignedIdentities [UserAssignedIdentity]",
  CIFSMountConfiguration: "username! string, source! string, relativeMountPath! string, mountOptions string, password! string",
  CertificateReference: `
    thumbprint! string, thumbprintAlgorithm! string, storeLocation CertificateStoreLocation, storeName string,
    visibility [CertificateVisibility]
  `,
  CloudPool: `
    id string, displayName string max=1024, url string, eTag string, lastModified date-time, creationTime date-time,
    state PoolState, stateTransitionTime date-time, allocationState AllocationState,
    allocationStateTransitionTime date-time, vmSize string, cloudServiceConfiguration CloudServiceConfiguration,
    virtualMachineConfiguration VirtualMachineConfiguration, resizeTimeout duration, resizeErrors [ResizeError],
    currentDedicatedNodes int32, currentLowPriorityNodes int32, targetDedicatedNodes int32, targetLowPriorityNodes int32,
    enableAutoScale boolean, autoScaleFormula string, autoScaleEvaluationInterval duration, autoScaleRun AutoScaleRun,
    enableInterNodeCommunication boolean, networkConfiguration NetworkConfiguration, startTask StartTask,
    certificateReferences [CertificateReference], applicationPackageReferences [ApplicationPackageReference],
    applicationLicenses [string], taskSlotsPerNode int32, taskSchedulingPolicy TaskSchedulingPolicy,
    userAccounts [UserAccount], metadata [MetadataItem], stats PoolStatistics, mountConfiguration [MountConfiguration],
    identity BatchPoolIdentity, targetNodeCommunicationMode NodeCommunicationMode,
    currentNodeCommunicationMode NodeCommunicationMode readonly, maxTasksPerNode int32 old=taskSlotsPerNode,
    targetDedicated int32 old=targetDedicatedNodes, upgradePolicy object, resourceTags object,
    currentDedicated int32 old=currentDedicatedNodes, resizeError ResizeError old=resizeErrors
  `,
  CloudServiceConfiguration: `
    osFamily! string, osVersion string, targetOSVersion string old=osVersion, currentOSVersion string readonly
  `,
  ContainerConfiguration: "type! string, containerImageNames [string], containerRegistries [ContainerRegistry]",
  DataDisk: "lun! int32, caching CachingType, diskSizeGB! int32, storageAccountType StorageAccountType, managedDisk object",
  DiffDiskSettings: "placement DiffDiskPlacement",
  DiskEncryptionConfiguration: "targets [DiskEncryptionTarget]",
  ImageReference: `
    publisher string, offer string, sku string, version string, virtualMachineImageId string, exactVersion string readonly,
    sharedGalleryImageId string, communityGalleryImageId string
  `,
  InboundNATPool: `
    name! string, protocol! InboundEndpointProtocol, backendPort! int32, frontendPortRangeStart! int32,
    frontendPortRangeEnd! int32, networkSecurityGroupRules [NetworkSecurityGroupRule]
  `,
  LinuxUserConfiguration: "uid int32, gid int32, sshPrivateKey string",
  MountConfiguration: `
    azureBlobFileSystemConfiguration AzureBlobFileSystemConfiguration, nfsMountConfiguration NFSMountConfiguration,
    cifsMountConfiguration CIFSMountConfiguration, azureFileShareConfiguration AzureFileShareConfiguration
  `,
  NFSMountConfiguration: "source! string, relativeMountPath! string, mountOptions string",
  NetworkConfiguration: `
    subnetId string, dynamicVNetAssignmentScope DynamicVNetAssignmentScope,
    endpointConfiguration PoolEndpointConfiguration, publicIPAddressConfiguration PublicIPAddressConfiguration,
    enableAcceleratedNetworking boolean
  `,
  NetworkSecurityGroupRule: `
    priority! int32, access! NetworkSecurityGroupRuleAccess, sourceAddressPrefix! string, sourcePortRanges [string]
  `,
  NodePlacementConfiguration: "policy NodePlacementPolicyType",
  OSDisk: `
    ephemeralOSDiskSettings DiffDiskSettings,
    caching CachingType, diskSizeGB int32, managedDisk object, writeAcceleratorEnabled boolean,
    imageUris [string]
  `,
  PoolAddParameter: `
    id! string, displayName string max=1024, vmSize! string, cloudServiceConfiguration CloudServiceConfiguration,
    virtualMachineConfiguration VirtualMachineConfiguration, resizeTimeout duration, targetDedicatedNodes int32,
    targetLowPriorityNodes int32, enableAutoScale boolean, autoScaleFormula string, autoScaleEvaluationInterval duration,
    enableInterNodeCommunication boolean, networkConfiguration NetworkConfiguration, startTask StartTask,
    certificateReferences [CertificateReference], applicationPackageReferences [ApplicationPackageReference],
    applicationLicenses [string], taskSlotsPerNode int32, taskSchedulingPolicy TaskSchedulingPolicy,
    userAccounts [UserAccount], metadata [MetadataItem], mountConfiguration [MountConfiguration],
    targetNodeCommunicationMode NodeCommunicationMode, maxTasksPerNode int32 old=taskSlotsPerNode,
    targetDedicated int32 old=targetDedicatedNodes, upgradePolicy object, resourceTags object
  `,
  PoolEnableAutoScaleParameter: "autoScaleFormula string, autoScaleEvaluationInterval duration",
  PoolEndpointConfiguration: "inboundNATPools! [InboundNATPool]",
  PoolEvaluateAutoScaleParameter: "autoScaleFormula! string",
  PoolListUsageMetricsResult: "value [PoolUsageMetrics], odata.nextLink string",
  PoolNodeCounts: "poolId! string, dedicated NodeCounts, lowPriority NodeCounts",
  PoolPatchParameter: `
    startTask StartTask, certificateReferences [CertificateReference],
    applicationPackageReferences [ApplicationPackageReference], metadata [MetadataItem],
    targetNodeCommunicationMode NodeCommunicationMode
  `,
  PoolResizeParameter: `
    targetDedicatedNodes int32, targetLowPriorityNodes int32, resizeTimeout duration,
    nodeDeallocationOption ComputeNodeDeallocationOption, targetDedicated int32 old=targetDedicatedNodes
  `,
  PoolSpecification: `
    displayName string max=1024, vmSize! string, cloudServiceConfiguration CloudServiceConfiguration,
    virtualMachineConfiguration VirtualMachineConfiguration, taskSlotsPerNode int32,
    taskSchedulingPolicy TaskSchedulingPolicy, resizeTimeout duration, targetDedicatedNodes int32,
    targetLowPriorityNodes int32, enableAutoScale boolean, autoScaleFormula string, autoScaleEvaluationInterval duration,
    enableInterNodeCommunication boolean, networkConfiguration NetworkConfiguration, startTask StartTask,
    certificateReferences [CertificateReference], applicationPackageReferences [ApplicationPackageReference],
    applicationLicenses [string], userAccounts [UserAccount], metadata [MetadataItem],
    mountConfiguration [MountConfiguration], targetNodeCommunicationMode NodeCommunicationMode,
    maxTasksPerNode int32 old=taskSlotsPerNode, targetDedicated int32 old=targetDedicatedNodes, upgradePolicy object,
    resourceTags object
  `,
  PoolStatistics: `
    url! string, startTime! date-time, lastUpdateTime! date-time, usageStats UsageStatistics,
    resourceStats ResourceStatistics
  `,
  PoolUpdatePropertiesParameter: `
    startTask StartTask, certificateReferences [CertificateReference],
    applicationPackageReferences! [ApplicationPackageReference], metadata! [MetadataItem],
    targetNodeCommunicationMode NodeCommunicationMode
  `,
  PoolUpgradeOSParameter: "targetOSVersion! string",
  PoolUsageMetrics: "poolId! string, startTime! date-time, endTime! date-time, vmSize! string, totalCoreHours! double",
  PublicIPAddressConfiguration: "provision IPAddressProvisioningType, ipAddressIds [string]",
  ResizeError: "code string, message string, values [NameValuePair]",
  ResourceStatistics: `
    startTime! date-time, lastUpdateTime! date-time, avgCPUPercentage! double, avgMemoryGiB! double, peakMemoryGiB! double,
    avgDiskGiB! double, peakDiskGiB! double, diskReadIOps! int64, diskWriteIOps! int64, diskReadGiB! double,
    diskWriteGiB! double, networkReadGiB! double, networkWriteGiB! double
  `,
  StartTask: `
    commandLine! string, containerSettings TaskContainerSettings, resourceFiles [ResourceFile],
    environmentSettings [EnvironmentSetting], userIdentity UserIdentity, maxTaskRetryCount int32, waitForSuccess boolean
  `,
  UsageStatistics: "startTime! date-time, lastUpdateTime! date-time, dedicatedCoreTime! duration",
  UserAccount: `
    name! string, password! string, elevationLevel ElevationLevel, linuxUserConfiguration LinuxUserConfiguration,
    windowsUserConfiguration WindowsUserConfiguration
  `,
  UserAssignedIdentity: "resourceId! string, clientId string readonly, principalId string readonly",
  VMExtension: `
    name! string, publisher! string, type! string, typeHandlerVersion string, autoUpgradeMinorVersion boolean,
    settings object, protectedSettings object, provisionAfterExtensions [string], enableAutomaticUpgrade boolean
  `,
  VirtualMachineConfiguration: `
    imageReference ImageReference, nodeAgentSKUId! string, windowsConfiguration WindowsConfiguration,
    dataDisks [DataDisk], licenseType string, containerConfiguration ContainerConfiguration,
    diskEncryptionConfiguration DiskEncryptionConfiguration, nodePlacementConfiguration NodePlacementConfiguration,
    extensions [VMExtension], osDisk OSDisk, securityProfile object, serviceArtifactReference object
  `,
  WindowsConfiguration: "enableAutomaticUpdates boolean",
  WindowsUserConfiguration: "loginMode LoginMode",
} as const;
