/**
 * What the machine runs: a formula as statements of three-address instructions on typed registers. Every register is written by exactly one
 * instruction (or is a constant), before any instruction that reads it, so an instruction says all about its value; there are no loops, and the
 * only structure is `branch`. The checker makes it, the optimizer rewrites it, executors and the back-test read it.
 *
 * A register is a number. Of type `double` it stands for a slot of a Float64Array, of any other type for a boxed value, of type `window` for a
 * sample cursor that its `aim` has aimed. `types` and `constants` are indexed by it. Instructions run in order; one that fails ends the run with
 * its code, details and place (`at`, rule 8.20); all operands stand before it, in the order of rule 8.21.
 */
import type { UnaryOperator } from "./ast.ts";
import type { FunctionRow, MemberRow, MethodRow, Overload } from "./builtins/index.ts";
import type { Details } from "./diagnostics/row.ts";
import type { Semantics } from "./semantics.ts";
import type { StrictOperator } from "./values/arithmetic.ts";
import type { Type, Value } from "./values/value.ts";

export type Register = number;
/** The register of an expression that has no value: a certain failure, `stop()`; also "no such operand". */
export const NO_REGISTER: Register = -1;
/** `any`: known only when it runs (a conditional whose branches differ). Never `none`. */
export type RegisterType = Type | "window";

/** The whole formula. Nothing in it changes once it was handed out. */
export interface IrProgram {
  readonly semantics: Semantics;
  readonly steps: readonly Step[];
  /** Type of each register. */
  readonly types: readonly RegisterType[];
  /** Value of each register that is a constant, of the register's type; undefined for the others. */
  readonly constants: readonly (Value | undefined)[];
}

/** One statement. Steps that cannot be reached (behind a certain failure or `stop()`) are not there. */
export interface Step {
  /** Its span in the text: the place of a failure tells which step failed. */
  readonly start: number;
  readonly end: number;
  readonly body: readonly Instruction[];
  /** What the statement binds when its body came to the end; undefined for a bare expression or an assignment that cannot be seen. */
  readonly assignment: Assignment | undefined;
}

/** From here on the name means this register. An alias that lost against its full name (rule 4.2) binds nothing. */
export interface Assignment {
  /** `user`: a user-defined variable; the others by their full name. Targets are doubles, the option a deallocationOption. */
  readonly kind: "user" | "target" | "option";
  readonly name: string;
  /** May be a `window`: the value then is the vector of its samples, which nobody needed during the run. */
  readonly register: Register;
  /** First character of the name on the left. */
  readonly at: number;
  /** The step that binds the same name next; -1 if none does. */
  readonly next: number;
}

/** dst ← the operand's value under `-` or `!`. */
export interface UnaryInstruction {
  readonly op: "unary";
  readonly operator: UnaryOperator;
  readonly dst: Register;
  readonly a: Register;
  readonly at: number;
}
/** dst ← a operator b, by `values/arithmetic.ts`; on types where it can fail (vectors, times, any) it fails at `at`. */
export interface BinaryInstruction {
  readonly op: "binary";
  readonly operator: StrictOperator;
  readonly dst: Register;
  readonly a: Register;
  readonly b: Register;
  readonly at: number;
}
/** dst ← (a operator b) ? whenTrue : whenFalse; all doubles. Made from a `branch` by the optimizer. */
export interface SelectInstruction {
  readonly op: "select";
  readonly operator: Comparison;
  readonly dst: Register;
  readonly a: Register;
  readonly b: Register;
  readonly whenTrue: Register;
  readonly whenFalse: Register;
}
export type Comparison = "<" | "<=" | "==" | ">=" | ">" | "!=";
/**
 * dst ← the function's value. Arguments of a `list` overload are doubles, vectors and, after the optimizer, windows, not yet joined; a window
 * may also stand for the vector of `percentile` and `val`. Without overload an argument is `any`, and the choice is made when it runs.
 */
