/**
 * Searching the constants of a formula. Which constants, and where to look, stands in the formula itself, in comments:
 *
 *     // tune: maxNodes 5..50 step 5
 *     // tune: window 1, 5, 15
 *     maxNodes = 20;
 *
 * A point is one choice of all constants; its text is the formula with the assigned numbers exchanged. `tunePoint` simulates one point over many
 * seeds and is pure, so a caller may spread points over workers; `paretoFront` tells which points no other beats in cost and wait.
 */
import { nearest } from "../../src/base/table.ts";
import { simulate } from "./cluster.ts";
import type { Scenario } from "./scenario.ts";

/** A constant to be searched: the name it is assigned to, and the values to try, in order. */
export interface TuneRange {
  readonly name: string;
  readonly values: readonly number[];
}

/** Values by constant. */
export type TunePoint = Readonly<Record<string, number>>;

export interface TuneOutcome {
  readonly point: TunePoint;
  readonly formula: string;
  readonly seeds: readonly number[];
  /** Means over the seeds. */
  readonly cost: number;
  readonly waitSeconds: { readonly mean: number; readonly p95: number };
  readonly nodeHours: number;
  readonly utilization: number;
  /** Over all seeds together: tasks that were not completed, evaluations that failed. */
  readonly unfinished: number;
  readonly failedEvaluations: number;
}

/** What is wrong with a `tune:` comment or a range; for whoever wrote it. */
export class TuneProblem extends Error {
  override readonly name = "TuneProblem";
}

const POINTS_MAX = 100_000;
const VALUES_MAX = 10_000;
const COMMENT = /^[ \t]*\/\/[ \t]*tune:[ \t]*(.*)$/gm;
const RANGE = /^([A-Za-z_]\w*)[ \t]+(\S.*)$/;
const STEPS = /^(-?[\d.]+)\s*\.\.\s*(-?[\d.]+)(?:\s+step\s+([\d.]+))?$/;

/** The ranges that a formula declares; empty when it declares none. */
export function declaredRanges(formula: string): TuneRange[] {
  return [...formula.matchAll(COMMENT)].map((match) => readRange(match[1].trim()));
}

/** Reads `maxNodes 5..50 step 5` or `window 1, 5, 15`. */
export function readRange(text: string): TuneRange {
  const match = RANGE.exec(text);
  if (match === null)
    throw new TuneProblem(`"${text.slice(0, 80)}" is no range; write maxNodes 5..50 step 5, or window 1, 5, 15`);
  const [, name, given] = match;
  const steps = STEPS.exec(given.trim());
  const values =
    steps === null
      ? given.split(",").map((value) => numberOf(value.trim()))
      : stepped(numberOf(steps[1]), numberOf(steps[2]), steps[3] === undefined ? 1 : numberOf(steps[3]));
  if (values.length > VALUES_MAX) throw new TuneProblem(`${name} has more than ${VALUES_MAX} values`);
  return { name, values };
}

function numberOf(text: string): number {
  const value = text === "" ? Number.NaN : Number(text);
  if (!Number.isFinite(value)) throw new TuneProblem(`"${text.slice(0, 40)}" is no number`);
  return value;
}

/** First to last inclusive. Counted, not added up, so that no rounding piles up. */
function stepped(first: number, last: number, step: number): number[] {
  const count = Math.floor((last - first) / step + 1e-9) + 1;
  if (!(step > 0) || !(count >= 1)) throw new TuneProblem(`${first}..${last} step ${step} holds no value`);
  if (count > VALUES_MAX) throw new TuneProblem(`${first}..${last} step ${step} holds more than ${VALUES_MAX} values`);
  return Array.from({ length: count }, (_, i) => Number((first + i * step).toPrecision(12)));
}

