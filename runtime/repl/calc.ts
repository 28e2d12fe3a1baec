/**
 * `:calc`: a pocket calculator with units, `:calc 3 minutes to s`, on top of mathjs. It is loaded when first asked for, because it is by far the
 * biggest thing a session can need. Doubles of the session are known by their names, intervals as seconds.
 */
import { Timeinterval, type Value } from "../../src/language/values/value.ts";

const SECONDS_PER_TICK = 1e-7;

/** Functions that make an expression more than a calculation: they could redefine others or never end. */
const SHUT = ["import", "createUnit", "evaluate", "parse", "compile", "simplify", "derivative", "resolve", "reviver"];

type Calculate = (expression: string, values: ReadonlyMap<string, Value>) => string;
let loaded: Promise<Calculate> | undefined;

/** The result as text; rejects with an Error whose message is for the user. */
export async function calculate(expression: string, values: ReadonlyMap<string, Value>): Promise<string> {
  loaded ??= load();
  return (await loaded)(expression, values);
}

async function load(): Promise<Calculate> {
  const { create, all } = await import("mathjs");
  const math = create(all);
  const evaluate = math.evaluate.bind(math);
  const { unit } = math;
  const shut = Object.fromEntries(
    SHUT.map((name) => [
      name,
      () => {
        throw new Error(`${name} is not available here`);
      },
    ]),
  );
  math.import(shut, { override: true });
  return (expression, values) => {
    const scope = new Map<string, unknown>();
    for (const [name, value] of values) {
      if (typeof value === "number") scope.set(name, value);
      else if (value instanceof Float64Array) scope.set(name, Array.from(value));
      else if (value instanceof Timeinterval) scope.set(name, unit(Number(value.ticks) * SECONDS_PER_TICK, "s"));
    }
    return math.format(evaluate(expression, scope), { precision: 12 });
  };
}
