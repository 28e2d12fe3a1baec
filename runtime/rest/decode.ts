/**
 * A body against its model: what handlers may rely on afterwards. Unknown properties are refused as the service refuses them (InvalidRequestBody with a
 * Reason), so that a misspelt name is not silently a default; a wrong type, value or length is InvalidPropertyValue with PropertyName, PropertyValue and
 * Reason; a missing one MissingRequiredProperty. Two roads: nearly every body is exactly in order, and `inOrder` sees that without making anything, which is what
 * thousands of tasks a second need; whatever it does not like goes down the slow road, which puts it in order or says what is wrong where.
 */
import { nearest } from "../../src/base/table.ts";
import type { JsonObject } from "./call.ts";
import { BatchError, badProperty, repeated } from "./errors.ts";
import { type Model, type ModelName, model, type Property } from "./schema.ts";
import { parseDurationMs, parseInstantMs } from "./times.ts";

/** Deepest nesting of a value whose shape no model describes. */
const FREE_DEPTH_MAX = 32;
const INT32_MIN = -2_147_483_648;
const INT32_MAX = 2_147_483_647;

/** Checks a parsed body; gives it back, or an amended copy. Throws BatchError 400. */
export function decode(name: ModelName, value: unknown): JsonObject {
  const shape = model(name);
  if (inOrder(shape, value)) return value as JsonObject;
  return amended(shape, value, "");
}

function inOrder(shape: Model, value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  let required = 0;
  for (const name in value) {
    const property = shape.properties.get(name);
    if (property === undefined || property.readOnly || property.presentName !== undefined) return false;
    if (property.required) required++;
    const each = (value as Record<string, unknown>)[name];
    if (!property.isList) {
      if (!valueInOrder(property, each)) return false;
    } else {
      if (!Array.isArray(each) || (property.max !== undefined && each.length > property.max)) return false;
      for (let i = 0; i < each.length; i++) if (!valueInOrder(property, each[i])) return false;
    }
  }
  return required === shape.required.length;
}

function valueInOrder(property: Property, value: unknown): boolean {
  switch (property.type) {
    case "string":
      return (
        typeof value === "string" &&
        (property.isList || property.max === undefined || value.length <= property.max) &&
        !value.includes("\0")
      );
    case "enum":
      return typeof value === "string" && property.spellings!.get(value) === value;
    case "model":
      return inOrder(model(property.modelName!), value);
    default:
      return value !== null && wrong(property, value) === undefined;
  }
}

/** Why a value cannot be of this primitive type; undefined when it can. */
function wrong(property: Property, value: unknown): string | undefined {
  switch (property.type) {
    case "string":
      if (typeof value !== "string") return "it must be a string";
      if (!property.isList && property.max !== undefined && value.length > property.max)
        return `it is longer than ${property.max} characters`;
      return value.includes("\0") ? "it holds a null character" : undefined;
    case "boolean":
      return typeof value === "boolean" ? undefined : "it must be true or false";
    case "int32":
      if (!Number.isInteger(value)) return "it must be a whole number";
      return (value as number) < INT32_MIN || (value as number) > INT32_MAX
        ? `it must lie between ${INT32_MIN} and ${INT32_MAX}`
        : undefined;
    case "int64":
      return Number.isSafeInteger(value) ? undefined : "it must be a whole number of at most 53 bits";
    case "double":
      return Number.isFinite(value) ? undefined : "it must be a number";
    case "date-time":
      if (typeof value === "string" && parseInstantMs(value) !== undefined) return undefined;
      return "it must be an instant of the form 2026-01-05T08:00:00Z";
    case "duration":
      if (typeof value === "string" && parseDurationMs(value) !== undefined) return undefined;
      return "it must be an ISO 8601 duration of the form P1DT2H3M4.5S, not negative";
    case "object":
      if (typeof value !== "object" || Array.isArray(value)) return "it must be an object";
      return tooDeep(value) ? `it is nested deeper than ${FREE_DEPTH_MAX} levels` : undefined;
    default:
      return undefined;
  }
}

/** Whether a free value is nested too deep for whoever walks it later; level by level, so that depth costs no stack. */
function tooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > FREE_DEPTH_MAX) return true;
    const next: unknown[] = [];
    for (const each of level) {
      if (typeof each !== "object" || each === null) continue;
      for (const child of Object.values(each)) if (typeof child === "object" && child !== null) next.push(child);
    }
    level = next;
  }
  return false;
}

const placeOf = (place: string, name: string) => (place === "" ? name : `${place}.${name}`);

function amended(shape: Model, value: unknown, place: string): JsonObject {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    if (place === "") throw unreadable("the request's body must be a JSON object");
    throw badProperty(place, value, "it must be an object");
  }
  const made: Record<string, unknown> = {};
  for (const [name, each] of Object.entries(value)) {
    if (name.startsWith("odata.") || name.startsWith("@odata.")) continue;
    const property = shape.properties.get(name);
    if (property === undefined) {
      const meant = nearest(name, shape.properties.keys());
      const hint = meant === undefined ? `use only names that ${shape.name} has` : `did you mean ${meant}?`;
      throw unreadable(`there is no property ${repeated(placeOf(place, name))}; ${hint}`);
    }
    // A null is what some clients send for what they leave out.
    if (property.readOnly || each === null) continue;
    const target = property.presentName ?? name;
    if (Object.hasOwn(made, target)) throw badProperty(placeOf(place, name), each, `it is given twice: as ${target} too`);
    made[target] = property.isList
      ? amendedList(property, each, placeOf(place, name))
      : amendedValue(property, each, placeOf(place, name));
  }
  for (const name of shape.required) {
    if (!Object.hasOwn(made, name)) {
      const missing = placeOf(place, name);
      throw new BatchError("MissingRequiredProperty", `the request's body lacks the required property ${missing}`, [
        { key: "PropertyName", value: missing },
      ]);
    }
  }
  return made as JsonObject;
}

function amendedList(property: Property, value: unknown, place: string): unknown[] {
  if (!Array.isArray(value)) throw badProperty(place, value, "it must be an array");
  if (property.max !== undefined && value.length > property.max) {
    throw badProperty(place, value, `it has ${value.length} items; at most ${property.max} are allowed`);
  }
  return value.map((each, index) => amendedValue(property, each, `${place}[${index}]`));
}

function amendedValue(property: Property, value: unknown, place: string): unknown {
  if (property.type === "model") return amended(model(property.modelName!), value, place);
  if (property.type === "enum") {
    const spelled = typeof value === "string" ? property.spellings!.get(value.toLowerCase()) : undefined;
    if (spelled === undefined)
      throw badProperty(place, value, `it must be one of ${[...new Set(property.spellings!.values())].join(", ")}`);
    return spelled;
  }
  const reason = value === null ? "it must not be null" : wrong(property, value);
  if (reason !== undefined) throw badProperty(place, value, reason);
  return value;
}

function unreadable(reason: string): BatchError {
  return new BatchError("InvalidRequestBody", reason, [{ key: "Reason", value: reason }]);
}
