/**
 * The state of a bound program: its registers, and the metrics and windows of the environment it is bound to. One frame serves many runs; between
 * them the environment may move to another `now` and other targets.
 */
import type { Ticks } from "../../base/time.ts";
import type { CallContext } from "../builtins/index.ts";
import { EvaluationFailure } from "../diagnostics/failure.ts";
import type { Environment, MetricReader, SampleCursor } from "../environment.ts";
import type { IrProgram, Register } from "../ir.ts";
import type { Semantics } from "../semantics.ts";
import { Fault } from "../values/fault.ts";
import type { Value } from "../values/value.ts";
import { type Room, roomFor } from "./room.ts";

export class Frame implements CallContext {
  readonly program: IrProgram;
  readonly environment: Environment;
  readonly semantics: Semantics;
  /** Where the double registers are. */
  readonly room: Room;
  /** Registers of type double, in the room; constants filled in. */
  readonly doubles: Float64Array;
  /** Registers of every other type but windows. */
  readonly boxed: (Value | undefined)[];
  /** A cursor for each register of type window. */
  readonly cursors: (SampleCursor | undefined)[];
  private readonly readers = new Map<string, MetricReader>();

  /** `extra`: values of double registers behind those of the program. */
  constructor(program: IrProgram, environment: Environment, extra: readonly number[] = []) {
    this.program = program;
    this.environment = environment;
    this.semantics = program.semantics;
    const { constants, types } = program;
    const count = types.length;
    this.room = roomFor(count + extra.length);
    this.doubles = this.room.doubles;
    this.boxed = [];
    this.cursors = [];
    for (let i = 0; i < count; i++) {
      const value = constants[i];
      if (typeof value === "number") this.doubles[i] = value;
      this.boxed.push(types[i] === "double" ? undefined : value);
      this.cursors.push(undefined);
    }
    for (let i = 0; i < extra.length; i++) this.doubles[count + i] = extra[i];
  }

  get now(): Ticks {
    return this.environment.now;
  }

  get random(): () => number {
    return this.environment.random;
  }

  reader(metric: string): MetricReader {
    let reader = this.readers.get(metric);
    if (reader === undefined) this.readers.set(metric, (reader = this.environment.metric(metric)));
    return reader;
  }

  /** The register's value; of a window, a fresh vector of its samples. */
  get(register: Register): Value {
    const type = this.program.types[register];
    if (type === "double") return this.doubles[register];
    return type === "window" ? this.samples(register) : (this.boxed[register] as Value);
  }

  set(register: Register, value: Value): void {
    if (this.program.types[register] === "double") this.doubles[register] = value as number;
    else this.boxed[register] = value;
  }

  /** The cursor of a window that was aimed. */
  cursor(window: Register): SampleCursor {
    return this.cursors[window] as SampleCursor;
  }

  /** A copy of the window's samples in the order of the semantics (rule 8.1). */
  samples(window: Register): Float64Array {
    const samples = this.cursor(window).copy();
    return this.semantics.sampleOrder === "newestFirst" ? samples.reverse() : samples;
  }
}

/** What to throw for what an operation threw: a Fault gets its place, a signal goes on as it is. */
export function placed(signal: unknown, at: number): unknown {
  return signal instanceof Fault ? new EvaluationFailure(signal.code, signal.details, at) : signal;
}
