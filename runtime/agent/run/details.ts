/**
 * What pools, jobs and tasks carry for the node and the scheduler's core does not read: the `opaque` of a spec. Property names and shapes are the
 * service's own (models of 2022-10-01.16.0), so that a request's body goes through unchanged; whoever reads an entity back shows them again.
 */

export interface EnvironmentSetting {
  readonly name: string;
  readonly value?: string;
}

/** T-70: a file or a container of files that is there before the command line runs. */
export interface ResourceFile {
  readonly autoStorageContainerName?: string;
  readonly storageContainerUrl?: string;
  readonly httpUrl?: string;
  /** Of 2017: what is `httpUrl` today. */
  readonly blobSource?: string;
  readonly blobPrefix?: string;
  readonly filePath?: string;
  /** Octal, Linux only; default 0770. */
  readonly fileMode?: string;
}

/** T-75 to T-77: files that are uploaded after the process has ended. */
export interface OutputFile {
  readonly filePattern: string;
  readonly destination: {
    readonly container?: {
      readonly path?: string;
      readonly containerUrl: string;
      /** Sent with each blob: content type, metadata. */
      readonly uploadHeaders?: readonly { readonly name: string; readonly value?: string }[];
    };
  };
  readonly uploadOptions: { readonly uploadCondition: string };
}

export interface ApplicationPackageReference {
  readonly applicationId: string;
  readonly version?: string;
}

/** P-185: an automatic user or a named one of the pool. */
export interface UserIdentity {
  readonly username?: string;
  readonly autoUser?: { readonly scope?: string; readonly elevationLevel?: string };
}

/** Common to tasks, start, manager, preparation and release tasks. */
export interface CommandDetails {
  readonly displayName?: string;
  readonly resourceFiles?: readonly ResourceFile[];
  readonly environmentSettings?: readonly EnvironmentSetting[];
  readonly userIdentity?: UserIdentity;
  readonly containerSettings?: unknown;
}

/** `opaque` of a job's preparation and release tasks. */
export interface SpecialDetails extends CommandDetails {
  /** Milliseconds for which the directory is kept; for a preparation task from the end of the job (J-64). Absent: the service's default. */
  readonly retentionMs?: number;
}

/** `opaque` of a TaskSpec and of a job manager. */
export interface TaskDetails extends CommandDetails {
  readonly outputFiles?: readonly OutputFile[];
  readonly applicationPackageReferences?: readonly ApplicationPackageReference[];
  readonly authenticationTokenSettings?: { readonly access?: readonly string[] };
  /** Files that every instance of a multi-instance task gets before the coordination command (T-51). */
  readonly commonResourceFiles?: readonly ResourceFile[];
}

/** P-162: a certificate that a pool's nodes get. Store location and name are for Windows alone. */
export interface CertificateReference {
  readonly thumbprint: string;
  readonly thumbprintAlgorithm: string;
  readonly storeLocation?: string;
  readonly storeName?: string;
  /** `starttask`, `task`, `remoteuser`; none: all of them. */
  readonly visibility?: readonly string[];
}

export interface MetadataItem {
  readonly name: string;
  readonly value: string;
}

/** `opaque` of a JobSpec. */
export interface JobDetails {
  readonly commonEnvironmentSettings?: readonly EnvironmentSetting[];
  readonly metadata?: readonly MetadataItem[];
  readonly networkConfiguration?: unknown;
}

/** `opaque` of a PoolSpec. */
export interface PoolDetails {
  readonly cloudServiceConfiguration?: unknown;
  readonly virtualMachineConfiguration?: unknown;
  readonly networkConfiguration?: unknown;
  readonly certificateReferences?: readonly CertificateReference[];
  readonly applicationPackageReferences?: readonly ApplicationPackageReference[];
  readonly applicationLicenses?: readonly string[];
  readonly userAccounts?: readonly unknown[];
  readonly metadata?: readonly MetadataItem[];
  readonly mountConfiguration?: readonly unknown[];
  readonly targetNodeCommunicationMode?: string;
  readonly upgradePolicy?: unknown;
  readonly resourceTags?: unknown;
}
