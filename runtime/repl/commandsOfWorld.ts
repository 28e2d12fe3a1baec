/**
 * Commands that change the world a session's formula is tried in: metrics, instant, targets, seed, and stepping through time.
 */
import { evaluationIntervalMs, targetMax } from "../../src/base/limits.ts";
import { durationText, instantText, TICKS_PER_MS, type Ticks } from "../../src/base/time.ts";
import { metricNames, olderMetricNames } from "../../src/language/builtins/index.ts";
import { readMetrics } from "../../src/metrics/formats/detect.ts";
import { hasErrors, problemText } from "../../src/metrics/formats/problems.ts";
import { evaluateOnce, poolText, showLost } from "./answers.ts";
import { type CommandRow, type Context, Refused } from "./context.ts";
import { pathArgument, readTextFile } from "./readFiles.ts";
import { visible } from "./show.ts";
import { countArgument, durationArgument, timeArgument } from "./timeArguments.ts";

const STEPS_MAX = 10_000;
const SEED_MAX = 4294967295;

export const commandsOfWorld: readonly CommandRow[] = [
  {
    name: "metrics",
    argument: "[FILE]",
    doc: "Reads a metric history: CSV, JSON, Azure Monitor or Prometheus, gzip as it is. Time moves to its newest sample. Without FILE: what there is.",
    completes: "file",
    examples: [":metrics week.csv"],
    run: (context, argument) => {
      if (argument === "") showMetrics(context);
      else loadMetrics(context, pathArgument(argument));
    },
  },
  {
    name: "at",
    argument: "[TIME]",
    doc: "Moves to an instant and evaluates everything there: ISO 8601, `first` or `last` sample, or +15m, -PT1H from now. Without TIME: what time it is.",
    completes: "nothing",
    examples: [":at 2026-01-05T08:00:00Z", ":at first", ":at +1h"],
    run: moveTo,
  },
  {
    name: "step",
    argument: "[N] [DURATION]",
    doc: "Gives the pool the targets of the formula, moves on by the evaluation interval (15 minutes) or by DURATION, and evaluates again; N times.",
    completes: "nothing",
    examples: [":step", ":step 8", ":step PT5M", ":step 12 5m"],
    run: step,
  },
  {
    name: "targets",
    argument: "[D [L]]",
    doc: "Says how many dedicated and low-priority nodes the pool has now: what $TargetDedicatedNodes and $TargetLowPriorityNodes are before a formula assigns them.",
    completes: "nothing",
    examples: [":targets 3", ":targets 3 1"],
    run: setTargets,
  },
  {
    name: "seed",
    argument: "[N]",
    doc: "Starts rand() anew from a seed and evaluates everything again.",
    completes: "nothing",
    examples: [":seed 7"],
    run: (context, argument) => {
      const { session } = context;
      if (argument === "") {
        context.say(`seed ${session.seed}`);
        return;
      }
      const seed = countArgument(argument, SEED_MAX);
      if (seed === undefined) throw new Refused(`:seed takes a whole number from 0 to ${SEED_MAX}`);
      showLost(context, session.move({ seed }));
    },
  },
];

/** Reads a metrics file into the session and goes to `at`, else its newest sample; its problems are shown, and one with errors changes nothing. */
export function loadMetrics(context: Context, path: string, at?: Ticks): boolean {
  const file = readTextFile(path);
  if ("trouble" in file) {
    context.fail(file.trouble);
    return false;
  }
  const { samplePeriod, sampleDelay, map, session } = context;
  const reading = readMetrics(file.text, {
    knownMetrics: metricNames,
    olderNames: olderMetricNames,
    ...(map === undefined ? {} : { names: map }),
    ...(samplePeriod === undefined ? {} : { samplePeriod }),
    ...(sampleDelay === undefined ? {} : { sampleDelay }),
  });
  const refused = hasErrors(reading);
  for (const problem of reading.problems) {
    // The line stands behind the path, as in the messages of the commands, and not in the text again.
    const { line, ...rest } = problem;
    const where = `${visible(path)}${line === undefined ? "" : `:${line}`}`;
    const text = `${where}: ${context.paint(problem.severity, problem.severity)}: ${problemText(rest)}`;
    if (problem.severity === "error") context.fail(text);
    else context.say(text);
  }
  if (reading.omitted > 0) context.say(`${visible(path)}: ${reading.omitted} more problems are not shown`);
  if (refused) return false;
  const now = at ?? reading.store.lastSampleTime() ?? session.now;
  showLost(context, session.move({ store: reading.store, now }));
  showMetrics(context);
  return true;
}

function showMetrics({ session, say, paint }: Context): void {
  const { store } = session;
  const first = store.firstSampleTime();
  const last = store.lastSampleTime();
  if (first === undefined || last === undefined) {
    say("no metrics: load some with :metrics FILE");
    return;
  }
  say(`${instantText(first)} to ${instantText(last)}, a sample every ${durationText(BigInt(store.samplePeriod))}`);
  say(
    store
      .names()
      .map((name) => paint("name", visible(name)))
      .join(" "),
  );
  say(paint("quiet", `now ${instantText(session.now)}`));
}

function moveTo(context: Context, argument: string): void {
  const { session } = context;
  if (argument === "") {
    context.say(instantText(session.now));
    return;
  }
  const instant = timeArgument(argument, session.now, session.store);
  if (typeof instant === "string") throw new Refused(instant);
  const lost = session.move({ now: instant });
  showLost(context, lost);
  context.say(
    session.formula() === "" ? context.paint("quiet", instantText(instant)) : evaluateOnce(session, context.paint).line,
  );
}

function step(context: Context, argument: string): void {
  const { session } = context;
  let steps = 1;
  let interval = BigInt(evaluationIntervalMs.value) * TICKS_PER_MS;
  for (const word of argument.split(/\s+/).filter((part) => part !== "")) {
    const count = countArgument(word, STEPS_MAX);
    const duration = durationArgument(word);
    if (count !== undefined && count > 0) steps = count;
    else if (duration !== undefined && duration > 0n) interval = duration;
    else throw new Refused(`:step takes a number of steps from 1 to ${STEPS_MAX} and a duration such as PT5M or 5m`);
  }
  if (session.formula() === "") throw new Refused("there is no formula to step: load one with :load FILE, or enter statements");
  let lost: ReturnType<typeof session.move> = [];
  for (let i = 0; i < steps; i++) {
    const { targets } = evaluateOnce(session, context.paint);
    const now = timeArgument(`+${durationText(interval)}`, session.now, session.store);
    if (typeof now === "string") throw new Refused(now);
    lost = session.move({ now, targets });
    context.say(evaluateOnce(session, context.paint).line);
  }
  // One line a step says enough; where the last one fails, its problem is shown in full.
  showLost(context, lost);
}

function setTargets(context: Context, argument: string): void {
  const { session } = context;
  if (argument === "") {
    context.say(`the pool has ${poolText(session.targets)}`);
    return;
  }
  const counts = argument.split(/[\s,]+/).map((word) => countArgument(word, targetMax.value));
  const [dedicated, lowPriority = session.targets.lowPriority] = counts;
  if (dedicated === undefined || counts.includes(undefined) || counts.length > 2) {
    throw new Refused(`:targets takes one or two whole numbers of nodes, each at most ${targetMax.value}`);
  }
  showLost(context, session.move({ targets: { dedicated, lowPriority } }));
  context.say(`the pool has ${poolText(session.targets)}`);
}
