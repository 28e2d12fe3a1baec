/**
 * The program while it is being rewritten: copies of its tables, which the passes may change, and what is known of each register.
 */
import type { Instruction, IrProgram, Register, RegisterType } from "../ir.ts";
import type { Semantics } from "../semantics.ts";
import { Timeinterval, type Value, typeOf } from "../values/value.ts";

/** Folded constants that are looked through for an equal one, so that equal spans make equal windows. */
const FOLDED_MAX = 24;

/** Room for the aliases of the optimization at hand; kept, because making such an array anew costs more than filling it. */
let room = new Int32Array(1024);

/** One at a time: a new one ends the life of the one before. */
export class Work {
  readonly semantics: Semantics;
  readonly types: RegisterType[];
  readonly constants: (Value | undefined)[];
  /** What to read instead of each register: another that has the same value, or itself. */
  readonly alias: Int32Array;
  /** The instruction that writes each register, as rewritten; undefined for constants and what is not reached yet. */
  readonly definitions: (Instruction | undefined)[];
  /** Registers of folded constants that may be found again. */
  private readonly folded: Register[] = [];
  private zeroRegister = -1;

  constructor(program: IrProgram) {
    this.semantics = program.semantics;
    this.types = program.types.slice();
    this.constants = program.constants.slice();
    const count = this.types.length;
    this.definitions = new Array(count);
    if (room.length < count) room = new Int32Array(2 * count);
    this.alias = room;
    for (let i = 0; i < count; i++) room[i] = i;
  }

  /** The register, not yet read by anyone, is a constant from now on; or another stands for it that holds the same number or interval. */
  setConstant(register: Register, value: Value): void {
    for (const known of this.folded) {
      if (areSame(this.constants[known] as Value, value)) {
        this.alias[register] = known;
        return;
      }
    }
    if (this.folded.length < FOLDED_MAX) this.folded.push(register);
    this.constants[register] = value;
    this.types[register] = typeOf(value);
  }

  /** A register that holds 0. */
  zero(): Register {
    if (this.zeroRegister < 0) {
      this.constants.push(0);
      this.zeroRegister = this.types.push("double") - 1;
    }
    return this.zeroRegister;
  }

  areConstant(registers: readonly Register[]): boolean {
    for (let i = 0; i < registers.length; i++) if (this.constants[registers[i]] === undefined) return false;
    return true;
  }

  /** The constant in the register, known to be one. */
  valueOf(register: Register): Value {
    return this.constants[register] as Value;
  }
}

function areSame(a: Value, b: Value): boolean {
  return Object.is(a, b) || (a instanceof Timeinterval && b instanceof Timeinterval && a.ticks === b.ticks);
}
