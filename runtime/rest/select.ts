/** `$select`: which properties of an entity are sent. A comma list, spaces tolerated; `executionInfo/exitCode` picks a property of a part. */
import type { Json, JsonObject } from "./call.ts";
import { badQuery, repeated } from "./errors.ts";
import { type ModelName, propertyAt } from "./schema.ts";

/** Names to keep; a name with names below it is kept with those only. */
export type Selection = Map<string, Selection | undefined>;

/** Reads the list; 400 for an empty one and for names that the model does not have. */
export function selection(model: ModelName, text: string): Selection {
  const chosen: Selection = new Map();
  for (const part of text.split(",")) {
    const path = part.trim();
    if (path === "") throw badQuery("$select", text, "a name is missing between commas");
    if (propertyAt(model, path) === undefined)
      throw badQuery("$select", text, `there is no property ${repeated(path)} in ${model}`);
    choose(chosen, path.split("/"));
  }
  return chosen;
}

function choose(into: Selection, path: readonly string[]): void {
  const [name, ...rest] = path;
  const below = into.get(name);
  if (into.has(name) && below === undefined) return;
  if (rest.length === 0) {
    into.set(name, undefined);
    return;
  }
  const deeper: Selection = below ?? new Map();
  into.set(name, deeper);
  choose(deeper, rest);
}

/** The chosen properties of an object, in the object's own order. */
export function selected(object: JsonObject, chosen: Selection): JsonObject {
  const kept: Record<string, Json | undefined> = {};
  for (const [name, value] of Object.entries(object)) {
    if (!chosen.has(name)) continue;
    const below = chosen.get(name);
    const isPart = below !== undefined && typeof value === "object" && value !== null && !Array.isArray(value);
    kept[name] = isPart ? selected(value as JsonObject, below) : value;
  }
  return kept;
}
