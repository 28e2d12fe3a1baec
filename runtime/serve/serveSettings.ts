/**
 * What a service is started with: every option of `weir serve` as data, with its default. Durations are milliseconds of service time.
 */
import type { Quotas, Settings } from "../core/settings.ts";
import { machineDefaults, type MachineSettings } from "../providers/local/machineSettings.ts";

export {
  machineDefaults,
  type MachineSettings,
  type NumberRange,
  TASK_USER_NUMBERS,
} from "../providers/local/machineSettings.ts";

/** What becomes of running tasks when the service stops: they run on, go back to their queues, or are ended as failed. */
export type OnStop = "leave" | "requeue" | "end";

/** The least level that is written; `silent`: nothing is. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "silent";

/** All options, complete. */
export interface ServeSettings {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  /** Undefined: a temporary directory that goes with the service. */
  readonly data: string | undefined;
  /** Both or none; none: those of the data directory, made when it has none. */
  readonly account: { readonly name: string; readonly key: string } | undefined;
  readonly https: boolean;
  /** Service time passes this many times as fast as real time. */
  readonly timeScale: number;
  /** No artificial waits: boots at once, samples readable at once, short timeouts allowed. */
  readonly fast: boolean;
  readonly samplePeriodMs: number | undefined;
  readonly bootMs: number;
  readonly nodesMax: number;
  /** Refuse what the service of spring 2017 refused and later ones allow. */
  readonly strict: boolean;
  /** Nodes that one cluster of machines holds; undefined: one cluster holds all. */
  readonly clusterNodes: number | undefined;
  /** Nodes have networks of their own; Linux and root only. */
  readonly isolateNodes: boolean;
  /** How far nodes are machines of their own. */
  readonly machines: MachineSettings;
  readonly quotas: Partial<Quotas>;
  readonly onStop: OnStop;
  /** File with pools, jobs and tasks to be there at the start. */
  readonly seed: string | undefined;
  /** Forget everything first. */
  readonly reset: boolean;
  readonly logLevel: LogLevel;
  /** Requests a second that one account may make, to try clients with (L-73); undefined: as many as it can. */
  readonly requestsPerSecond: number | undefined;
  /** Opens the key vaults that it fits; undefined: they wait for `weir vault unlock`. */
  readonly vaultPassphrase: string | undefined;
}

/** As `weir serve` without options. */
export const serveDefaults: ServeSettings = Object.freeze({
  host: "127.0.0.1",
  port: 0,
  data: undefined,
  account: undefined,
  https: false,
  timeScale: 1,
  fast: false,
  samplePeriodMs: undefined,
  bootMs: 0,
  nodesMax: 64,
  strict: false,
  clusterNodes: undefined,
  isolateNodes: false,
  machines: machineDefaults,
  // More than a new account of the service is given: this machine's owner need not ask anyone.
  quotas: { dedicatedCores: 256, lowPriorityCores: 256, activeJobsAndSchedules: 1000, pools: 100 },
  onStop: "leave",
  seed: undefined,
  reset: false,
  logLevel: "info",
  requestsPerSecond: undefined,
  vaultPassphrase: undefined,
} satisfies ServeSettings);

/** The core's settings under these options. */
export function coreSettings({ fast, samplePeriodMs }: ServeSettings): Partial<Settings> {
  return {
    ...(samplePeriodMs === undefined ? {} : { samplePeriodMs }),
    ...(fast
      ? {
          samplePeriodMs: samplePeriodMs ?? 1_000,
          sampleDelayMs: 0,
          enableAutoScaleGapMs: 0,
          resizeTimeoutMsMin: 0,
          lowPrioritySeekMs: 1_000,
        }
      : {}),
  };
}
