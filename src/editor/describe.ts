/**
 * What stands at a place of a formula: the hover of an editor and the `:help` of a session. Predefined names are described from their rows,
 * user-defined variables by the assignment that gave them their value, operators by the types they join.
 */
import { nearest } from "../base/table.ts";
import { type Binary, type Expression, partsOf, type Statement } from "../language/ast.ts";
import { functions, members, methods, variables } from "../language/builtins/index.ts";
import type { Source, Span } from "../language/source.ts";
import { valueText } from "../language/values/text.ts";
import type { Type, Value } from "../language/values/value.ts";
import { type Entry, type EntryKind, lookUpAs } from "./lookup.ts";
import { type Known, readAlone, variablesBefore } from "./scope.ts";
import { roleOf, statementsOf, type StatementTokens, tokenAt, type Token, tokensOf } from "./tokens.ts";
import { typesOf, type VariableTypes } from "./types.ts";

/** Known, and the values of a run, if there was one. */
export interface KnownValues extends Known {
  readonly values?: ReadonlyMap<string, Value>;
}

/** What is known about the piece of text in its span. */
export interface Description extends Span {
  readonly kind: EntryKind | "user" | "operator" | "unknown";
  readonly name: string;
  readonly signatures: readonly string[];
  readonly type: Type | undefined;
  readonly unit: string | undefined;
  readonly doc: string;
  readonly obsolete: string | undefined;
  /** As `results` prints it, when a run gave it one. */
  readonly value: string | undefined;
  /** The built-in's row, when it is one. */
  readonly entry: Entry | undefined;
}

/** Describes what is at the offset; undefined for blanks, comments, numbers, strings and punctuation. Never fails. */
export function describe(source: Source, offset: number, known: KnownValues = {}): Description | undefined {
  const { text } = source;
  const tokens = tokensOf(text);
  const token = tokens[tokenAt(tokens, offset)];
  if (token === undefined || (token.kind !== "name" && token.kind !== "sign")) return undefined;
  const statements = statementsOf(tokens);
  const index = statements.findIndex((statement) => statement.start <= token.start && token.end <= statement.end);
  if (index < 0) return undefined;
  const statement = statements[index];
  const types = variablesBefore(text, statements, index, known);
  if (token.kind === "sign") return operator(text, statement, token, types, known);
  const role = roleOf(statement.tokens, statement.tokens.indexOf(token));
  const value = known.values?.get(token.text);
  const entry = lookUpAs(role, token.text);
  if (entry !== undefined) return described(token, entry, role === "variable" ? value : undefined);
  if (role !== "variable") return unknown(token, role, types);
  const isTarget = statement.target === token;
  const assigned = isTarget ? statement : statements.slice(0, index).findLast((before) => before.target?.text === token.text);
  if (assigned === undefined && !types.has(token.text)) return unknown(token, role, types);
  return {
    ...at(token),
    kind: "user",
    name: token.text,
    signatures: [`${token.text}: ${typeWords(isTarget ? assignedType(text, statement, types, known) : types.get(token.text))}`],
    type: isTarget ? assignedType(text, statement, types, known) : types.get(token.text),
    unit: undefined,
    doc:
      assigned === undefined
        ? "Variable of this session."
        : `Assigned at line ${source.position(assigned.start).line}: ${shortened(text.slice(assigned.start, assigned.end))}`,
    obsolete: undefined,
    value: value === undefined ? undefined : valueText(value),
    entry: undefined,
  };
}

/** A description as a few lines of markdown, the way editors show it. */
export function describeText(description: Description): string {
  const { signatures, unit, doc, obsolete, value, entry } = description;
  const lines = ["```", ...signatures, "```", "", doc];
  if (unit !== undefined) lines.push("", `Unit: ${unit}.`);
  if (value !== undefined) lines.push("", `Value: \`${value}\``);
  if (obsolete !== undefined) lines.push("", `Obsolete: ${obsolete}.`);
  for (const example of entry?.examples ?? []) lines.push("", `Example: \`${example.formula}\` gives \`${example.result}\`.`);
  return lines.join("\n");
}

const at = ({ start, end }: Span): Span => ({ start, end });

