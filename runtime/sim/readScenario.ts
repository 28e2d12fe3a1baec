/**
 * A scenario file → the Scenario that is run, or everything that is wrong with it, each problem with its place. Files that a scenario names are
 * read by the caller's reader, which also unpacks `.gz`; paths reach it as they are written, relative to the scenario.
 */
import type * as z from "zod";
import { nearest } from "../../src/base/table.ts";
import { parseDuration, parseInstant, TICKS_PER_MS } from "../../src/base/time.ts";
import type { Distribution } from "../providers/distribution.ts";
import { readJsonLines } from "./readJsonLines.ts";
import { readSwf } from "./readSwf.ts";
import { type Faults, type Scenario, type ScenarioPool, scenarioDefaults } from "./scenario.ts";
import { readScenarioDocument, type ScenarioDocument, type ScenarioProblem } from "./scenarioDocument.ts";
import { type ScenarioFile, scenarioJsonSchema, scenarioSchema } from "./scenarioSchema.ts";
import { type Arrivals, synthetic } from "./synthetic.ts";
import { coresOf } from "../core/vmSizes.ts";
import { adjusted, type Workload, WorkloadProblem } from "./workload.ts";

export type ScenarioReading =
  | { readonly ok: true; readonly scenario: Scenario }
  | { readonly ok: false; readonly problems: readonly ScenarioProblem[] };

/** Gives the text of a file that a scenario names; throws an Error whose message says why it cannot. */
export type TextReader = (path: string) => string;

/** Reads a scenario, YAML or JSON, and what it names. `seed` (0 to 2^32 - 1) takes the place of the file's. */
export function readScenario(text: string, readText: TextReader, seed?: number): ScenarioReading {
  const document = readScenarioDocument(text);
  if ("message" in document) return { ok: false, problems: [document] };
  const parsed = scenarioSchema.safeParse(document.value);
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap((issue) => problemsOf(issue, document)) };
  const reading = new Reading(seed === undefined ? parsed.data : { ...parsed.data, seed }, document, readText);
  const scenario = reading.scenario();
  return reading.problems.length > 0 ? { ok: false, problems: reading.problems } : { ok: true, scenario };
}

/** Durations were judged by the schema. */
function milliseconds(duration: string): number {
  return Number(parseDuration(duration)!) / Number(TICKS_PER_MS);
}

function distributionOf(given: NonNullable<ScenarioFile["workload"]["duration"]>): Distribution {
  switch (given.kind) {
    case "constant":
    case "exponential":
      return { kind: given.kind, meanMs: milliseconds(given.mean) };
    case "uniform":
      return { kind: "uniform", minMs: milliseconds(given.min), maxMs: milliseconds(given.max) };
    case "lognormal":
      return { kind: "lognormal", meanMs: milliseconds(given.mean), sigma: given.sigma };
  }
}

function arrivalsOf(given: NonNullable<ScenarioFile["workload"]["arrivals"]>): Arrivals {
  if (given.kind === "batch")
    return { kind: "batch", size: given.size, everyMs: milliseconds(given.every), count: given.count };
  const { rate: ratePerSecond, count } = given;
  if (given.kind === "constant") return { kind: "constant", ratePerSecond, count };
  return { kind: "poisson", ratePerSecond, count, ...(given.dailySwing === undefined ? {} : { dailySwing: given.dailySwing }) };
}

const INTERVAL_MS_MIN = 300_000;
const INTERVAL_MS_MAX = 604_800_000;
const SLOTS_PER_CORE_MAX = 4;
const EMPTY: Workload = adjusted(readSwf(""), {}, 0);

/** Makes a scenario of a file that has the right shape; what the shape cannot say is judged here. */
class Reading {
  readonly problems: ScenarioProblem[] = [];
  private readonly file: ScenarioFile;
  private readonly document: ScenarioDocument;
  private readonly readText: TextReader;

  constructor(file: ScenarioFile, document: ScenarioDocument, readText: TextReader) {
    this.file = file;
    this.document = document;
    this.readText = readText;
  }

