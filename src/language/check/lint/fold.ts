/**
 * One way to ask a question about the values of a formula: an answer for every expression, made from the answers of its parts and of the
 * assignments that its names read. Answers are kept, statements are asked in their order and long chains from their left end, so that neither
 * `a = b + b; b = …` nor ten thousand plus signs cost more than their length.
 */
import type { Expression } from "../../ast.ts";
import { type Facts, leftSpine } from "./facts.ts";

/** The answer for a part. */
export type Answer<T> = (expression: Expression) => T;

/** Makes the question's answer for any expression of the formula. `step` answers for one expression, asking `of` for its parts. */
export function fold<T>(
  facts: Facts,
  step: (expression: Expression, of: Answer<T>, definition: Answer<T | undefined>) => T,
): Answer<T> {
  const known = new Map<Expression, T>();
  const of: Answer<T> = (expression) => {
    const before = known.get(expression);
    if (before !== undefined || known.has(expression)) return before as T;
    for (const link of leftSpine(expression).links) if (!known.has(link)) known.set(link, step(link, of, definition));
    if (!known.has(expression)) known.set(expression, step(expression, of, definition));
    return known.get(expression) as T;
  };
  const definition: Answer<T | undefined> = (expression) => {
    const fact = expression.kind === "name" ? facts.definition(expression) : undefined;
    return fact === undefined ? undefined : of(fact.statement.value);
  };
  let isPrepared = false;
  return (expression) => {
    if (!isPrepared) for (const fact of facts.statements) of(fact.statement.value);
    isPrepared = true;
    return of(expression);
  };
}
