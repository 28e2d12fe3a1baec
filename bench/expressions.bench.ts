/**
 * One formula of nine statements: what it costs to compile, and what to evaluate with 1,024 rows of inputs in turn. The limits are a function
 * written by hand, and `new Function` on a text that V8 has not seen; all are measured in the same process, and all answers are compared first.
 */
import { pathToFileURL } from "node:url";
import type { Environment, MetricReader } from "../src/language/environment.ts";
import { check } from "../src/language/check/checker.ts";
import { compile } from "../src/language/execute/compile.ts";
import type { Tier } from "../src/language/execute/program.ts";
import { Source } from "../src/language/source.ts";
import { parse } from "../src/language/syntax/parse.ts";
import { cel, FORMULA, filtrex, handWritten, INPUTS, javascriptText, mathjs } from "./expressionPeers.ts";
import { type Contender, measure, report } from "./report.ts";

const ROWS = 1024;

/** Columns of inputs from a fixed sequence; counts of tasks and nodes as a pool has them. */
const columns = INPUTS.map((_, column) => {
  let state = 2463534242 + column * 7919;
  return Float64Array.from({ length: ROWS }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 1 + (state >>> 26);
  });
});

class ColumnReader implements MetricReader {
  private readonly rows: RowEnvironment;
  private readonly column: Float64Array;
  constructor(rows: RowEnvironment, column: Float64Array) {
    this.rows = rows;
    this.column = column;
  }
  latest(): number {
    return this.column[this.rows.row];
  }
  count = () => 0;
  period = () => 0n;
  historyBegin = () => 0n;
  cursor = () => {
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

function ours(tier: Tier): (row: number) => number {
  const { formula } = parse(new Source(FORMULA));
  const environment = new RowEnvironment();
  const run = compile(formula!, { tier }).bind(environment);
  // A function of its own for each tier: one that all three pass through would show the price of their being different.
  const step = new Function(
    "environment",
    "run",
    `return (row) => { environment.row = row; run.evaluate(); return run.targetDedicated; /*${tier}*/ };`,
  );
  return step(environment, run) as (row: number) => number;
}

function peer(
  answer: (active: number, running: number, slots: number, current: number, pending: number) => number,
): (row: number) => number {
  const [active, running, slots, current, pending] = columns;
  return (row) => answer(active[row], running[row], slots[row], current[row], pending[row]);
}

/** Every row once; a loop of its own for each contender, so that the engine treats each call as it would alone. */
function evaluation(name: string, answer: (row: number) => number): Contender {
  const body = new Function(
    "answer",
    `return () => { let sum = 0; for (let row = 0; row < ${ROWS}; row++) sum += answer(row); return sum; /*${name}*/ };`,
  );
  return { name, operations: ROWS, run: body(answer) as () => unknown };
}

/** Prints the two tables; gives the judged rows. */
export function expressions() {
  const fresh = new Function(
    "active",
    "running",
    "slots",
    "current",
    "pending",
    javascriptText("evaluate"),
  ) as typeof handWritten;
  const answers: [string, (row: number) => number][] = [
    ["hand-written", peer((...inputs) => handWritten(...inputs))],
    ["new Function", peer((...inputs) => fresh(...inputs))],
    ["ours, bytecode (default)", ours("bytecode")],
    ["ours, code", ours("code")],
    ["ours, interpreter", ours("interpreter")],
    ["mathjs", peer(mathjs())],
    ["filtrex", peer(filtrex())],
    ["@marcbachmann/cel-js", peer(cel())],
  ];
  for (let row = 0; row < ROWS; row++) {
    const wanted = answers[0][1](row);
    for (const [name, answer] of answers)
      if (answer(row) !== wanted) throw new Error(`${name} answers ${answer(row)}, not ${wanted}, in row ${row}`);
  }

  const environment = new RowEnvironment();
  let salt = 0;
  const compilations: Contender[] = [
    {
      name: "new Function, fresh text",
      operations: 1,
      run: () => new Function("active", "running", "slots", "current", "pending", javascriptText(`${salt++}`))(1, 2, 3, 4, 5),
    },
    {
      name: "ours: parse, check, optimize, write bytecode",
      operations: 1,
      run: () => compile(parse(new Source(FORMULA)).formula!),
    },
    { name: "  of which parse", operations: 1, run: () => parse(new Source(FORMULA)).formula },
    { name: "  of which parse and check", operations: 1, run: () => check(parse(new Source(FORMULA)).formula!).program },
    {
      name: "ours, with bind and a first run",
      operations: 1,
      run: () =>
        compile(parse(new Source(FORMULA)).formula!)
          .bind(environment)
          .evaluate(),
    },
    { name: "mathjs", operations: 1, run: mathjs },
    { name: "filtrex", operations: 1, run: filtrex },
    { name: "@marcbachmann/cel-js", operations: 1, run: cel },
  ];
  const compileTable = report("Compile a formula of 9 statements, warm (limit: new Function on a fresh text, run once)");
  const [freshFunction, ...compileTimes] = measure(compilations, { rounds: 5 });
  for (const [i, { name }] of compilations.slice(1).entries())
    compileTable.row(name, compileTimes[i], freshFunction, i === 0 ? { floor: 1, moonshot: 0.5 } : {});
  compileTable.row("ours / mathjs", compileTimes[0], compileTimes[4], { floor: 1 });
  const compileRows = compileTable.finish();

  const evaluateTable = report(`Evaluate it, ${ROWS} rows of 5 inputs in turn (limit: the function written by hand)`);
  const [hand, ...times] = measure(
    answers.map(([name, answer]) => evaluation(name, answer)),
    { rounds: 7 },
  );
  const goals = [{}, { floor: 8, moonshot: 4 }, { floor: 1.5, moonshot: 1.15 }];
  for (const [i, [name]] of answers.slice(1).entries()) evaluateTable.row(name, times[i], hand, goals[i] ?? {});
  return [...compileRows, ...evaluateTable.finish()];
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) expressions();
