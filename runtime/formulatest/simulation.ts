/**
 * Closed-loop expectations: `p95 wait <= 10 min, cost <= 12.50` over what a simulated pool gave. What can be asked about is a table; who simulates
 * is handed in, because a test file must not depend on how a scenario is run.
 */
import { nearest } from "../../src/base/table.ts";
import { parseDuration, TICKS_PER_SECOND } from "../../src/base/time.ts";

/** What a simulation answers, as `weir simulate --json` prints it; only what expectations ask about. */
export interface SimulationSummary {
  readonly tasks: {
    readonly total: number;
    readonly succeeded: number;
    readonly failed: number;
    readonly retries: number;
    readonly requeues: number;
  };
  readonly waitSeconds: {
    readonly mean: number;
    readonly p50: number;
    readonly p95: number;
    readonly p99: number;
    readonly max: number;
  };
  readonly makespanSeconds: number;
  readonly nodeHours: { readonly dedicated: number; readonly lowPriority: number };
  /** In the currency of the scenario's prices. */
  readonly cost: number;
  /** Busy slot time over offered slot time, 0 to 1. */
  readonly utilization: number;
  readonly resizes: number;
  readonly evaluations: number;
  readonly preemptions: number;
}

/** How a simulation ended; `reason` is for the user. */
export type SimulationEnd =
  | { readonly kind: "ran"; readonly summary: SimulationSummary }
  | { readonly kind: "notSupported"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string };

/** Runs the scenario of a reference, given as the test file writes it. */
export type Simulate = (scenarioPath: string) => Promise<SimulationEnd>;

export type Comparison = "<=" | "<" | ">=" | ">" | "==" | "!=";

/** `measure comparison limit`. */
export interface SimulationExpectation {
  /** As written, with single blanks. */
  readonly text: string;
  readonly measure: Measure;
  readonly comparison: Comparison;
  /** Seconds for times, 0 to 1 for shares, else a plain number. */
  readonly limit: number;
}

export interface Measure {
  readonly name: string;
  readonly unit: "seconds" | "share" | "hours" | "count" | "money";
  readonly read: (summary: SimulationSummary) => number;
}

const measure = (name: string, unit: Measure["unit"], read: Measure["read"]): Measure => ({ name, unit, read });

/** What can be asked about. */
export const measures: readonly Measure[] = [
  measure("mean wait", "seconds", (s) => s.waitSeconds.mean),
  measure("p50 wait", "seconds", (s) => s.waitSeconds.p50),
  measure("p95 wait", "seconds", (s) => s.waitSeconds.p95),
  measure("p99 wait", "seconds", (s) => s.waitSeconds.p99),
  measure("max wait", "seconds", (s) => s.waitSeconds.max),
  measure("makespan", "seconds", (s) => s.makespanSeconds),
  measure("cost", "money", (s) => s.cost),
  measure("utilization", "share", (s) => s.utilization),
  measure("node hours", "hours", (s) => s.nodeHours.dedicated + s.nodeHours.lowPriority),
  measure("dedicated node hours", "hours", (s) => s.nodeHours.dedicated),
  measure("low-priority node hours", "hours", (s) => s.nodeHours.lowPriority),
  measure("tasks", "count", (s) => s.tasks.total),
  measure("succeeded tasks", "count", (s) => s.tasks.succeeded),
  measure("failed tasks", "count", (s) => s.tasks.failed),
  measure("retries", "count", (s) => s.tasks.retries),
  measure("requeues", "count", (s) => s.tasks.requeues),
  measure("resizes", "count", (s) => s.resizes),
  measure("evaluations", "count", (s) => s.evaluations),
  measure("preemptions", "count", (s) => s.preemptions),
];

export type SimulationReading =
  | { readonly ok: true; readonly expectations: readonly SimulationExpectation[] }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

const FORM = /^([a-z][a-z0-9 -]*?) ?(<=|>=|==|!=|<|>|=|≤|≥) ?(\S.*)$/i;
const EXAMPLE = "write it as p95 wait <= 10 min, cost <= 12.50";
const SPELLINGS: Readonly<Record<string, Comparison>> = { "=": "==", "≤": "<=", "≥": ">=" };

