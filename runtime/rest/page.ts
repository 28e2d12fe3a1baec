/**
 * One page of a list. Paging goes on after the key of the last item sent, not after a count, so nothing is sent twice or left out because something
 * else came or went between two pages. Wire objects are made for the page alone; a filter looks at the entities where the handler lets it.
 */
import type { JsonObject, PageKey, Reply } from "./call.ts";
import { badQuery } from "./errors.ts";
import type { Predicate } from "./filter.ts";
import { type Selection, selected } from "./select.ts";

/** Items that one page may cost a filter; the page then ends early, with a link to go on by. The first is for filters that need the wire object. */
const SHOWN_MAX = 20_000;
const LOOKED_AT_MAX = 250_000;

/** What of a list is wanted. */
export interface PageRequest {
  readonly max: number;
  readonly after: PageKey | undefined;
  readonly matches: Predicate | undefined;
  readonly chosen: Selection | undefined;
}

/** What goes out of a list in one answer. */
interface Page {
  readonly values: readonly JsonObject[];
  /** Key to go on after; undefined: that was all. */
  readonly next: PageKey | undefined;
}

type Item = never;

/** The page of a reply with `items`. */
export function pageOf(reply: Reply, request: PageRequest): Page {
  const { max, matches, chosen } = request;
  const show = once((reply.show ?? ((item) => item)) as (item: Item) => JsonObject);
  const key = reply.key as ((item: Item) => PageKey) | undefined;
  const field = reply.field as ((item: Item, name: string) => unknown) | undefined;
  const lookup = field ?? ((item: Item, name: string) => shownField(show(item), name));
  const costMax = field === undefined ? SHOWN_MAX : LOOKED_AT_MAX;
  const values: JsonObject[] = [];
  let last: PageKey | undefined;
  let cost = 0;
  const items = request.after === undefined ? reply.items : (reply.itemsAfter?.(request.after as never) ?? reply.items);
  for (const item of rest(items as Iterable<Item>, key, request.after)) {
    if (matches !== undefined) {
      if (++cost > costMax) return { values, next: last };
      if (!matches(item, lookup)) {
        last = key?.(item);
        continue;
      }
    }
    if (values.length === max) return { values, next: last };
    const shown = show(item);
    values.push(chosen === undefined ? shown : selected(shown, chosen));
    last = key?.(item);
  }
  return { values, next: undefined };
}

/** A filter of several properties asks for the same item several times, and what passes is sent. */
function once(show: (item: Item) => JsonObject): (item: Item) => JsonObject {
  let of: unknown;
  let shown: JsonObject;
  return (item) => {
    if (item !== of) {
      of = item;
      shown = show(item);
    }
    return shown;
  };
}

/** Items after the key, in order: of growing numbers as they come, of texts sorted. */
function* rest(items: Iterable<Item>, key: ((item: Item) => PageKey) | undefined, after: PageKey | undefined): Iterable<Item> {
  if (key === undefined) {
    yield* items;
    return;
  }
  const texts: { readonly text: string; readonly item: Item }[] = [];
  let isSorted = true;
  for (const item of items) {
    const at = key(item);
    if (after !== undefined && at <= after) continue;
    if (typeof at === "number") {
      yield item;
      continue;
    }
    if (texts.length > 0 && texts[texts.length - 1].text > at) isSorted = false;
    texts.push({ text: at, item });
  }
  if (!isSorted) texts.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  for (const { item } of texts) yield item;
}

function shownField(object: JsonObject, path: string): unknown {
  let at: unknown = object;
  for (const name of path.split("/")) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, name)) return undefined;
    at = (at as JsonObject)[name];
  }
  return at;
}

/** A key as `$skiptoken`; only to be given back. */
export function skipToken(key: PageKey): string {
  return Buffer.from(JSON.stringify(key)).toString("base64url");
}

/** The key of a `$skiptoken`; 400 for one that was not made here. */
export function keyOfToken(token: string): PageKey {
  try {
    const key: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (typeof key === "string" || typeof key === "number") return key;
  } catch {
    // Falls through to the refusal.
  }
  throw badQuery("$skiptoken", token, "it is only valid as part of a nextLink");
}

/** `maxresults`: from 1 to the list's limit, which is also its default. */
export function pageSize(text: string | undefined, pageMax: number): number {
  if (text === undefined) return pageMax;
  const size = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (size >= 1 && size <= pageMax) return size;
  throw badQuery("maxresults", text, `it must be a whole number from 1 to ${pageMax}`);
}