/** Every combination of the ranges, the last one changing fastest. */
export function tunePoints(ranges: readonly TuneRange[]): TunePoint[] {
  const total = ranges.reduce((count, { values }) => count * values.length, 1);
  if (total > POINTS_MAX)
    throw new TuneProblem(`the ranges have ${total} combinations, more than ${POINTS_MAX}; widen the steps`);
  let points: TunePoint[] = [Object.create(null) as TunePoint];
  for (const { name, values } of ranges)
    points = points.flatMap((point) =>
      values.map((value) => Object.assign(Object.create(null), point, { [name]: value }) as TunePoint),
    );
  return points;
}

/** Names that the formula assigns a plain number to. */
function constantsOf(formula: string): string[] {
  return [...formula.matchAll(/(?<=^|;)[ \t]*([A-Za-z_]\w*)[ \t]*=[ \t]*-?[\d.]+[ \t]*;/gm)].map((match) => match[1]);
}

/** The formula with the numbers of a point put in. Each constant must be assigned a plain number, once. */
export function formulaAt(formula: string, point: TunePoint): string {
  let text = formula;
  for (const [name, value] of Object.entries(point)) {
    const assignment = new RegExp(`(?<=^|;)(\\s*${name}\\s*=\\s*)-?[\\d.]+(?:[eE][-+]?\\d+)?(?=\\s*;)`, "g");
    let found = 0;
    text = text
      .split("\n")
      .map((line) => {
        // Comments go to the end of the line; what stands in them is no assignment.
        const end = line.includes("//") ? line.indexOf("//") : line.length;
        const code = line.slice(0, end).replace(assignment, (_whole, left: string) => {
          found++;
          return `${left}${value}`;
        });
        return code + line.slice(end);
      })
      .join("\n");
    if (found === 0) {
      const meant = nearest(name, constantsOf(formula));
      const remedy = meant === undefined ? `write ${name} = ${value};` : `did you mean ${meant}?`;
      throw new TuneProblem(`the formula assigns no plain number to ${name}; ${remedy}`);
    }
    if (found > 1)
      throw new TuneProblem(`the formula assigns ${name} ${found} times; a constant that is searched has one assignment`);
  }
  return text;
}

/**
 * Simulates one point under each seed. `scenarioOf` gives the scenario of a seed: `readScenario` with that seed draws its workload anew. Pure: same
 * arguments, same outcome, in any worker.
 */
export function tunePoint(
  scenarioOf: (seed: number) => Scenario,
  formula: string,
  point: TunePoint,
  seeds: readonly number[],
): TuneOutcome {
  const text = formulaAt(formula, point);
  const results = seeds.map((seed) => {
    const scenario = scenarioOf(seed);
    return simulate({ ...scenario, pool: { ...scenario.pool, formula: text } });
  });
  const mean = (of: (result: (typeof results)[number]) => number) =>
    results.reduce((sum, result) => sum + of(result), 0) / results.length;
  return {
    point,
    formula: text,
    seeds,
    cost: mean((result) => result.cost),
    waitSeconds: { mean: mean((result) => result.waitSeconds.mean), p95: mean((result) => result.waitSeconds.p95) },
    nodeHours: mean((result) => result.nodeHours.dedicated + result.nodeHours.lowPriority),
    utilization: mean((result) => result.utilization),
    unfinished: results.reduce((sum, result) => sum + result.tasks.unfinished, 0),
    failedEvaluations: results.reduce((sum, result) => sum + result.failedEvaluations, 0),
  };
}

/**
 * The outcomes that no other one beats in both cost and 95th percentile of the wait, cheapest first. One that left tasks undone is not among them
 * unless all did: what does not do the work is cheap.
 */
export function paretoFront(outcomes: readonly TuneOutcome[]): TuneOutcome[] {
  const least = Math.min(...outcomes.map((outcome) => outcome.unfinished));
  const sorted = outcomes
    .filter((outcome) => outcome.unfinished === least)
    .sort((a, b) => a.cost - b.cost || a.waitSeconds.p95 - b.waitSeconds.p95);
  const front: TuneOutcome[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const outcome of sorted) {
    if (outcome.waitSeconds.p95 >= best) continue;
    best = outcome.waitSeconds.p95;
    front.push(outcome);
  }
  return front;
}
