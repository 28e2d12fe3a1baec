/**
 * One round of one contender of the expression bench, in a process of its own, so that nothing else has taught the engine other types for the
 * same code: `node --import tsx bench/expressionsRound.ts NAME` evaluates the formula with 1,024 rows of inputs in turn and prints as JSON the
 * nanoseconds per row, of the best pass through all rows in half a second, and all answers.
 */
import { pathToFileURL } from "node:url";
import { compile } from "../src/language/execute/compile.ts";
import type { Tier } from "../src/language/execute/program.ts";
import { Source } from "../src/language/source.ts";
import { parse } from "../src/language/syntax/parse.ts";
import type { Environment, MetricReader, SampleCursor } from "../src/language/environment.ts";
import { FORMULA, handWritten, INPUTS, javascriptText } from "./expressionsFormula.ts";

export interface Round {
  readonly nanoseconds: number;
  readonly answers: readonly number[];
}

const ROWS = 1024;
const DURATION_MS = 500;

/** Columns of inputs from a fixed sequence; counts of tasks and nodes as a pool has them. */
const columns = INPUTS.map((_, column) => {
  let state = 2463534242 + column * 7919;
  return Float64Array.from({ length: ROWS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + (state >>> 26);
  });
});

class ColumnReader implements MetricReader {
  readonly latest: () => number;
  constructor(rows: RowEnvironment, column: Float64Array) {
    this.latest = () => column[rows.row];
  }
  count = () => 0;
  period = () => 0n;
  historyBegin = () => 0n;
  cursor = (): SampleCursor => {
    throw new Error("the formula has no windows");
  };
}

class RowEnvironment implements Environment {
  row = 0;
  readonly now = 0n;
  readonly random = () => 0;
  readonly targetDedicated = 0;
  readonly targetLowPriority = 0;
  private readonly readers = new Map(INPUTS.map((name, i) => [name as string, new ColumnReader(this, columns[i])]));
  metric(name: string): MetricReader {
    return this.readers.get(name) as MetricReader;
  }
}

type Answer = (active: number, running: number, slots: number, current: number, pending: number) => number;
/** Answers one row. */
type RowAnswer = (row: number) => number;

function byArguments(answer: Answer): RowAnswer {
  const [active, running, slots, current, pending] = columns;
  return (row) => answer(active[row], running[row], slots[row], current[row], pending[row]);
}

/** The function by hand in the place of ours: it asks readers, and leaves the answer in a field. */
function byHandInEnvironment(): RowAnswer {
  const environment = new RowEnvironment();
  const [active, running, slots, current, pending] = INPUTS.map((name) => environment.metric(name));
  const run = { targetDedicated: 0 };
  const evaluate = () => {
    run.targetDedicated = handWritten(active.latest(), running.latest(), slots.latest(), current.latest(), pending.latest());
  };
  return (row) => {
    environment.row = row;
    evaluate();
    return run.targetDedicated;
  };
}

function ours(tier: Tier, formula = FORMULA): RowAnswer {
  const environment = new RowEnvironment();
  const program = compile(parse(new Source(formula)).formula!, { tier });
  if (program.tier !== tier) throw new Error(`there is no tier ${tier} here`);
  const run = program.bind(environment);
  return (row) => {
    environment.row = row;
    run.evaluate();
    return run.targetDedicated;
  };
}

/** As in a process that has many formulas: the engine knows nothing for certain about ours any more. */
function amongOthers(): RowAnswer {
  for (let k = 1; k <= 30; k++) {
    const answer = ours(
      "bytecode",
      FORMULA.replace("0.9", String(k)).replace("2, total", k % 2 === 0 ? "$TargetDedicatedNodes, total" : "total"),
    );
    for (let row = 0; row < 8 * ROWS; row++) answer(row % ROWS);
  }
  return ours("bytecode");
}

/** As where the host has no WebAssembly: what the default tier is before a run becomes native. */
function machineAlone(): RowAnswer {
  Reflect.deleteProperty(globalThis, "WebAssembly");
  return ours("bytecode");
}

async function peer(name: "mathjs" | "filtrex" | "cel"): Promise<RowAnswer> {
  return byArguments((await import("./expressionPeers.ts"))[name]());
}

const newFunction = () =>
  new Function("active", "running", "slots", "current", "pending", javascriptText("evaluate")) as Answer;

/** The contenders by the name that tables print. */
export const contenders: { readonly [name: string]: () => RowAnswer | Promise<RowAnswer> } = {
  "by hand": () => byArguments(handWritten),
  "by hand, asking an Environment": byHandInEnvironment,
  "new Function": () => byArguments(newFunction()),
  "ours, default: bytecode, native when repeated": () => ours("bytecode"),
  "ours, default, in a process with 30 other formulas": amongOthers,
  "ours, bytecode alone (no WebAssembly)": machineAlone,
  "ours, code": () => ours("code"),
  "ours, interpreter": () => ours("interpreter"),
  mathjs: () => peer("mathjs"),
  filtrex: () => peer("filtrex"),
  "@marcbachmann/cel-js": () => peer("cel"),
};

async function round(name: string): Promise<Round> {
  const answer = await contenders[name]();
  const pass = () => {
    let sum = 0;
    for (let row = 0; row < ROWS; row++) sum += answer(row);
    return sum;
  };
  let best = Number.POSITIVE_INFINITY;
  let sum = 0;
  const end = performance.now() + DURATION_MS;
  do {
    const start = process.hrtime.bigint();
    sum = pass();
    best = Math.min(best, Number(process.hrtime.bigint() - start));
  } while (performance.now() < end);
  const answers = Array.from({ length: ROWS }, (_, row) => answer(row));
  if (sum !== answers.reduce((total, one) => total + one, 0)) throw new Error("the answers of the last pass were others");
  return { nanoseconds: best / ROWS, answers };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) console.log(JSON.stringify(await round(process.argv[2])));
