/**
 * Every way in which a formula can be refused before it runs. The service knows one text for all of them, `Syntax error near 'TOKEN'`
 * (rule 8.7); `serviceSyntaxError` makes it. The messages here are for people and say what was meant.
 *
 * Details: `token` is the offending text as shown to a person, `opener` a bracket and `place` where it stands, `instead` what to write.
 */
import { formulaLengthMax, nestingMax, statementsMax } from "../../base/limits.ts";
import { table } from "../../base/table.ts";
import type { Details, DiagnosticRow } from "./row.ts";

type Text = string | ((details: Details) => string);

const row = (name: string, message: Text, hint: Text | undefined, example: string | undefined): DiagnosticRow => ({
  name,
  severity: "error",
  phase: "syntax",
  message: typeof message === "string" ? () => message : message,
  ...(hint === undefined ? {} : { hint: typeof hint === "string" ? () => hint : hint }),
  example,
});

/** The rows, in the order of the reference page. */
export const syntaxRows: readonly DiagnosticRow[] = [
  // Limits.
  row(
    "too-long",
    (d) => `the formula has ${d.length} characters, the most is ${formulaLengthMax.value}`,
    "leave out comments and blanks, or name expressions that occur more than once",
    undefined,
  ),
  row(
    "too-many-statements",
    `more than ${statementsMax.value} statements`,
    "put several assignments into one expression, or leave out variables that are read once",
    undefined,
  ),
  row(
    "too-deep",
    `nested deeper than ${nestingMax.value} levels`,
    "give inner parts a name of their own in statements before this one",
    undefined,
  ),

  // Characters and texts that are no part of the language.
  row(
    "unterminated-string",
    "a string without its closing quote",
    'write a second " on the same line',
    '$x = time("2026-01-05;',
  ),
  row("single-quotes", "strings stand in double quotes", (d) => `write ${d.instead}`, "$x = time('2026-01-05');"),
  row(
    "look-alike",
    (d) => `${d.token} looks like ${d.instead} but is another character`,
    "a word processor or web page may have changed it when the text was copied",
    "$x = 3 − 1;",
  ),
  row(
    "braces",
    (d) => `there is no '${d.token}' in formulas`,
    "( ) groups an expression, [ ] makes a vector, a condition is `c ? a : b`",
    "{ $x = 1; }",
  ),
  row(
    "comment-form",
    "comments begin with // and end with the line",
    "put // before each line of the comment",
    "$x = 1 /* one */;",
  ),
  row(
    "unexpected-character",
    (d) => `the character ${d.token} means nothing here`,
    "names are made of a-z, A-Z, 0-9 and _, with an optional $ in front; strings stand in double quotes",
    "$x = 5 @ 2;",
  ),

  // Habits from other languages.
  row(
    "unknown-operator",
    (d) => `there is no operator '${d.token}'`,
    (d) => d.instead ?? "the operators are + - * / < <= == >= > != && || ! and ?:",
    "$x = 7 % 2;",
  ),
  row(
    "word-operator",
    (d) => `there is no operator '${d.token}'`,
    (d) => `write ${d.instead}`,
    "$x = 1 < 2 and 2 < 3;",
  ),
  row(
    "control-statement",
    (d) => `there is no '${d.token}' in formulas`,
    "a formula is a list of assignments; a choice is an expression: $x = condition ? a : b;",
    "if ($x > 1) $y = 2;",
  ),
  row("assignment-form", (d) => `'${d.token}' does not assign`, "assign with =, as in $x = $x + 1;", "$x := 5;"),
  row(
    "assignment-in-expression",
    "a single '=' inside an expression",
    "write == to compare; an assignment is a statement of its own",
    "$x = ($y = 1) ? 2 : 3;",
  ),
  row("chained-assignment", "an assignment has no value", "write one statement for each variable", "$x = $y = 1;"),
  row("assignment-target", "only a name can stand on the left of '='", "write == to compare", "($x) = 1;"),
  row("thousands-separator", "numbers have no thousands separator", (d) => `write ${d.instead}`, "$x = 1,000;"),
  row(
    "number-suffix",
    (d) => `the number goes over into '${d.token}'`,
    (d) => d.instead ?? "lengths of time are products: 5 * TimeInterval_Minute; there are no hexadecimal numbers",
    "$x = 5min;",
  ),
  row("indexing", "elements are not read with [ ]", "write val(vector, index), counted from 0", "$x = $v[0];"),

  // Something is missing.
  row("missing-semicolon", (d) => `a ';' is missing before '${d.token}'`, "statements end with ;", "$x = 1\n$y = 2;"),
  row("missing-operator", (d) => `an operator is missing before '${d.token}'`, undefined, "$x = 2 $y;"),
  row("missing-operand", (d) => `a value is missing before ${d.token}`, undefined, "$x = 1 + ;"),
  row(
    "missing-argument",
    (d) => `an argument is missing before '${d.token}'`,
    "leave out the comma, or write a value",
    "$x = max(1, );",
  ),
  row(
    "missing-colon",
    (d) => `a ':' is missing before ${d.token}`,
    "a choice has both branches: condition ? a : b",
    "$x = 1 > 0 ? 5;",
  ),
  row(
    "missing-member",
    (d) => `a name is missing before ${d.token}`,
    "behind a point stands a method or member, as in time().hour",
    "$x = $CPUPercent.;",
  ),
  row(
    "unclosed",
    (d) => `the '${d.opener}' at ${d.place} is not closed before ${d.token}`,
    (d) => `write ${d.instead} where it ends`,
    "$x = max(1, 2;",
  ),
  row("unmatched", (d) => `this '${d.token}' closes nothing`, "leave it out, or open it before", "$x = max(1, 2));"),

  // All the rest.
  row("unexpected-token", (d) => `${d.token} cannot stand here`, undefined, "$x = 1 : 2;"),
];

/** The same rows by name. */
export const syntaxCodes = table(syntaxRows);
