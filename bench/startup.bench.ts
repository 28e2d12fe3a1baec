/**
 * How long a person waits for the command: wall time of whole processes, node's own start included. Goal: `weir validate` of a small formula in
 * at most 0.2 s; node alone is the limit. Run `npm run build` first.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { median, report } from "./report.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const weir = join(root, "dist", "cli", "weir.js");
const ROUNDS = 9;

/** Milliseconds of a run, the median of several. */
function wallMs(args: readonly string[], input = ""): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    spawnSync(process.execPath, args, { input, stdio: ["pipe", "ignore", "ignore"] });
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return median(times);
}

/** Prints the table. */
export function startupBench(): void {
  if (!existsSync(weir)) throw new Error("build first: npm run build");
  const formula = join(root, "samples", "formulas", "pending-tasks.formula");
  const table = report("Start-up: wall time of a process, ms");
  const node = wallMs(["-e", "0"]);
  const goal = { unit: "ms", floor: 4, moonshot: 2 };
  table.row("node -e 0", node, node, { unit: "ms" });
  table.row("weir --version", wallMs([weir, "--version"]), node, goal);
  table.row("weir validate (valid)", wallMs([weir, "validate", formula]), node, goal);
  table.row("weir validate (syntax error)", wallMs([weir, "validate", "-"], "x = (1;"), node, goal);
  table.row("weir format", wallMs([weir, "format", formula]), node, goal);
  table.row("weir evaluate, no metrics", wallMs([weir, "evaluate", "-", "--at", "2026-01-05T08:00:00Z"], "x = 1;"), node, goal);
  table.finish();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) startupBench();
