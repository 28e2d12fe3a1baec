/**
 * Small documents of the shell that have to last as long as the world: application packages, certificates, users of nodes. By kind and key; each
 * is plain data of less than a megabyte. Written in the same transactions as the world; read from memory.
 */
import type { RecordChange } from "../persistence/persistence.ts";

/** Longest document, as JSON text. */
export const recordLengthMax = 1_048_576;

/** What the service does for its documents: has a change written, and says when it is. */
type WriteRecord = (change: RecordChange) => Promise<void>;

/** The documents: read from memory, written through. */
export class Records {
  private readonly kinds = new Map<string, Map<string, unknown>>();
  private readonly write: WriteRecord;

  constructor(stored: Iterable<{ readonly kind: string; readonly key: string; readonly json: string }>, write: WriteRecord) {
    this.write = write;
    for (const { kind, key, json } of stored) this.of(kind).set(key, JSON.parse(json));
  }

  /** The document, which is not to be changed; undefined when there is none. */
  get(kind: string, key: string): unknown {
    return this.kinds.get(kind)?.get(key);
  }

  /** All of a kind in the order in which they were first put. */
  list(kind: string): readonly (readonly [key: string, document: unknown])[] {
    return [...(this.kinds.get(kind) ?? [])];
  }

  /** Seen by readers at once; resolves when it is durable. A document is copied. Throws RangeError for one that is no JSON or too long. */
  put(kind: string, key: string, document: unknown): Promise<void> {
    const json = JSON.stringify(document);
    if (json === undefined) throw new RangeError(`${kind} ${key}: not a JSON document`);
    if (json.length > recordLengthMax) throw new RangeError(`${kind} ${key}: longer than ${recordLengthMax} characters`);
    this.of(kind).set(key, JSON.parse(json));
    return this.write({ kind, key, json });
  }

  /** Resolves when it is durable; removing what is not there is fine. */
  delete(kind: string, key: string): Promise<void> {
    this.kinds.get(kind)?.delete(key);
    return this.write({ kind, key, json: undefined });
  }

  private of(kind: string): Map<string, unknown> {
    let documents = this.kinds.get(kind);
    if (documents === undefined) this.kinds.set(kind, (documents = new Map()));
    return documents;
  }
}
