/**
 * Common sub-expressions: an instruction that was executed before on every way to this place, with the same operands, is not executed again. Its
 * register, window or verdict serves both: equal windows are aimed once and judged once. What was found inside a block is forgotten behind it.
 * `rand()` is never shared; nothing else in a run gives two answers to one question, and what could fail did not fail the first time.
 */
import type { Instruction } from "../ir.ts";

const BUCKETS = 256;
/** Room that each optimization uses from its start to its end: making such an array anew costs more than filling it. */
const HEADS = new Int32Array(BUCKETS);

/** The instructions executed so far on the way to the place at hand. One at a time: a new one ends the life of the one before. */
export class Shares {
  private readonly heads = HEADS.fill(-1);
  private readonly entries: Instruction[] = [];
  private readonly nexts: number[] = [];

  /** An equal instruction executed before; if there is none, this one is remembered. */
  findOrAdd(i: Instruction): Instruction | undefined {
    const bucket = bucketOf(i);
    if (bucket < 0) return undefined;
    for (let e = this.heads[bucket]; e >= 0; e = this.nexts[e]) if (areEqual(this.entries[e], i)) return this.entries[e];
    this.nexts.push(this.heads[bucket]);
    this.heads[bucket] = this.entries.push(i) - 1;
    return undefined;
  }

  /** Where a block begins. */
  mark(): number {
    return this.entries.length;
  }

  /** Forgets what was found since the mark. */
  forget(mark: number): void {
    while (this.entries.length > mark) {
      const e = this.entries.length - 1;
      this.heads[bucketOf(this.entries[e])] = this.nexts[e];
      this.entries.pop();
      this.nexts.pop();
    }
  }
}

/** -1 for what is not shared. */
function bucketOf(i: Instruction): number {
  switch (i.op) {
    case "binary":
      return (i.a * 31 + i.b * 7 + i.operator.charCodeAt(0)) & (BUCKETS - 1);
    case "unary":
      return (i.a * 29 + 1) & (BUCKETS - 1);
    case "metric":
      return (i.metric.length * 5 + i.metric.charCodeAt(3) + 2) & (BUCKETS - 1);
    case "call":
      return i.row.purity === "draws-random" ? -1 : (i.args.length === 0 ? 3 : i.args[0] * 13 + i.args.length) & (BUCKETS - 1);
    case "vector":
      return i.args.length === 0 ? 4 : (i.args[0] * 17 + i.args.length) & (BUCKETS - 1);
    case "member":
    case "narrow":
      return (i.a * 11 + 5) & (BUCKETS - 1);
    case "aim":
      return (i.a * 3 + i.metric.charCodeAt(3) + 6) & (BUCKETS - 1);
    case "percent":
    case "check":
    case "samples":
      return (i.window * 3 + 7) & (BUCKETS - 1);
    case "now":
      return 8;
    case "current":
      return 9;
    default:
      return -1;
  }
}

function areEqual(x: Instruction, y: Instruction): boolean {
  switch (x.op) {
    case "binary":
      return y.op === "binary" && x.a === y.a && x.b === y.b && x.operator === y.operator;
    case "unary":
      return y.op === "unary" && x.a === y.a && x.operator === y.operator;
    case "metric":
      return y.op === "metric" && x.what === y.what && x.metric === y.metric;
    case "call":
      return y.op === "call" && x.row === y.row && areListsEqual(x.args, y.args);
    case "vector":
      return y.op === "vector" && areListsEqual(x.args, y.args);
    case "member":
      return y.op === "member" && x.a === y.a && x.member === y.member;
    case "narrow":
      return y.op === "narrow" && x.a === y.a && x.type === y.type;
    case "aim":
      return y.op === "aim" && x.a === y.a && x.b === y.b && x.form === y.form && x.metric === y.metric;
    case "percent":
    case "samples":
      return y.op === x.op && x.window === y.window;
    case "check":
      return y.op === "check" && x.window === y.window && x.wanted === y.wanted;
    case "now":
      return y.op === "now";
    case "current":
      return y.op === "current" && x.name === y.name;
    default:
      return false;
  }
}

function areListsEqual(x: readonly number[], y: readonly number[]): boolean {
  if (x.length !== y.length) return false;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return true;
}