  scenario(): Scenario {
    const { file } = this;
    const seed = file.seed ?? scenarioDefaults.seed;
    const written = file.start === undefined ? undefined : Number(parseInstant(file.start)! / TICKS_PER_MS);
    const pool = this.pool();
    const workload = this.workload(seed, written ?? scenarioDefaults.startAt);
    const { quota, until, workload: given } = file;
    return {
      seed,
      startAt: written ?? workload.startAt ?? scenarioDefaults.startAt,
      pool,
      workload,
      maxTaskRetryCount: given.maxTaskRetryCount ?? scenarioDefaults.maxTaskRetryCount,
      quota: {
        dedicatedCores: quota?.dedicatedCores ?? Number.POSITIVE_INFINITY,
        lowPriorityCores: quota?.lowPriorityCores ?? Number.POSITIVE_INFINITY,
      },
      faults: this.faults(),
      until: until === undefined || until === "drained" ? "drained" : milliseconds(until),
    };
  }

  private wrong(path: readonly string[], message: string): void {
    this.problems.push(this.document.problem(path, message));
  }

  private pool(): ScenarioPool {
    const { pool } = this.file;
    const defaults = scenarioDefaults.pool;
    const taskSlotsPerNode = pool.taskSlotsPerNode ?? 1;
    const vmSize = pool.vmSize ?? defaults.vmSize;
    const known = pool.coresPerNode ?? (pool.vmSize === undefined ? undefined : coresOf(pool.vmSize));
    const coresPerNode = known ?? Math.ceil(taskSlotsPerNode / SLOTS_PER_CORE_MAX);
    if (taskSlotsPerNode > SLOTS_PER_CORE_MAX * coresPerNode) {
      this.wrong(
        ["pool", "taskSlotsPerNode"],
        `a node of ${coresPerNode} cores has at most ${SLOTS_PER_CORE_MAX * coresPerNode} task slots; choose a larger vmSize or write coresPerNode`,
      );
    }
    const interval = pool.autoScaleEvaluationInterval;
    const intervalMs = interval === undefined ? defaults.autoScaleEvaluationIntervalMs : milliseconds(interval);
    if (intervalMs < INTERVAL_MS_MIN || intervalMs > INTERVAL_MS_MAX) {
      this.wrong(["pool", "autoScaleEvaluationInterval"], "the evaluation interval lies between PT5M and PT168H");
    }
    const samplePeriodMs = pool.samplePeriod === undefined ? defaults.samplePeriodMs : milliseconds(pool.samplePeriod);
    if (samplePeriodMs < 1000) this.wrong(["pool", "samplePeriod"], "the sample period is at least PT1S");
    const { startTask } = pool;
    return {
      vmSize,
      coresPerNode,
      taskSlotsPerNode,
      nodeFillType: pool.nodeFillType ?? "spread",
      formula: this.formula(),
      autoScaleEvaluationIntervalMs: intervalMs,
      targetDedicatedNodes: pool.targetDedicatedNodes ?? 0,
      targetLowPriorityNodes: pool.targetLowPriorityNodes ?? 0,
      samplePeriodMs,
      sampleDelayMs: pool.sampleDelay === undefined ? defaults.sampleDelayMs : milliseconds(pool.sampleDelay),
      allocation: this.distribution(pool.node?.allocation, ["pool", "node", "allocation"]) ?? defaults.allocation,
      boot: this.distribution(pool.node?.boot, ["pool", "node", "boot"]) ?? defaults.boot,
      startTask:
        startTask === undefined
          ? undefined
          : {
              duration: this.distribution(startTask.duration, ["pool", "startTask", "duration"]) ?? defaults.allocation,
              failureRatio: startTask.failures ?? 0,
              maxTaskRetryCount: startTask.maxTaskRetryCount ?? 0,
              waitForSuccess: startTask.waitForSuccess ?? true,
            },
      price: { dedicated: pool.node?.price?.dedicated ?? 0, lowPriority: pool.node?.price?.lowPriority ?? 0 },
    };
  }

