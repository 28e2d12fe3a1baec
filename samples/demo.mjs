/**
 * A tour of the command line on the samples:  npm run demo
 * Prints each command as a user would type it, runs the built program, and shows what it says. Ends with 1 if a command ended with
 * another code than the one that belongs to it, or said nothing, so that the tour is a test as well.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const weir = fileURLToPath(new URL("../dist/cli/weir.js", import.meta.url));

/** Formula files of a folder, relative to the project, in the order of their names. */
const formulas = (folder) =>
  readdirSync(new URL(`../${folder}/`, import.meta.url))
    .filter((name) => name.endsWith(".formula"))
    .sort()
    .map((name) => `${folder}/${name}`);

const good = "samples/formulas";
const week = "samples/metrics/nasa-week.csv";

/** What is shown: a sentence, the arguments as typed (globs are filled in here as a shell would), and the exit code that is right. */
const steps = [
  {
    says: "Every sample formula is well formed.",
    typed: ["validate", "samples/formulas/*.formula"],
    exits: 0,
  },
  {
    says: "Classic mistakes: all problems of a file at once, each with its place and a hint.",
    typed: ["validate", "samples/formulas/mistakes/*.formula"],
    exits: 1,
  },
  {
    says: "One evaluation on Tuesday 10:00, printed in the service's order.",
    typed: [
      "evaluate",
      `${good}/active-and-running-ramp.formula`,
      "--metrics",
      week,
      "--at",
      "2026-01-06T10:00:00Z",
      "--target-dedicated",
      "24",
    ],
    exits: 0,
  },
  {
    says: "Why: every statement with its value, the samples it read, the branches taken and not taken.",
    typed: [
      "explain",
      `${good}/pending-tasks.formula`,
      "--metrics",
      "samples/metrics/gaps.csv",
      "--at",
      "2026-01-06T10:45:00Z",
    ],
    exits: 0,
  },
  {
    says: "A run that cannot succeed ends with 3: half an hour into the outage the samples are not there.",
    typed: [
      "evaluate",
      `${good}/mistakes/unguarded-samples.formula`,
      "--metrics",
      "samples/metrics/gaps.csv",
      "--at",
      "2026-01-06T10:45:00Z",
    ],
    exits: 3,
  },
  {
    says: "Many evaluations in one process, a result a line.",
    typed: ["evaluate", "--cases", "samples/cases/basics.jsonl"],
    exits: 0,
  },
  {
    says: "Three formulas over the same week, side by side.",
    typed: [
      "backtest",
      `${good}/pending-tasks.formula`,
      `${good}/two-windows.formula`,
      `${good}/queue-hysteresis.formula`,
      "--metrics",
      week,
    ],
    exits: 0,
  },
  {
    says: "Closed loop: a steady stream of tasks on a pool that a formula scales, with waits and cost; two formulas on the same tasks.",
    typed: [
      "simulate",
      "samples/scenarios/steady.yaml",
      "--compare",
      `${good}/multi-slot.formula`,
      `${good}/queue-hysteresis.formula`,
    ],
    exits: 0,
  },
  {
    says: "Which ceiling should the formula have? The choices that no other beats in both cost and wait.",
    typed: [
      "tune",
      `${good}/multi-slot.formula`,
      "--scenario",
      "samples/scenarios/steady.yaml",
      "--param",
      "maxNodes=4..16/4",
      "--seeds",
      "1",
      "--quiet",
    ],
    exits: 0,
  },
  {
    says: "The samples are in canonical layout.",
    typed: ["format", "--check", "samples/formulas/*.formula"],
    exits: 0,
  },
];

if (!existsSync(weir)) {
  process.stderr.write("dist/cli/weir.js is not there: run `npm ci` or `npm run build` first\n");
  process.exit(2);
}
let wrong = 0;
for (const { says, typed, exits } of steps) {
  process.stdout.write(`\n${says}\n$ weir ${typed.join(" ")}\n\n`);
  const args = typed.flatMap((word) => (word.endsWith("/*.formula") ? formulas(word.slice(0, -"/*.formula".length)) : [word]));
  // On a terminal the command writes there itself, with colour and the terminal's width; elsewhere its output passes through here.
  const output = process.stdout.isTTY ? "inherit" : "pipe";
  const ended = spawnSync(process.execPath, [weir, ...args], { cwd: root, stdio: ["ignore", output, output] });
  process.stdout.write(ended.stdout ?? "");
  process.stdout.write(ended.stderr ?? "");
  const silent = output === "pipe" && ended.stdout.length + ended.stderr.length === 0;
  if (ended.status === exits && !silent) continue;
  wrong++;
  const instead = silent ? "said nothing" : `ended with ${ended.status ?? ended.signal}`;
  process.stderr.write(`\nthis command should have ended with ${exits} and ${instead}\n`);
}
process.stdout.write(
  wrong === 0 ? "\nAll commands ended as they should.\n" : `\n${wrong} of ${steps.length} commands ended differently.\n`,
);
process.exitCode = wrong === 0 ? 0 : 1;