/** Reads expectations; commas and line ends stand between them. */
export function readSimulationExpectations(text: string): SimulationReading {
  const expectations: SimulationExpectation[] = [];
  for (const part of text.split(/[,;\n]/)) {
    const written = part.trim().replace(/\s+/g, " ");
    if (written === "") continue;
    const shown = written.slice(0, 80);
    const match = FORM.exec(written);
    if (match === null) return { ok: false, message: `"${shown}" is no expectation`, remedy: EXAMPLE };
    const [, name, sign, value] = match;
    const found = measures.find((row) => row.name === name.toLowerCase());
    if (found === undefined) {
      const names = measures.map((row) => row.name);
      const meant = nearest(name.toLowerCase(), names);
      const remedy = meant === undefined ? `known are ${names.join(", ")}` : `did you mean "${meant}"?`;
      return { ok: false, message: `"${name.slice(0, 60)}" is nothing that a simulation measures`, remedy };
    }
    const limit = limitOf(value, found.unit);
    if (limit === undefined)
      return {
        ok: false,
        message: `"${value.slice(0, 60)}" is not ${LIMITS[found.unit].what}`,
        remedy: LIMITS[found.unit].remedy,
      };
    const comparison = Object.hasOwn(SPELLINGS, sign) ? SPELLINGS[sign] : (sign as Comparison);
    expectations.push({ text: written, measure: found, comparison, limit });
  }
  if (expectations.length === 0) return { ok: false, message: "nothing is expected", remedy: EXAMPLE };
  return { ok: true, expectations };
}

const LIMITS: Readonly<Record<Measure["unit"], { readonly what: string; readonly remedy: string }>> = {
  seconds: { what: "a length of time", remedy: "write 90 s, 10 min, 2 h, 1 d or an ISO 8601 duration such as PT10M" },
  share: { what: "a share", remedy: "write 80% or 0.8" },
  hours: { what: "a number of hours", remedy: "write a number such as 120 or 120.5" },
  count: { what: "a number", remedy: "write a whole number such as 0 or 12" },
  money: { what: "an amount", remedy: "write a number such as 12.50" },
};

const SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  sec: 1,
  second: 1,
  min: 60,
  minute: 60,
  m: 60,
  h: 3600,
  hour: 3600,
  d: 86_400,
  day: 86_400,
};

function limitOf(text: string, unit: Measure["unit"]): number | undefined {
  if (unit === "seconds") {
    const duration = text.length > 60 ? undefined : parseDuration(text);
    if (duration !== undefined) return duration < 0n ? undefined : Number(duration) / Number(TICKS_PER_SECOND);
    const match = /^(\d+(?:\.\d+)?) ?([a-z]+)$/i.exec(text);
    if (match === null) return undefined;
    const word = match[2].length > 3 ? match[2].toLowerCase().replace(/s$/, "") : match[2].toLowerCase();
    return Object.hasOwn(SECONDS, word) ? Number(match[1]) * SECONDS[word] : undefined;
  }
  const match = /^(\d+(?:\.\d+)?) ?(%|h|hours)?$/.exec(text);
  if (match === null) return undefined;
  if (match[2] === "%") return unit === "share" ? Number(match[1]) / 100 : undefined;
  if (match[2] !== undefined && unit !== "hours") return undefined;
  if (unit === "share" && Number(match[1]) > 1) return undefined;
  return Number(match[1]);
}

/** Whether a simulation meets an expectation, and what it measured, in the unit in which the expectation is written. */
export function judgeSimulation(
  expectation: SimulationExpectation,
  summary: SimulationSummary,
): { readonly met: boolean; readonly actual: string } {
  const value = expectation.measure.read(summary);
  return {
    met: compare(value, expectation.comparison, expectation.limit),
    actual: measuredText(value, expectation.measure.unit),
  };
}

/** A comparison with NaN is never met. */
function compare(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case "<=":
      return value <= limit;
    case "<":
      return value < limit;
    case ">=":
      return value >= limit;
    case ">":
      return value > limit;
    case "==":
      return value === limit;
    case "!=":
      return value < limit || value > limit;
    default:
      return comparison satisfies never;
  }
}

function measuredText(value: number, unit: Measure["unit"]): string {
  const short = (number: number) => String(Math.round(number * 1000) / 1000);
  if (unit === "share") return `${short(value * 100)} %`;
  if (unit !== "seconds") return short(value);
  if (value >= 7200) return `${short(value / 3600)} h`;
  return value >= 120 ? `${short(value / 60)} min` : `${short(value)} s`;
}