  private formula(): string | undefined {
    const { formula, formulaText, targetDedicatedNodes, targetLowPriorityNodes } = this.file.pool;
    const scaled = formula !== undefined || formulaText !== undefined;
    const fixed = targetDedicatedNodes !== undefined || targetLowPriorityNodes !== undefined;
    if (scaled && fixed) this.wrong(["pool", "formula"], "a pool has a formula or targets, not both");
    if (formula !== undefined && formulaText !== undefined)
      this.wrong(["pool", "formulaText"], "write formula or formulaText, not both");
    if (!scaled && !fixed)
      this.wrong(["pool"], "the pool has no size: write formula, or targetDedicatedNodes or targetLowPriorityNodes");
    return formulaText ?? (formula === undefined ? undefined : this.fileText(["pool", "formula"], formula));
  }

  private workload(seed: number, startAt: number): Workload {
    const { trace, arrivals, duration, slots, jobs } = this.file.workload;
    if (trace !== undefined) {
      for (const key of ["arrivals", "duration", "slots"] as const) {
        if (this.file.workload[key] !== undefined) this.wrong(["workload", key], `a trace brings its own; remove ${key}`);
      }
      return this.adjust(this.trace(trace, jobs), seed);
    }
    if (arrivals === undefined || duration === undefined) {
      this.wrong(["workload"], "the workload has no tasks: write trace, or arrivals and duration");
      return EMPTY;
    }
    const drawn = this.distribution(duration, ["workload", "duration"]);
    if (drawn === undefined) return EMPTY;
    return this.adjust(synthetic({ arrivals: arrivalsOf(arrivals), duration: drawn, slots: slots ?? 1 }, seed, startAt), seed);
  }

  private trace(path: string, jobs: "one" | "user" | undefined): Workload {
    const text = this.fileText(["workload", "trace"], path);
    if (text === undefined) return EMPTY;
    try {
      if (/\.swf(\.gz)?$/i.test(path)) return readSwf(text, { jobs: jobs ?? "one" });
      if (/\.(jsonl|ndjson)(\.gz)?$/i.test(path)) return readJsonLines(text);
      this.wrong(["workload", "trace"], "a workload is a .swf or .jsonl file, or one of these with .gz");
    } catch (error) {
      if (!(error instanceof WorkloadProblem)) throw error;
      this.wrong(["workload", "trace"], `${path}, ${error.message}`);
    }
    return EMPTY;
  }

  private adjust(workload: Workload, seed: number): Workload {
    const { from, to, keep, timeCompression, slotsMax, countMax } = this.file.workload;
    if (keep === 0) this.wrong(["workload", "keep"], "a share of 0 keeps no task");
    if (from !== undefined && to !== undefined && milliseconds(from) >= milliseconds(to))
      this.wrong(["workload", "to"], "to comes after from");
    if (this.problems.length > 0) return workload;
    const knobs = {
      ...(from === undefined ? {} : { fromMs: milliseconds(from) }),
      ...(to === undefined ? {} : { toMs: milliseconds(to) }),
      ...(keep === undefined ? {} : { keepRatio: keep }),
      ...(timeCompression === undefined ? {} : { timeCompression }),
      ...(slotsMax === undefined ? {} : { slotsMax }),
      ...(countMax === undefined ? {} : { countMax }),
    };
    return Object.keys(knobs).length === 0 ? workload : adjusted(workload, knobs, seed);
  }

  private faults(): Faults {
    const { faults } = this.file;
    const none = scenarioDefaults.faults;
    return {
      preemptionsPerNodeHour: faults?.preemptionsPerNodeHour ?? 0,
      spot: faults?.spot,
      nodeFailuresPerNodeHour: faults?.nodeFailuresPerNodeHour ?? 0,
      sampleLoss: faults?.sampleLoss ?? 0,
      taskFailures: faults?.taskFailures ?? 0,
      capacity: {
        dedicated: faults?.capacity?.dedicated ?? none.capacity.dedicated,
        lowPriority: faults?.capacity?.lowPriority ?? none.capacity.lowPriority,
      },
    };
  }

