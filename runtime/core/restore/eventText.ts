/**
 * An event as it is stored: the JSON text of `[at, row]`, the row as `eventRow` makes it. Written directly, since a busy service keeps tens of
 * thousands of them a second: ids need no escapes, and no object is made.
 */
import { type FieldReader, readFields } from "../eventFields.ts";
import type { Event } from "../protocol/events.ts";

class Writer implements FieldReader {
  line = "";
  /** Values of the one name that can come more than once. */
  private errors = "";

  write(at: number, event: Event): string {
    this.line = `[${at},{"kind":"${event.kind}"`;
    this.errors = "";
    readFields(event, this);
    if (this.errors !== "") this.line += `,"error":${JSON.stringify(this.errors)}`;
    return `${this.line}}]`;
  }

  id(name: string, id: string): void {
    this.line += `,"${name}":"${id}"`;
  }

  text(name: string, value: string): void {
    if (value === "") return;
    if (name === "error") this.errors = this.errors === "" ? value : `${this.errors},${value}`;
    else this.line += `,"${name}":${JSON.stringify(value)}`;
  }

  number(name: string, value: number): void {
    // NaN: there is none. JSON has no infinities; a due time may be one.
    if (value - value === 0) this.line += `,"${name}":${value}`;
    else if (!Number.isNaN(value)) this.line += `,"${name}":"${value}"`;
  }
}

const writer = new Writer();

/** `at` in milliseconds since 1970 UTC. */
export function eventText(at: number, event: Event): string {
  return writer.write(at, event);
}
