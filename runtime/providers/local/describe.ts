/**
 * From what the core wants run to what the agent is told: command line, directory, environment, files. Made when it is sent and not before, because
 * addresses and the agent's root are known only then.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type {
  ApplicationPackageReference,
  CommandDetails,
  PoolDetails,
  ResourceFile,
  SpecialDetails,
  TaskDetails,
} from "../../agent/run/details.ts";
import type { RunDescription } from "../../agent/protocol.ts";
import type { Attempt } from "../../core/attempt.ts";
import type { Job } from "../../core/job.ts";
import type { Task } from "../../core/task.ts";
import { isWindows } from "../operatingSystem.ts";
import { taskDirectory } from "../taskDirectories.ts";
import { type CertificateShelf, certificateReferences, storedCertificates, visibleCertificates } from "./certificates.ts";
import { type AccountNames, type Environment, environmentOf, groupEnvironment } from "./environment.ts";
import type { Group } from "./group.ts";
import type { Host } from "./hosts.ts";
import { machineDefaults, type MachineSettings } from "./machineSettings.ts";
import { type PackageShelf, packageEnvironment, wantedPackages } from "./packages.ts";
import type { Run } from "./runBook.ts";
import { identityOf } from "./taskUser.ts";

/** What a description needs to know of the service around it. */
export interface DescribeOptions {
  readonly account: () => AccountNames;
  readonly shelf: PackageShelf;
  /** Default: there are no certificates. */
  readonly certificates?: CertificateShelf;
  /** URL with which a node may read a container of the account's linked storage; undefined when there is none. */
  readonly linkedContainer?: (container: string) => string | undefined;
  /** The token with which a task reaches its own job (L-63). */
  readonly taskToken: (task: Task) => string;
  /** Service time passes this many times as fast as real time. */
  readonly timeScale: number;
  /** The service's default retention, milliseconds of service time (T-87). */
  readonly retentionMs: number;
  /** How far nodes are machines of their own. Default: as `weir serve` without options. */
  readonly machines?: MachineSettings;
}

/** What the description hangs on besides the run. */
interface Surroundings extends DescribeOptions {
  /** Absolute path under which the agent keeps its nodes. */
  readonly root: string;
  readonly addressOf: (host: string) => string;
}

type Command = Omit<RunDescription, "run" | "node" | "directory" | "elevated">;

/** The message that has the agent begin this run. */
export function describeRun(run: Pick<Run, "id" | "host" | "directory" | "subject">, around: Surroundings): RunDescription {
  const { command, details } = commandOf(run, around);
  const { resourceFiles, commonResourceFiles } = command;
  const isTask = run.subject.kind !== "startTask" && run.subject.kind !== "special";
  const identity = identityOf(details?.userIdentity, run.host.pool, around.machines ?? machineDefaults, isTask);
  return {
    run: run.id,
    node: run.host.name,
    directory: run.directory,
    // Packages are unpacked by the agent itself.
    ...(run.subject.kind === "packages" ? { elevated: false } : identity),
    ...(isWindows(run.host.pool) ? { windows: true as const } : {}),
    ...command,
    resourceFiles: resourceFiles.map((file) => reachable(file, around)),
    ...(commonResourceFiles === undefined
      ? {}
      : { commonResourceFiles: commonResourceFiles.map((file) => reachable(file, around)) }),
  };
}

/** A container of the linked storage becomes one by URL, with a signature that only the node sees. */
function reachable(file: ResourceFile, { linkedContainer }: Surroundings): ResourceFile {
  const { autoStorageContainerName, ...rest } = file;
  const storageContainerUrl = autoStorageContainerName === undefined ? undefined : linkedContainer?.(autoStorageContainerName);
  return storageContainerUrl === undefined ? file : { ...rest, storageContainerUrl };
}

interface Described {
  readonly command: Command;
  readonly details: CommandDetails | undefined;
}

