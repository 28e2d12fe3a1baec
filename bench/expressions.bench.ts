/**
 * One formula of nine statements: what it costs to compile, and what to evaluate with 1,024 rows of inputs in turn. The limits are `new Function`
 * on a text that V8 has not seen, and a function written by hand. Compiling is measured in this process; evaluating in a fresh process for each
 * contender and round (expressionsRound.ts), round about, the median of the rounds being the time. All answers are compared first.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { check } from "../src/language/check/checker.ts";
import type { Environment, MetricReader } from "../src/language/environment.ts";
import { compile } from "../src/language/execute/compile.ts";
import { optimize } from "../src/language/optimize/optimizer.ts";
import { Source } from "../src/language/source.ts";
import { parse } from "../src/language/syntax/parse.ts";
import { cel, filtrex, mathjs } from "./expressionPeers.ts";
import { FORMULA, javascriptText } from "./expressionsFormula.ts";
import { contenders, type Round } from "./expressionsRound.ts";
import { type Contender, type Goal, measure, median, type Row, report } from "./report.ts";

const ROUNDS = 5;

const still: MetricReader = {
  latest: () => 1,
  count: () => 0,
  period: () => 0n,
  historyBegin: () => 0n,
  cursor: () => {
    throw new Error("the formula has no windows");
  },
};
const environment: Environment = {
  now: 0n,
  random: () => 0,
  targetDedicated: 0,
  targetLowPriority: 0,
  metric: () => still,
};

/** What each part of compiling costs, by growing ends of the way; the first row of ours is judged. */
function compilation(): readonly Row[] {
  let salt = 0;
  const read = () => parse(new Source(FORMULA)).formula!;
  const all: readonly Contender[] = [
    {
      name: "new Function, fresh text",
      operations: 1,
      run: () => new Function("active", "running", "slots", "current", "pending", javascriptText(`${salt++}`))(1, 2, 3, 4, 5),
    },
    { name: "ours: parse, check, optimize, write bytecode", operations: 1, run: () => compile(read()) },
    { name: "  of which parse", operations: 1, run: read },
    { name: "  of which parse and check", operations: 1, run: () => check(read()).program },
    { name: "  of which parse, check and optimize", operations: 1, run: () => optimize(check(read()).program) },
    { name: "ours, with bind and a first run", operations: 1, run: () => compile(read()).bind(environment).evaluate() },
    { name: "mathjs", operations: 1, run: mathjs },
    { name: "filtrex", operations: 1, run: filtrex },
    { name: "@marcbachmann/cel-js", operations: 1, run: cel },
  ];
  const table = report("Compile a formula of 9 statements, warm (limit: new Function on a fresh text, run once)");
  const [limit, ...times] = measure(all, { rounds: 7 });
  for (const [i, { name }] of all.slice(1).entries())
    table.row(name, times[i], limit, i === 0 ? { floor: 1, moonshot: 0.5 } : {});
  table.row("ours / mathjs", times[0], times[all.findIndex(({ name }) => name === "mathjs") - 1], { floor: 1 });
  return table.finish();
}

/** A round in a process of its own. */
function roundOf(name: string): Round {
  const { status, stdout } = spawnSync(
    process.execPath,
    ["--import", "tsx", join(import.meta.dirname, "expressionsRound.ts"), name],
    { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] },
  );
  if (status !== 0) throw new Error(`the round of ${name} ended with ${status}`);
  return JSON.parse(stdout) as Round;
}

/** Evaluation of all contenders; the ratio of each round is that of neighbours in time, and the median of them is judged. */
function evaluation(): readonly Row[] {
  const names = Object.keys(contenders);
  const times = new Map<string, number[]>(names.map((name) => [name, []]));
  let wanted: string | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    for (const name of names) {
      const { nanoseconds, answers } = roundOf(name);
      const text = answers.join();
      wanted ??= text; // of the function by hand, which is the first
      if (text !== wanted) throw new Error(`${name} answers otherwise than the function by hand`);
      times.get(name)!.push(nanoseconds);
    }
  }
  const of = (name: string) => median(times.get(name)!);
  const table = report("Evaluate it, 1,024 rows of 5 inputs in turn, a process for each round (limit: the function by hand)");
  const [hand, handAsking] = names;
  const goals: { readonly [name: string]: Goal } = {
    "ours, default: bytecode, native when repeated": { floor: 8, moonshot: 4 },
    "ours, code": { floor: 1.5, moonshot: 1.15 },
  };
  for (const name of names.slice(1)) table.row(name, of(name), of(hand), goals[name]);
  table.note(
    "A formula asks its Environment for its inputs; so does the function by hand in its second row. Against that one:",
  );
  for (const name of Object.keys(goals)) table.row(`  ${name}`, of(name), of(handAsking));
  for (const name of [hand, ...Object.keys(goals)])
    table.note(
      `rounds of ${name}: ${times
        .get(name)!
        .map((time) => time.toFixed(1))
        .join(", ")} ns`,
    );
  return table.finish();
}

/** Prints the two tables; gives the judged rows. */
export function expressions(): readonly Row[] {
  return [...compilation(), ...evaluation()];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) expressions();
