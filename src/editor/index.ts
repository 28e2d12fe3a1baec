/**
 * What editors, sessions and pages ask about a formula, as plain functions over its text: no protocol, no state, no failure whatever the
 * text. All of them read the one table of built-ins.
 */
export { complete, type CompletionItem } from "./complete.ts";
export { type Description, describe, describeText, type KnownValues } from "./describe.ts";
export { type Entry, type EntryKind, entries, lookUp } from "./lookup.ts";
export {
  applyEdits,
  definition,
  type OutlineItem,
  outline,
  type Rename,
  rename,
  type Use,
  uses,
  variableAt,
} from "./navigate.ts";
export { referencePage } from "./reference.ts";
export { type Known, typeOfText } from "./scope.ts";
export { type OpenCall, type SignatureHelp, signatureAt } from "./signature.ts";
export { isUnfinished } from "./tokens.ts";
export { type FormulaTypes, typesOf, type VariableTypes } from "./types.ts";
