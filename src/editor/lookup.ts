/**
 * One shape for everything that has a name in the language, read from the tables of built-ins: what hover, completion, help and the
 * reference page show. A name may stand for several things, because functions, members and variables have name spaces of their own (8.22).
 */
import { functions, members, methods, variables } from "../language/builtins/index.ts";
import type { Sure, VariableRow } from "../language/builtins/row.ts";
import type { Type } from "../language/values/value.ts";

export type EntryKind = "function" | "method" | "member" | VariableRow["kind"];

/** What the tables say about one name. */
export interface Entry {
  readonly kind: EntryKind;
  readonly name: string;
  /** How it is written, one line a form, with what comes out: `val(doubleVec v, double i) → double`. */
  readonly signatures: readonly string[];
  /** Undefined where it depends on the arguments. */
  readonly type: Type | undefined;
  /** What its number counts; undefined for what has no unit. */
  readonly unit: string | undefined;
  readonly doc: string;
  /** Why a formula should no longer use it. */
  readonly obsolete: string | undefined;
  /** Formulas that assign `x`, with what `x` then prints as. */
  readonly examples: readonly { readonly formula: string; readonly result: string }[];
  readonly source: string;
  readonly sure: Sure;
}

interface Callable {
  readonly name: string;
  readonly doc: string;
  readonly overloads: readonly { readonly signature: string; readonly result: Type }[];
  readonly source: string;
  readonly sure: Sure;
}

function callable(kind: "function" | "method", row: Callable, examples: Entry["examples"]): Entry {
  const { name, doc, overloads, source, sure } = row;
  const results = new Set(overloads.map((overload) => overload.result));
  const signatures = overloads.map((overload) =>
    overload.result === "none" ? overload.signature : `${overload.signature} → ${overload.result}`,
  );
  return {
    kind,
    name,
    signatures,
    type: results.size === 1 ? overloads[0].result : undefined,
    unit: undefined,
    doc,
    obsolete: undefined,
    examples,
    source,
    sure,
  };
}

function variable(row: VariableRow): Entry {
  const { kind, name, type, doc, obsolete, source, sure } = row;
  const unit = kind === "metric" || kind === "target" ? row.unit : undefined;
  return { kind, name, signatures: [`${name}: ${type}`], type, unit, doc, obsolete, examples: [], source, sure };
}

const member = (name: string, doc: string, source: string, sure: Sure): Entry => ({
  kind: "member",
  name,
  signatures: [`timestamp.${name}: double`],
  type: "double",
  unit: undefined,
  doc,
  obsolete: undefined,
  examples: [],
  source,
  sure,
});

const all: readonly Entry[] = [
  ...functions.rows.map((row) => callable("function", row, row.examples)),
  ...methods.rows.map((row) => callable("method", row, [])),
  ...members.rows.map((row) => member(row.name, row.doc, row.source, row.sure)),
  ...variables.rows.map(variable),
];

/** Every predefined name, in the order of the tables: functions, methods, members, variables. */
export function entries(): readonly Entry[] {
  return all;
}

/** All meanings of a name, exactly as spelt; empty for a name that is not predefined. */
export function lookUp(name: string): readonly Entry[] {
  return all.filter((entry) => entry.name === name);
}

/** The meaning of a name in one name space; `role` as `roleOf` in tokens.ts gives it. */
export function lookUpAs(role: "function" | "member" | "variable", name: string): Entry | undefined {
  return lookUp(name).find(({ kind }) => {
    if (role === "function") return kind === "function";
    if (role === "member") return kind === "method" || kind === "member";
    return kind !== "function" && kind !== "method" && kind !== "member";
  });
}
