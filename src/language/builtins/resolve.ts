/**
 * Which overload a call means (rules 3.1, 5.5, 8.21). The count of arguments is judged before they are evaluated, their types after.
 */
import type { Type } from "../values/value.ts";
import type { Overload, Parameter } from "./row.ts";

/** Whether any overload takes this many arguments. */
export function takesCount(overloads: readonly Overload[], count: number): boolean {
  return overloads.some((overload) => overload.parameters[0] === "list" || overload.parameters.length === count);
}

/** The first overload whose parameters fit; undefined if none does. No type `any` or `none` may be asked about. */
export function chooseOverload(overloads: readonly Overload[], types: readonly Type[]): Overload | undefined {
  for (const overload of overloads) {
    const { parameters } = overload;
    if (parameters[0] === "list") {
      if (types.every((type) => fits("list", type))) return overload;
    } else if (parameters.length === types.length && parameters.every((parameter, i) => fits(parameter, types[i])))
      return overload;
  }
  return undefined;
}

export function fits(parameter: Parameter, type: Type): boolean {
  if (parameter === "list") return type === "double" || type === "doubleVec";
  if (parameter === "time") return type === "timestamp" || type === "timeinterval";
  return parameter === type;
}

/** `1 argument`, `1 to 3 arguments`, `no arguments`: what a message says is wanted. */
export function countInWords(overloads: readonly Overload[]): string {
  const counts = overloads.map((overload) => overload.parameters.length);
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  if (most === 0) return "no arguments";
  const range = least === most ? String(most) : least === 0 && most === 1 ? "at most 1" : `${least} to ${most}`;
  return `${range} argument${most === 1 ? "" : "s"}`;
}

/** Every way to write a call: `GetSample(double count) or GetSample(timeinterval range)`. */
export function signaturesInWords(overloads: readonly Overload[]): string {
  const signatures = overloads.map((overload) => overload.signature);
  return signatures.length < 3
    ? signatures.join(" or ")
    : `${signatures.slice(0, -1).join(", ")} or ${signatures[signatures.length - 1]}`;
}
