/**
 * Names that people bring along from other languages, with what says the same here. The nearest spelling would not find these: nothing is
 * spelt like `pow`. Only hints hang on them; to the language they are undefined like any other name (rules 1.12, 2.22, 3.13).
 */

const TRUTHS = "there are no truth values: write 1 for true, 0 for false";
const CHOICE = "a choice is an expression: condition ? a : b";

const HINTS: ReadonlyMap<string, string> = new Map([
  ["true", TRUTHS],
  ["false", TRUTHS],
  ["null", "there is no null: write 0, or [ ] for an empty vector"],
  ["nan", "there is no name for it: 0 / 0 is nan"],
  ["infinity", "there is no name for it: 1 / 0 is inf"],
  ["if", CHOICE],
  ["iif", CHOICE],
  ["now", "the instant of the run is time()"],
  ["math", "functions stand alone: max(a, b)"],
  ["mean", "write avg(…)"],
  ["average", "write avg(…)"],
  ["median", "write percentile(v, 50)"],
  ["count", "write len(…); how many samples a metric has is $PendingTasks.Count()"],
  ["length", "write len(…)"],
  ["size", "write len(…)"],
  ["ceiling", "write ceil(…)"],
  ["trunc", "write floor(…); a target is cut to a whole number anyway"],
  ["int", "write floor(…); a target is cut to a whole number anyway"],
  ["abs", "there is no abs: write max(x, -x)"],
  ["pow", "there is no power: write x * x"],
  ["sqrt", "there is no square root; norm(x, y) is the root of x * x + y * y"],
  ["exp", "there is no exp"],
  ["stddev", "write std(…)"],
  ["stdev", "write std(…)"],
  ["log10", "write log(…)"],
  ["log2", "write lg(…)"],
  ["clamp", "write max(least, min(most, x))"],
  ["random", "write rand()"],
]);

/** What says the same here; undefined for a name that no table knows. Capitals do not matter. */
export function foreignNameHint(name: string): string | undefined {
  return HINTS.get(name.toLowerCase());
}