function commandOf(run: Pick<Run, "host" | "subject">, around: Surroundings): Described {
  const { subject, host } = run;
  switch (subject.kind) {
    case "task":
      return taskCommand(host, subject.attempt, around);
    case "instance":
      return instanceCommand(host, subject.group, subject.instance, around);
    case "application":
      return applicationCommand(host, subject.group, around);
    case "special": {
      const { job, kind } = subject.run;
      const spec = kind === "preparation" ? job.spec.preparation : job.spec.release;
      const details = spec?.opaque as SpecialDetails | undefined;
      const environment = jobEnvironment(host, job, spec?.id ?? "", details, around, kind === "preparation");
      const command = plain(spec?.commandLine ?? "", environment, details, real(spec?.maxWallClockMs, around));
      // A preparation's is kept for as long as its job goes on, and only then for its retention time (J-64).
      const retentionMs = kind === "release" ? real(details?.retentionMs ?? around.retentionMs, around) : undefined;
      const certificates = forTask(host, around);
      return { details, command: { ...command, ...certificates, ...(retentionMs === undefined ? {} : { retentionMs }) } };
    }
    case "startTask": {
      const spec = host.node?.startTask;
      const details = spec?.opaque as CommandDetails | undefined;
      const environment = [...nodeEnvironment(host, undefined, undefined, details, around), ...poolPackages(host, around)];
      // Its directory stays from boot to boot: what it sees no more has to go.
      const certificates = visibleCertificates(host, "starttask", around.certificates);
      const command = plain(spec?.commandLine ?? "", environment, details, undefined);
      return { details, command: { ...command, certificates, leaves: true } };
    }
    case "packages": {
      // What the pool names now is what the node has until it boots again, whatever the pool names then (P-150, P-153).
      host.packages = wantedPackages(around.shelf, packageReferences(host));
      const packages = host.packages.map(({ zip, directory }) => ({ zip, directory }));
      const { certificates: shelf } = around;
      host.certificates = certificateReferences(host.pool);
      const store = shelf === undefined ? {} : { certificateStore: storedCertificates(host.certificates, shelf) };
      return { details: undefined, command: { ...plain("/bin/true", [], undefined, undefined), packages, ...store } };
    }
  }
}

function plain(
  commandLine: string,
  environment: Environment,
  details: CommandDetails | undefined,
  wallClockMs: number | undefined,
): Command {
  return {
    commandLine,
    environment,
    resourceFiles: details?.resourceFiles ?? [],
    outputFiles: [],
    packages: [],
    ...(wallClockMs === undefined ? {} : { wallClockMs }),
  };
}

/** Durations of service time as the agent measures them; nothing for what never ends. */
function real(durationMs: number | undefined, { timeScale }: DescribeOptions): number | undefined {
  return durationMs === undefined || durationMs === Number.POSITIVE_INFINITY ? undefined : durationMs / timeScale;
}

/** How long a run of the task may take, and how long its directory is kept, as the agent measures it; undefined: without end. */
export function limitsOf(
  { spec }: Task,
  around: DescribeOptions,
): { readonly wallClockMs: number | undefined; readonly retentionMs: number | undefined } {
  return {
    wallClockMs: real(spec.maxWallClockMs, around),
    retentionMs: real(spec.retentionMs ?? around.retentionMs, around),
  };
}

function taskCommand(host: Host, { task }: Attempt, around: Surroundings): Described {
  const { job, spec } = task;
  const details = spec.opaque as TaskDetails | undefined;
  const environment = jobEnvironment(host, job, task.id, details, around);
  const packages = wantedPackages(around.shelf, details?.applicationPackageReferences);
  if (packages.length > 0) environment.push(...packageEnvironment(join(around.root, host.name), packages, host.pool));
  if (details?.authenticationTokenSettings?.access?.includes("job") === true)
    environment.push(["AZ_BATCH_AUTHENTICATION_TOKEN", around.taskToken(task)]);
  const { wallClockMs, retentionMs } = limitsOf(task, around);
  const command = {
    ...plain(spec.commandLine, environment, details, wallClockMs),
    outputFiles: details?.outputFiles ?? [],
    packages: packages.map(({ zip, directory }) => ({ zip, directory })),
    ...forTask(host, around),
    ...(retentionMs === undefined ? {} : { retentionMs }),
  };
  return { command, details };
}

