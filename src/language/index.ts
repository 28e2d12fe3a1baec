/**
 * The language's door, in the order of its pipeline: text → tree → checked program → program of a tier → outcome, and what shows each of them to
 * people. Nothing here knows a store: a program sees an Environment.
 *
 *     const source = new Source("x = 1;");
 *     const { formula, diagnostics } = parse(source);
 *     if (formula !== undefined) compile(formula).bind(environment).evaluate();
 */
export { Source } from "./source.ts";
export type { Position, Span } from "./source.ts";
export { parse, serviceSyntaxError } from "./syntax/parse.ts";
export type { Parsed, ServiceSyntaxError } from "./syntax/parse.ts";
export type { Expression, Formula, Statement } from "./ast.ts";
export { check } from "./check/checker.ts";
export type { Checked } from "./check/checker.ts";
export { checkIntact } from "./check/intact.ts";
export { lint } from "./check/lint/index.ts";
export type { LintOptions } from "./check/lint/index.ts";
export { optimize } from "./optimize/optimizer.ts";
export { irText } from "./ir.ts";
export type { Instruction, IrProgram } from "./ir.ts";
export { compile } from "./execute/compile.ts";
export type { CompileOptions } from "./execute/compile.ts";
export { runOnce } from "./execute/program.ts";
export type { Program, Run, Tier } from "./execute/program.ts";
export { interpret } from "./execute/interpreter.ts";
export type { Observer } from "./execute/interpreter.ts";
export type { Outcome } from "./execute/outcome.ts";
export type { Environment, MetricReader, SampleCursor } from "./environment.ts";
export { print } from "./syntax/print.ts";
export { format } from "./syntax/format.ts";
export type { Formatted } from "./syntax/format.ts";
export { byPlace, placeText, showDiagnostic } from "./diagnostics/diagnostic.ts";
export type { Diagnostic, Fix, Paint, TextEdit } from "./diagnostics/diagnostic.ts";
export { EvaluationFailure, serviceError } from "./diagnostics/failure.ts";
export { defaultSemantics, strictSemantics } from "./semantics.ts";
export type { Semantics } from "./semantics.ts";
export type { DeallocationOption, Type, Value } from "./values/value.ts";
export { doubleText, valueText } from "./values/text.ts";
