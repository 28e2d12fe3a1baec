/**
 * Typed reading of a body's properties. The frame has checked them against the operation's model (types, enumerations, instants, durations, required ones)
 * and renamed older names; what is left here is to say which type a property has.
 */
import type { Json, JsonObject } from "../call.ts";
import { parseDurationMs, parseInstantMs } from "../times.ts";

const present = (body: JsonObject | undefined, name: string): Json | undefined => body?.[name] ?? undefined;

/** A property that is a string; undefined when it is not given. */
export const text = (body: JsonObject | undefined, name: string): string | undefined =>
  present(body, name) as string | undefined;
/** A property that is a whole number. */
export const whole = (body: JsonObject | undefined, name: string): number | undefined =>
  present(body, name) as number | undefined;
/** A property that is a boolean. */
export const flag = (body: JsonObject | undefined, name: string): boolean | undefined =>
  present(body, name) as boolean | undefined;
/** A property that is an object. */
export const object = (body: JsonObject | undefined, name: string): JsonObject | undefined =>
  present(body, name) as JsonObject | undefined;
/** A property that is a list of objects. */
export const objects = (body: JsonObject | undefined, name: string): readonly JsonObject[] | undefined =>
  present(body, name) as readonly JsonObject[] | undefined;
/** A property that is a list of strings. */
export const texts = (body: JsonObject | undefined, name: string): readonly string[] | undefined =>
  present(body, name) as readonly string[] | undefined;

/** A word of an enumeration as the core writes it: lower case. */
export function word<Word extends string>(body: JsonObject | undefined, name: string): Word | undefined {
  return text(body, name)?.toLowerCase() as Word | undefined;
}

/** Milliseconds of a duration; Infinity for no limit. */
export function durationMs(body: JsonObject | undefined, name: string): number | undefined {
  const value = text(body, name);
  return value === undefined ? undefined : parseDurationMs(value);
}

/** The longest duration there is, which stands for "for ever" where a number is kept: unlike Infinity it can be written down. */
const LONGEST_MS = 922_337_203_685_477.6;

/** Milliseconds of a retention; for ever is a very long time. */
export function retentionMs(body: JsonObject | undefined, name: string): number | undefined {
  const ms = durationMs(body, name);
  return ms === Number.POSITIVE_INFINITY ? LONGEST_MS : ms;
}

/** Milliseconds of a limit: no limit is the same as none given. */
export function limitMs(body: JsonObject | undefined, name: string): number | undefined {
  const ms = durationMs(body, name);
  return ms === Number.POSITIVE_INFINITY ? undefined : ms;
}

/** Milliseconds since 1970 of an instant. */
export function instantMs(body: JsonObject | undefined, name: string): number | undefined {
  const value = text(body, name);
  return value === undefined ? undefined : parseInstantMs(value);
}

/** Those of the named properties that the body has, unchanged; undefined when it has none. */
export function picked<T>(body: JsonObject | undefined, names: readonly (keyof T & string)[]): T | undefined {
  let found: Record<string, Json> | undefined;
  for (const name of names) {
    const value = present(body, name);
    if (value === undefined) continue;
    found ??= {};
    found[name] = value;
  }
  return found as T | undefined;
}

/** `{ name: value }`, or nothing when the value is undefined: for specs whose optional properties must be absent rather than undefined. */
export function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [key in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [key in Name]?: Value };
}
