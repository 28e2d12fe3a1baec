/**
 * `weir serve`: the Batch service on this machine, until it is told to stop. What it prints on stdout is what a client needs; its log goes to stderr. A
 * second Ctrl-C does not wait any longer; what is acknowledged is kept all the same.
 */
import { announcementDocument, announcementLines } from "../../serve/announce.ts";
import { openLog } from "../../serve/log.ts";
import { asServeProblem, ServeProblem } from "../../serve/serveProblem.ts";
import {
  type LogLevel,
  machineDefaults,
  type MachineSettings,
  type NumberRange,
  type OnStop,
  type ServeSettings,
  serveDefaults,
  TASK_USER_NUMBERS,
} from "../../serve/serveSettings.ts";
import { type RunningServer, startServer } from "../../serve/start.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import type { Output } from "../output.ts";

export interface ServeOptions {
  readonly listen?: { readonly host: string; readonly port: number };
  readonly data?: string;
  readonly account?: string;
  readonly key?: string;
  readonly https?: boolean;
  readonly timeScale?: number;
  readonly fast?: boolean;
  /** Ticks. */
  readonly samplePeriod?: bigint;
  readonly boot?: bigint;
  readonly nodesMax?: number;
  readonly heartbeat?: bigint;
  readonly taskUsers?: NumberRange | true;
  readonly elevation?: MachineSettings["elevation"];
  readonly enforceSizes?: boolean;
  /** Megabytes. */
  readonly nodeDisk?: number;
  readonly clusterNodes?: number;
  readonly isolateNodes?: boolean;
  readonly strict2017?: boolean;
  readonly dedicatedCores?: number;
  readonly lowPriorityCores?: number;
  readonly activeJobs?: number;
  readonly pools?: number;
  readonly requestsPerSecond?: number;
  readonly onStop?: OnStop;
  readonly seed?: string;
  readonly reset?: boolean;
  readonly logLevel?: LogLevel;
}

/** Runs the service; the exit code comes when it has stopped. */
export async function serve(options: ServeOptions, output: Output): Promise<ExitCode> {
  const settings = settingsOf(options, output);
  const log = openLog(settings.logLevel);
  const server = await started(settings, log);
  const { endpoint, account, directory, certificate } = server;
  const announcement = {
    endpoint,
    account,
    data: directory.temporary ? undefined : directory.path,
    pid: process.pid,
    timeScale: settings.timeScale,
    certificate,
  };
  // Whoever read what it says may go: it serves nevertheless.
  process.stdout.removeAllListeners("error").on("error", () => {});
  if (output.json) output.document(announcementDocument(announcement));
  else for (const line of announcementLines(announcement)) output.line(line);
  const failure = await Promise.race([server.failed, untilTold()]);
  process.once("SIGINT", () => process.exit(exitCodes.wrong));
  await server.stop();
  if (failure === undefined) return exitCodes.done;
  const problem = asServeProblem(failure);
  output.problem(`weir: the service had to give up: ${failure.message.split("\n")[0]}`);
  return problem instanceof ServeProblem ? exitCodes.usage : exitCodes.bug;
}

async function started(settings: ServeSettings, log: ReturnType<typeof openLog>): Promise<RunningServer> {
  try {
    return await startServer(settings, log);
  } catch (error) {
    if (error instanceof ServeProblem) throw new InputError(error.message);
    throw error;
  }
}

/** Resolves at the first SIGTERM or SIGINT. */
function untilTold(): Promise<undefined> {
  return new Promise((resolve) => {
    const told = () => {
      process.off("SIGTERM", told);
      process.off("SIGINT", told);
      resolve(undefined);
    };
    process.on("SIGTERM", told);
    process.on("SIGINT", told);
  });
}

function settingsOf(options: ServeOptions, output: Output): ServeSettings {
  const { account, key, listen, samplePeriod, boot } = options;
  if ((account === undefined) !== (key === undefined)) throw new UsageError("--account and --key go together", "serve");
  // An empty one would be the current directory.
  if (options.data?.trim() === "") throw new UsageError("--data: name a directory", "serve");
  if (options.reset === true && options.data === undefined)
    throw new UsageError("--reset is for a service with --data", "serve");
  const quotas = {
    ...serveDefaults.quotas,
    ...defined({
      dedicatedCores: options.dedicatedCores,
      lowPriorityCores: options.lowPriorityCores,
      activeJobsAndSchedules: options.activeJobs,
      pools: options.pools,
    }),
  };
  return {
    ...serveDefaults,
    ...defined({
      data: options.data,
      https: options.https,
      timeScale: options.timeScale,
      fast: options.fast,
      nodesMax: options.nodesMax,
      clusterNodes: options.clusterNodes,
      isolateNodes: options.isolateNodes,
      strict: options.strict2017,
      onStop: options.onStop,
      requestsPerSecond: options.requestsPerSecond,
      seed: options.seed,
      reset: options.reset,
      logLevel: options.logLevel ?? (output.quiet ? ("error" as const) : undefined),
    }),
    ...listen,
    vaultPassphrase: takePassphrase(),
    ...(account === undefined || key === undefined ? {} : { account: { name: account, key } }),
    ...(samplePeriod === undefined ? {} : { samplePeriodMs: milliseconds(samplePeriod) }),
    ...(boot === undefined ? {} : { bootMs: milliseconds(boot) }),
    machines: machinesOf(options),
    quotas,
  };
}

/** Out of the environment, which agents and their tasks inherit. */
function takePassphrase(): string | undefined {
  const passphrase = process.env.WEIR_VAULT_PASSPHRASE;
  delete process.env.WEIR_VAULT_PASSPHRASE;
  return passphrase === "" ? undefined : passphrase;
}

function machinesOf({ heartbeat, taskUsers, elevation, enforceSizes, nodeDisk }: ServeOptions): MachineSettings {
  return {
    ...machineDefaults,
    ...defined({ elevation, enforceSizes, nodeDiskMb: nodeDisk }),
    ...(heartbeat === undefined ? {} : { heartbeatMs: milliseconds(heartbeat) }),
    ...(taskUsers === undefined ? {} : { taskUsers: taskUsers === true ? TASK_USER_NUMBERS : taskUsers }),
  };
}

const TICKS_PER_MS = 10_000;
const milliseconds = (ticks: bigint) => Number(ticks) / TICKS_PER_MS;

type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** What was given; the rest keeps its default. */
function defined<T extends object>(options: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<Defined<T>>;
}
