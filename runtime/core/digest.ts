/**
 * A running hash over events: instant, kind, ids and numbers. The same inputs give the same digest on every machine, so two runs can be compared
 * without keeping their events. Two lanes of 32 bits; for finding differences, not against forgery.
 */
import { eventFields, type FieldReader, rowOf } from "./eventFields.ts";
import { markOf } from "./mark.ts";
import type { Event } from "./protocol/events.ts";

const bytes = new DataView(new ArrayBuffer(8));
const marks = new Map((Object.keys(eventFields) as Event["kind"][]).map((kind) => [kind, markOf(kind)]));
const ADDED = markOf("TaskAdded");
const PLACED = markOf("TaskPlaced");
const ENDED = markOf("AttemptEnded");
const COMPLETED = markOf("TaskCompleted");

export class EventDigest implements FieldReader {
  private high = 0x243f6a88 | 0;
  private low = 0x85a308d3 | 0;
  /** Words that wait to be mixed in: a loop over many of them keeps both lanes in registers. */
  private readonly waiting = new Int32Array(256);
  private waitingCount = 0;
  /** Of the event added last; an instant is hashed once for all that happens at it. */
  private lastAt = Number.NaN;
  /** Events added so far. */
  count = 0;

  /** Adds an event that happened at `now`. */
  add(now: number, event: Event): void {
    this.count++;
    if (now !== this.lastAt) {
      this.lastAt = now;
      this.number("at", now);
    }
    // What every task goes through is named here: the compiler can then put these rows in line, where any other is looked up and called.
    switch (event.kind) {
      case "TaskAdded":
        this.mix(ADDED);
        eventFields.TaskAdded(event, this);
        return;
      case "TaskPlaced":
        this.mix(PLACED);
        eventFields.TaskPlaced(event, this);
        return;
      case "AttemptEnded":
        this.mix(ENDED);
        eventFields.AttemptEnded(event, this);
        return;
      case "TaskCompleted":
        this.mix(COMPLETED);
        eventFields.TaskCompleted(event, this);
        return;
      default:
        this.mix(marks.get(event.kind)!);
        rowOf(event.kind)(event, this);
    }
  }

  text(_name: string, value: string): void {
    for (let i = 0; i < value.length; i++) this.mix(value.charCodeAt(i));
    this.mix(value.length ^ 0x10000);
  }

  id(_name: string, _id: string, mark: number): void {
    this.mix(mark);
  }

  number(_name: string, value: number): void {
    if (value === (value | 0)) this.mix(value | 0);
    else {
      // Every NaN has to look the same: which bits one has differs between machines.
      bytes.setFloat64(0, Number.isNaN(value) ? 0.5 : value, true);
      this.mix(bytes.getInt32(0, true));
      this.mix(bytes.getInt32(4, true) ^ (Number.isNaN(value) ? 1 : 0));
    }
  }

  /** 16 hexadecimal digits. */
  toString(): string {
    this.mixWaiting();
    const hex = (lane: number) => (lane >>> 0).toString(16).padStart(8, "0");
    return hex(finish(this.high ^ this.count)) + hex(finish(this.low + this.high));
  }

  private mix(word: number): void {
    this.waiting[this.waitingCount++] = word;
    if (this.waitingCount === this.waiting.length) this.mixWaiting();
  }

  private mixWaiting(): void {
    let { high, low } = this;
    for (let i = 0; i < this.waitingCount; i++) {
      const word = this.waiting[i];
      high = Math.imul(high ^ word, 0x9e3779b1);
      high = (high << 13) | (high >>> 19);
      low = Math.imul(low ^ word ^ high, 0x85ebca77);
      low = (low << 17) | (low >>> 15);
    }
    this.high = high;
    this.low = low;
    this.waitingCount = 0;
  }
}

function finish(lane: number): number {
  let z = lane;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
