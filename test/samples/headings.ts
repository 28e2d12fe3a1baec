/**
 * Reads the headings of the sample formulas: the `//` lines before the first statement, with their `Name: text` fields. An `Expect:` field
 * of a good formula names a history, a moment, the pool's targets before, and what the run must give.
 */
import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../../samples/formulas/", import.meta.url);

export interface SampleFormula {
  /** File name, with `mistakes/` before it where it stands there. */
  readonly file: string;
  readonly text: string;
  readonly title: string;
  /** Texts of the fields by name, in the order of the heading; most have one. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
}

/** All formulas of samples/formulas, or of its folder `mistakes`, by name. */
export function sampleFormulas(under: "" | "mistakes/"): SampleFormula[] {
  const names = readdirSync(new URL(under === "" ? "." : under, folder)).filter((name) => name.endsWith(".formula"));
  return names.sort().map((name) => {
    const text = readFileSync(new URL(under + name, folder), "utf8");
    const heading = text.slice(0, text.indexOf("\n\n")).split("\n");
    const fields = new Map<string, string[]>();
    for (const line of heading.slice(1)) {
      const field = /^\/\/ ([A-Z][a-z ]+): +(.+)$/.exec(line);
      if (field) fields.set(field[1], [...(fields.get(field[1]) ?? []), field[2]]);
    }
    return { file: under + name, text, title: heading[0], fields };
  });
}

export interface Expectation {
  readonly metrics: string;
  readonly at: string;
  readonly before: { readonly dedicated: number; readonly lowPriority: number };
  readonly after: { readonly dedicated: number; readonly lowPriority: number; readonly nodeDeallocationOption: string };
}

/** Reads one `Expect:` field; undefined if it has another form. */
export function expectation(field: string): Expectation | undefined {
  const form = /^(\S+) at (\S+), targets (\d+)\/(\d+) -> dedicated (\d+), lowPriority (\d+), ([a-z]+)$/.exec(field);
  if (form === null) return undefined;
  const [, metrics, at, dedicatedBefore, lowPriorityBefore, dedicated, lowPriority, nodeDeallocationOption] = form;
  return {
    metrics,
    at,
    before: { dedicated: Number(dedicatedBefore), lowPriority: Number(lowPriorityBefore) },
    after: { dedicated: Number(dedicated), lowPriority: Number(lowPriority), nodeDeallocationOption },
  };
}