const typeWords = (type: Type | undefined) =>
  type === undefined ? "never has a value" : type === "any" ? "type depends on a condition" : type;

const TEXT_MAX = 120;

/** A statement on one line, cut to a readable length. */
function shortened(text: string): string {
  const line = text.replace(/\/\/[^\r\n]*/g, " ").replace(/\s+/g, " ");
  return line.length > TEXT_MAX ? `${line.slice(0, TEXT_MAX)}…` : line;
}

function described(token: Token, entry: Entry, value: Value | undefined): Description {
  const { kind, name, signatures, type, unit, doc, obsolete } = entry;
  return {
    ...at(token),
    kind,
    name,
    signatures,
    type,
    unit,
    doc,
    obsolete,
    value: value === undefined ? undefined : valueText(value),
    entry,
  };
}

function unknown(token: Token, role: "function" | "member" | "variable", types: VariableTypes): Description {
  const rows = role === "function" ? functions.rows : role === "member" ? [...methods.rows, ...members.rows] : variables.rows;
  const near = nearest(token.text, [...rows.map((row) => row.name), ...(role === "variable" ? types.keys() : [])]);
  const what =
    role === "function"
      ? "There is no function of this name."
      : role === "member"
        ? "Neither metrics nor timestamps have it."
        : "No value was assigned to it before.";
  return {
    ...at(token),
    kind: "unknown",
    name: token.text,
    signatures: [token.text],
    type: undefined,
    unit: undefined,
    doc: near === undefined ? what : `${what} Did you mean ${near}?`,
    obsolete: undefined,
    value: undefined,
    entry: undefined,
  };
}

function assignedType(text: string, statement: StatementTokens, types: VariableTypes, known: Known): Type | undefined {
  const alone = readAlone(text, statement);
  return alone === undefined ? "any" : typesOf(formulaWith(alone), types, known.semantics).of(alone.value);
}

const formulaWith = (statement: Statement) => ({ statements: [statement], start: statement.start, end: statement.end });

/** `double * timeinterval → timeinterval` for the operator at the token. */
function operator(
  text: string,
  statement: StatementTokens,
  token: Token,
  types: VariableTypes,
  known: Known,
): Description | undefined {
  const alone = readAlone(text, statement);
  if (alone === undefined) return undefined;
  const node = binaryAt(alone.value, token.start - statement.start);
  if (node === undefined) return undefined;
  const found = typesOf(formulaWith(alone), types, known.semantics);
  const type = found.of(node);
  const joined = `${typeWords(found.of(node.left))} ${node.operator} ${typeWords(found.of(node.right))}`;
  return {
    ...at(token),
    kind: "operator",
    name: node.operator,
    signatures: [type === undefined ? joined : `${joined} → ${typeWords(type)}`],
    type,
    unit: undefined,
    doc:
      type === undefined
        ? "This operation fails wherever it is reached: the language has none for these types."
        : OPERATOR_DOC[node.operator],
    obsolete: undefined,
    value: undefined,
    entry: undefined,
  };
}

/** What each operator does, in one sentence. */
export const OPERATOR_DOC: Record<Binary["operator"], string> = {
  "+": "Sum; of vectors, element by element.",
  "-": "Difference; of vectors, element by element.",
  "*": "Product; of vectors, element by element.",
  "/": "Quotient; of vectors, element by element. A division by zero gives inf or nan, which no target may be.",
  "<": "1 if the left is less, else 0.",
  "<=": "1 if the left is less or equal, else 0.",
  ">": "1 if the left is greater, else 0.",
  ">=": "1 if the left is greater or equal, else 0.",
  "==": "1 if both are equal, else 0.",
  "!=": "1 if they differ, else 0.",
  "&&": "1 if both are not 0, else 0. The right side is not evaluated if the left is 0.",
  "||": "1 if one is not 0, else 0. The right side is not evaluated if the left is not 0.",
};

/** The binary operation whose operator begins at the offset. Spines are walked with a loop; nesting is bounded by the parser. */
function binaryAt(root: Expression, offset: number): Binary | undefined {
  const waiting: Expression[] = [root];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (node.kind === "binary") {
      if (node.at === offset) return node;
      waiting.push(node.left, node.right);
    } else waiting.push(...partsOf(node));
  }
  return undefined;
}