/** Nothing for most: a run without certificates needs no preparation for their sake. */
function forTask(host: Host, { certificates }: Surroundings): Pick<RunDescription, "certificates"> {
  const names = visibleCertificates(host, "task", certificates);
  return names.length === 0 ? {} : { certificates: names };
}

function instanceCommand(host: Host, group: Group, instance: number, around: Surroundings): Described {
  const { command, details } = groupCommand(host, group, instance, around);
  const commonResourceFiles = (details as TaskDetails | undefined)?.commonResourceFiles ?? [];
  return {
    details,
    command: {
      ...command,
      // Without one it is there for the common files' sake, and for the barrier.
      commandLine: group.attempt.task.spec.multiInstance?.coordinationCommandLine ?? "/bin/true",
      resourceFiles: instance === 0 ? command.resourceFiles : [],
      outputFiles: [],
      commonResourceFiles,
      // Where the primary has them too: AZ_BATCH_TASK_SHARED_DIR names the same directory below every node's root.
      ...(instance === 0 ? {} : { commonDirectory: taskDirectory(group.attempt.task.job, group.attempt.task.id) }),
      lingers: true,
    },
  };
}

function applicationCommand(host: Host, group: Group, around: Surroundings): Described {
  const { command, details } = groupCommand(host, group, 0, around);
  return { details, command: { ...command, resourceFiles: [], packages: [], continues: true } };
}

function groupCommand(host: Host, group: Group, instance: number, around: Surroundings): Described {
  const { attempt } = group;
  const nodes = attempt.group ?? [attempt.node];
  const { command, details } = taskCommand(host, attempt, around);
  const addresses = nodes.map((node) => around.addressOf(`${node.pool.key}.${node.id.toLowerCase()}`));
  const { job, id } = attempt.task;
  const shared = join(around.root, host.name, taskDirectory(job, id));
  const environment = [
    ...command.environment,
    ...groupEnvironment(nodes, addresses, instance),
    ["AZ_BATCH_TASK_SHARED_DIR", shared] as const,
  ];
  return { details, command: { ...command, environment } };
}

function nodeEnvironment(
  host: Host,
  job: Job | undefined,
  taskId: string | undefined,
  details: CommandDetails | undefined,
  around: Surroundings,
): Environment {
  return environmentOf({
    account: around.account(),
    pool: host.pool,
    nodeId: host.nodeId,
    isDedicated: host.isDedicated,
    details,
    ...(job === undefined ? {} : { job }),
    ...(taskId === undefined ? {} : { taskId }),
  });
}

/** Of tasks, job managers, preparation and release tasks. */
function jobEnvironment(
  host: Host,
  job: Job,
  taskId: string,
  details: CommandDetails | undefined,
  around: Surroundings,
  isPreparation = false,
): Environment {
  const environment = nodeEnvironment(host, job, taskId, details, around);
  const { preparation } = job.spec;
  if (preparation !== undefined && !isPreparation) {
    const directory = join(around.root, host.name, taskDirectory(job, preparation.id));
    environment.push(["AZ_BATCH_JOB_PREP_DIR", directory], ["AZ_BATCH_JOB_PREP_WORKING_DIR", join(directory, "wd")]);
  }
  const packages = poolPackages(host, around);
  if (packages.length > 0) environment.push(...packages);
  return environment;
}

const packageReferences = (host: Host): readonly ApplicationPackageReference[] | undefined =>
  (host.pool.spec.opaque as PoolDetails | undefined)?.applicationPackageReferences;

/** Variables of what was installed at the node's last boot; an earlier server's doing is read off the directories that are there. */
function poolPackages(host: Host, around: Surroundings): Environment {
  if (host.packages?.length === 0) return [];
  const root = join(around.root, host.name);
  if (host.packages !== undefined) return packageEnvironment(root, host.packages, host.pool);
  const references = packageReferences(host);
  if (references === undefined || references.length === 0) return [];
  const there = wantedPackages(around.shelf, references).filter(({ directory }) =>
    existsSync(join(root, "applications", directory)),
  );
  return packageEnvironment(root, there, host.pool);
}
