/**
 * Where the checker puts what it makes: registers, constants, the instructions of the block at hand, and the certain failures. Behind a certain
 * failure nothing is emitted any more, because nothing there is reached (rule 8.17), but the checker goes on through the text, and what it finds
 * there is kept as a problem all the same.
 */
import type { Details } from "../diagnostics/row.ts";
import type { Block, FailInstruction, Instruction, Register, RegisterType } from "../ir.ts";
import { NO_REGISTER } from "../ir.ts";
import { type Type, typeInWords, type Value } from "../values/value.ts";

/** Which names a misspelt one is compared with, when someone asks for the diagnostic. */
export type Candidates = "variables" | "functions" | "members" | "methods" | "metricMembers" | "writable" | "none";

/** A certain failure and where to look for the name that was meant. */
export interface Problem {
  readonly fail: FailInstruction;
  readonly candidates: Candidates;
}

/** Constants that are looked through before a new register is made; more than a formula written by hand has. */
const CONSTANTS_SHARED_MAX = 24;

export class Emitter {
  readonly types: RegisterType[] = [];
  readonly constants: (Value | undefined)[] = [];
  readonly problems: Problem[] = [];
  private readonly numbers: Register[] = [];
  /** The block being filled. */
  body: Instruction[] = [];
  /** Whether the place at hand can be reached; while false, `emit` drops what it gets. */
  isReached = true;

  /** A fresh register. */
  register(type: RegisterType): Register {
    this.constants.push(undefined);
    return this.types.push(type) - 1;
  }

  constant(value: Value, type: Type): Register {
    this.constants.push(value);
    return this.types.push(type) - 1;
  }

  /** A constant double; equal ones near the start of the formula share a register, so that equal expressions can be seen to be equal. */
  number(value: number): Register {
    for (let i = 0; i < this.numbers.length; i++) {
      const known = this.numbers[i];
      if (Object.is(this.constants[known], value)) return known;
    }
    const register = this.constant(value, "double");
    if (this.numbers.length < CONSTANTS_SHARED_MAX) this.numbers.push(register);
    return register;
  }

  emit(instruction: Instruction): void {
    if (this.isReached) this.body.push(instruction);
  }

  /** A certain failure at this place; gives NO_REGISTER, the register of what has no value. */
  fail(code: string, details: Details, at: number, end: number, candidates: Candidates = "none"): Register {
    const fail: FailInstruction = { op: "fail", code, details, at, end };
    this.problems.push({ fail, candidates });
    this.emit(fail);
    this.isReached = false;
    return NO_REGISTER;
  }

  /** Ends the run here (rule 3.15). */
  stop(): Register {
    this.emit({ op: "stop" });
    this.isReached = false;
    return NO_REGISTER;
  }

  /**
   * The register as one of `type`: itself, a `narrow` of an `any`, or a certain failure whose details say, if `namesReceived`, what was received.
   * What has no value stays so: its own failure comes first.
   */
  expect(
    register: Register,
    type: Type,
    code: string,
    details: Details,
    at: number,
    end: number,
    namesReceived = true,
    candidates: Candidates = "none",
  ): Register {
    if (register < 0) return register;
    const actual = this.types[register] as Type;
    if (actual === type) return register;
    if (actual !== "any")
      return this.fail(code, namesReceived ? { ...details, received: typeInWords(actual) } : details, at, end, candidates);
    const dst = this.register(type);
    this.emit({ op: "narrow", type, dst, a: register, code, details, namesReceived, at });
    return dst;
  }

  /** The type of a value that is one of two. */
  private merged(a: Register, b: Register): RegisterType {
    if (a < 0) return this.types[b];
    if (b < 0 || this.types[a] === this.types[b]) return this.types[a];
    return "any";
  }

  /** Fills two blocks by `whenTrue` and `whenFalse`, which give their results, and emits the branch. */
  branch(condition: Register, whenTrue: () => Register, whenFalse: () => Register): Register {
    const { body, isReached } = this;
    const first: Instruction[] = (this.body = []);
    const a = whenTrue();
    const isFirstDone = this.isReached;
    const second: Instruction[] = (this.body = []);
    this.isReached = isReached;
    const b = whenFalse();
    const isSecondDone = this.isReached;
    this.body = body;
    this.isReached = isReached;
    const dst = a < 0 && b < 0 ? NO_REGISTER : this.register(this.merged(a, b));
    const blocks: [Block, Block] = [
      { body: first, result: isFirstDone ? a : NO_REGISTER },
      { body: second, result: isSecondDone ? b : NO_REGISTER },
    ];
    this.emit({ op: "branch", condition, dst, whenTrue: blocks[0], whenFalse: blocks[1] });
    this.isReached = isReached && (isFirstDone || isSecondDone);
    return dst;
  }
}