  private distribution(given: ScenarioFile["workload"]["duration"], path: readonly string[]): Distribution | undefined {
    if (given === undefined) return undefined;
    const distribution = distributionOf(given);
    if (distribution.kind === "uniform" && distribution.minMs > distribution.maxMs)
      this.wrong([...path, "max"], "max is not below min");
    return distribution;
  }

  private fileText(at: readonly string[], path: string): string | undefined {
    try {
      return this.readText(path);
    } catch (error) {
      this.wrong(at, `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }
}

interface Shape {
  readonly const?: unknown;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly anyOf?: readonly Shape[];
  readonly oneOf?: readonly Shape[];
}

const root = scenarioJsonSchema() as Shape;

/** The shapes that may stand at a path. */
function shapesAt(path: readonly PropertyKey[]): readonly Shape[] {
  let shapes: readonly Shape[] = [root];
  for (const step of path) {
    shapes = shapes
      .flatMap((shape) => [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])])
      .flatMap(({ properties }) =>
        properties !== undefined && Object.hasOwn(properties, step) ? [properties[String(step)]] : [],
      );
  }
  return shapes;
}

/** What the schema refused, in the words of the file. */
function problemsOf(issue: z.core.$ZodIssue, document: ScenarioDocument): ScenarioProblem[] {
  const { path } = issue;
  const shapes = shapesAt(path);
  if (issue.code === "unrecognized_keys") {
    const known = [
      ...new Set(
        shapes
          .flatMap((shape) => [shape, ...(shape.anyOf ?? []), ...(shape.oneOf ?? [])])
          .flatMap((shape) => Object.keys(shape.properties ?? {})),
      ),
    ];
    return issue.keys.map((key) => {
      const meant = nearest(key, known);
      const remedy = meant === undefined ? `known are ${known.join(", ")}` : `did you mean "${meant}"?`;
      return document.problem(
        path,
        `${path.length === 0 ? "a scenario" : `"${path.map(String).join(".")}"`} has no key "${key.slice(0, 60)}"; ${remedy}`,
        key,
      );
    });
  }
  if (issue.code === "invalid_union" && issue.discriminator !== undefined) return [kindProblem(path, document)];
  const name = path.length === 0 ? "the scenario" : `"${path.map(String).join(".")}"`;
  const wanted = shapes.find((shape) => shape.description !== undefined)?.description;
  const missing = issue.code === "invalid_type" && issue.input === undefined && /received undefined/.test(issue.message);
  const what = missing ? "is missing" : path.length === 0 && document.value === null ? "is empty" : "is not right";
  return [document.problem(path, `${name} ${what}${wanted === undefined ? `: ${issue.message}` : `: write ${wanted}`}`)];
}

/** A distribution or arrivals of no kind, or of one that there is not; `path` ends with the key that tells the kind. */
function kindProblem(path: readonly PropertyKey[], document: ScenarioDocument): ScenarioProblem {
  const owner = path.slice(0, -1);
  const name = `"${owner.map(String).join(".")}"`;
  const shapes = shapesAt(owner);
  const kinds = shapes.flatMap(({ oneOf = [] }) => oneOf.map((shape) => String(shape.properties?.kind?.const)));
  const given = valueAt(document.value, path);
  if (given === undefined) {
    const wanted = shapes.find((shape) => shape.description !== undefined)?.description;
    return document.problem(owner, `${name} has no kind: write ${wanted}`);
  }
  const meant = typeof given === "string" ? nearest(given, kinds) : undefined;
  const remedy = meant === undefined ? `known are ${kinds.join(", ")}` : `did you mean "${meant}"?`;
  return document.problem(path, `${name} has no kind ${JSON.stringify(given).slice(0, 60)}; ${remedy}`);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let found = value;
  for (const step of path)
    found = typeof found === "object" && found !== null && Object.hasOwn(found, step) ? (found as never)[step] : undefined;
  return found;
}
