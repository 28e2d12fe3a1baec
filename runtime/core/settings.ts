/**
 * What the service never documented, and what it lets an account set: one table of settings with unit, default, rule and reason. Nothing else in
 * the core hides such a decision. Fixed, documented limits are in `limits.ts`.
 */

/** Numbers an account may be given (L-05). Cores are of all pools together (L-10). */
export interface Quotas {
  dedicatedCores: number;
  lowPriorityCores: number;
  activeJobsAndSchedules: number;
  pools: number;
}

/** Every setting of the core. Durations in milliseconds, percentages 0 to 100. */
export interface Settings {
  readonly resizeTimeoutMs: number;
  readonly resizeTimeoutMsMin: number;
  readonly enableAutoScaleGapMs: number;
  readonly samplePeriodMs: number;
  readonly sampleDelayMs: number;
  readonly autoScaleRunsKept: number;
  readonly retryUnchangedTarget: boolean;
  readonly interNodeNodesMax: number;
  readonly lowPrioritySeekMs: number;
  readonly unknownGraceMs: number;
  readonly unusableRecoveryMs: number;
  readonly recentTasksKept: number;
  readonly retentionMs: number;
  readonly taskLifetimeMs: number;
  readonly recoveriesMax: number;
  readonly terminateJobEndsActiveTasks: boolean;
  readonly retryPrefersSameNode: boolean;
  readonly countDisabledJobs: boolean;
}

export interface SettingRow {
  readonly name: keyof Settings;
  readonly default: Settings[keyof Settings];
  readonly unit: string;
  readonly rule: string;
  readonly reason: string;
}

export const settingRows: readonly SettingRow[] = [
  {
    name: "resizeTimeoutMs",
    default: 900_000,
    unit: "milliseconds",
    rule: "P-12",
    reason: "documented default; also bounds resizes that autoscale starts, as seen on real pools",
  },
  { name: "resizeTimeoutMsMin", default: 300_000, unit: "milliseconds", rule: "P-12", reason: "documented smallest value" },
  {
    name: "enableAutoScaleGapMs",
    default: 30_000,
    unit: "milliseconds",
    rule: "P-66",
    reason: "documented gap between two enable calls",
  },
  {
    name: "samplePeriodMs",
    default: 30_000,
    unit: "milliseconds",
    rule: "P-73",
    reason: "documented period of the live service",
  },
  {
    name: "sampleDelayMs",
    default: 60_000,
    unit: "milliseconds",
    rule: "P-73",
    reason: "samples are readable up to about a minute later",
  },
  {
    name: "autoScaleRunsKept",
    default: 100,
    unit: "runs",
    rule: "P-68",
    reason: "the service shows one; a history explains more and is small",
  },
  {
    name: "retryUnchangedTarget",
    default: false,
    unit: "yes or no",
    rule: "6.17",
    reason: "a run with an unchanged target starts no resize, even if the last one ended short",
  },
  { name: "interNodeNodesMax", default: 100, unit: "nodes", rule: "P-141", reason: "the latest of three documented caps" },
  {
    name: "lowPrioritySeekMs",
    default: 60_000,
    unit: "milliseconds",
    rule: "P-83",
    reason: "the target is sought for ever; how often is not said",
  },
  {
    name: "unknownGraceMs",
    default: 600_000,
    unit: "milliseconds",
    rule: "P-95",
    reason: "how long a node may be silent before it is rebooted and its tasks run elsewhere",
  },
  {
    name: "unusableRecoveryMs",
    default: 600_000,
    unit: "milliseconds",
    rule: "P-94",
    reason: "the service keeps trying nodes without contact; how often is not said",
  },
  { name: "recentTasksKept", default: 10, unit: "tasks", rule: "P-93", reason: "enough to see what a node did last" },
  {
    name: "retentionMs",
    default: 604_800_000,
    unit: "milliseconds",
    rule: "T-87",
    reason: "7 days since 2018-12; infinite before",
  },
  {
    name: "taskLifetimeMs",
    default: 15_552_000_000,
    unit: "milliseconds",
    rule: "T-16",
    reason: "180 days since 2018; 7 days before",
  },
  {
    name: "recoveriesMax",
    default: 100,
    unit: "recoveries of one task",
    rule: "T-25",
    reason: "the internal limit exists, its size is not said",
  },
  {
    name: "terminateJobEndsActiveTasks",
    default: false,
    unit: "yes or no",
    rule: "J-26",
    reason: "the later text is the more precise one",
  },
  { name: "retryPrefersSameNode", default: true, unit: "yes or no", rule: "T-27", reason: "files are there already" },
  {
    name: "countDisabledJobs",
    default: false,
    unit: "yes or no",
    rule: "4.10",
    reason: "tasks of a disabled job are not ready to run",
  },
];

/** Every row's default. */
export const defaultSettings: Settings = Object.freeze(
  Object.fromEntries(settingRows.map((row) => [row.name, row.default])),
) as unknown as Settings;

/** Documented defaults of about 2018 (L-05 and the quota table). */
export const defaultQuotas: Quotas = Object.freeze({
  dedicatedCores: 20,
  lowPriorityCores: 20,
  activeJobsAndSchedules: 20,
  pools: 20,
});