export interface CallInstruction {
  readonly op: "call";
  readonly row: FunctionRow;
  readonly overload: Overload | undefined;
  readonly dst: Register;
  readonly args: readonly Register[];
  readonly at: number;
}
/** dst ← a vector of doubles and vectors; fails where an element of type `any` is neither. */
export interface VectorInstruction {
  readonly op: "vector";
  readonly dst: Register;
  readonly args: readonly Register[];
  readonly at: number;
}
/** dst ← this member of the timestamp a. */
export interface MemberInstruction {
  readonly op: "member";
  readonly member: MemberRow["name"];
  readonly dst: Register;
  readonly a: Register;
}
/** dst ← the run's one `now`. */
export interface NowInstruction {
  readonly op: "now";
  readonly dst: Register;
}
/** dst ← the pool's current target of this full name; the register of `$NodeDeallocationOption` is the constant `requeue`. */
export interface CurrentInstruction {
  readonly op: "current";
  readonly name: "$TargetDedicatedNodes" | "$TargetLowPriorityNodes";
  readonly dst: Register;
}
/** dst ← a property of the metric (full name) that needs no window; `latest` is the bare name's double (rule 8.23). */
export interface MetricInstruction {
  readonly op: "metric";
  readonly what: "latest" | "Count" | "GetSamplePeriod" | "HistoryBeginTime";
  readonly metric: string;
  readonly dst: Register;
}
/**
 * Aims the window dst. `last`: at the a (double) most recent samples; b is NO_REGISTER. `between`: at the samples between a and b, each a
 * timestamp or a timeinterval before now, in either order; b may be NO_REGISTER for now.
 */
export interface AimInstruction {
  readonly op: "aim";
  readonly form: "last" | "between";
  readonly metric: string;
  readonly dst: Register;
  readonly a: Register;
  readonly b: Register;
}
/** dst ← percent of the slots of a `between` window that hold a sample. */
export interface PercentInstruction {
  readonly op: "percent";
  readonly dst: Register;
  readonly window: Register;
}
/** Fails with `insufficient-data` if the window's percentage is below `wanted` (a double); `name` is the metric as written. */
export interface CheckInstruction {
  readonly op: "check";
  readonly window: Register;
  readonly wanted: Register;
  readonly name: string;
  readonly at: number;
}
/** dst ← a fresh vector of the window's samples, in the order of the semantics. */
export interface SamplesInstruction {
  readonly op: "samples";
  readonly dst: Register;
  readonly window: Register;
}
/** A method with an argument of type `any`: everything is decided when it runs. `name` is the metric as written. */
export interface MethodInstruction {
  readonly op: "method";
  readonly row: MethodRow;
  readonly metric: string;
  readonly name: string;
  readonly dst: Register;
  readonly args: readonly Register[];
  readonly at: number;
}
/** dst (of type `type`) ← the value in a (of type `any`); fails with `code` and `details`, plus `received` if that is undefined there. */
export interface NarrowInstruction {
  readonly op: "narrow";
  readonly type: Type;
  readonly dst: Register;
  readonly a: Register;
  readonly code: string;
  readonly details: Details;
  /** Whether the details also say what was received. */
  readonly namesReceived: boolean;
  readonly at: number;
}
/**
 * Runs one of two blocks: whenTrue if `condition` (a double) is not 0, NaN included; dst ← the result of the block that ran. dst is NO_REGISTER
 * if neither block has a result; a block that cannot come to its end has the result NO_REGISTER.
 */
export interface BranchInstruction {
  readonly op: "branch";
  readonly condition: Register;
  readonly dst: Register;
  readonly whenTrue: Block;
  readonly whenFalse: Block;
}
/** Registers written in a block are read only in it and by the branch's dst. If dst is `any`, the result may be of any type. */
export interface Block {
  readonly body: readonly Instruction[];
  readonly result: Register;
}
/** Ends the run with a failure that was certain before it ran (rule 8.17). Nothing follows it in its block. */
export interface FailInstruction {
  readonly op: "fail";
  readonly code: string;
  readonly details: Details;
  readonly at: number;
  /** One past the last character to mark for a person; a failure itself has only `at`. */
  readonly end: number;
}
/** Ends the run well with what earlier steps assigned (rules 3.15, 8.11). Nothing follows it in its block. */
export interface StopInstruction {
  readonly op: "stop";
}

export type Instruction =
  | UnaryInstruction
  | BinaryInstruction
  | SelectInstruction
  | CallInstruction
  | VectorInstruction
  | MemberInstruction
  | NowInstruction
  | CurrentInstruction
  | MetricInstruction
  | AimInstruction
  | PercentInstruction
  | CheckInstruction
  | SamplesInstruction
  | MethodInstruction
  | NarrowInstruction
  | BranchInstruction
  | FailInstruction
  | StopInstruction;

export { irText } from "./irText.ts";
