/**
 * Makes a program cheaper without changing what any run of it answers, failures and their places included. One walk forward, in which each
 * instruction goes through the passes below, and one walk back. The interpreter, which knows nothing of all this, is the judge.
 *
 *   settle, fold   first: constants and dead branches leave less for the others, and spans like `10 * TimeInterval_Minute` become window ends
 *   fuse           before sharing, so that equal statistics of equal windows are seen to be equal
 *   share          after folding, when equal things look equal
 *   select         when both sides of a branch are done, so that a conditional inside a conditional can become straight, too
 *   dead           last: the passes before leave vectors and comparisons that nobody reads any more
 */
import type { Block, BranchInstruction, Instruction, IrProgram, Register, Step } from "../ir.ts";
import { isTrue } from "../values/arithmetic.ts";
import { withoutDead } from "./dead.ts";
import { renamed, resultOf } from "./facts.ts";
import { fold, sameAs, settle } from "./fold.ts";
import { bindWindow, fuse } from "./samples.ts";
import { isStraight, select } from "./select.ts";
import { Shares } from "./share.ts";
import { Work } from "./work.ts";

/** The same program, cheaper. Takes microseconds; the program given is not changed. */
export function optimize(program: IrProgram): IrProgram {
  const optimizer = new Optimizer(program);
  return optimizer.run(program);
}

class Optimizer {
  private readonly work: Work;
  private readonly shares = new Shares();
  private body: Instruction[] = [];

  constructor(program: IrProgram) {
    this.work = new Work(program);
  }

  run(program: IrProgram): IrProgram {
    const { work } = this;
    const steps: Step[] = [];
    for (let i = 0; i < program.steps.length; i++) {
      const { start, end, body, assignment } = program.steps[i];
      const written: Instruction[] = (this.body = []);
      const isOpen = this.instructions(body);
      steps.push({ start, end, body: written, assignment: assignment === undefined ? undefined : this.bound(assignment) });
      if (!isOpen) break; // a folded condition led to a certain end
    }
    return { semantics: work.semantics, steps: withoutDead(steps, work), types: work.types, constants: work.constants };
  }

  private bound(assignment: NonNullable<Step["assignment"]>): Step["assignment"] {
    const register = this.work.alias[assignment.register];
    return bindWindow(register === assignment.register ? assignment : { ...assignment, register }, this.work);
  }

  /** Rewrites into the body at hand; false if the last instruction ends the run for certain. */
  private instructions(body: readonly Instruction[]): boolean {
    for (let i = 0; i < body.length; i++) {
      const instruction = body[i];
      if (instruction.op === "branch") {
        if (!this.branch(instruction)) return false;
      } else {
        this.instruction(instruction);
        if (instruction.op === "fail" || instruction.op === "stop") return false;
      }
    }
    return true;
  }

  private instruction(original: Instruction): void {
    const { work } = this;
    let i = settle(renamed(original, work.alias), work);
    const value = fold(i, work);
    if (value !== undefined) {
      work.setConstant(resultOf(i), value);
      return;
    }
    const same = sameAs(i, work);
    if (same !== undefined) {
      work.alias[resultOf(i)] = same;
      return;
    }
    if (i.op === "call") i = fuse(i, work);
    const earlier = this.shares.findOrAdd(i);
    if (earlier === undefined) this.put(i);
    else if (i.op !== "check") work.alias[resultOf(i)] = resultOf(earlier);
  }

  private put(i: Instruction): void {
    this.body.push(i);
    const dst = resultOf(i);
    if (dst >= 0) this.work.definitions[dst] = i;
  }

  /** False if no way leads past the branch. */
  private branch(i: BranchInstruction): boolean {
    const { work } = this;
    const condition = work.alias[i.condition];
    const known = work.constants[condition];
    if (known !== undefined) {
      const { body, result } = isTrue(known as number) ? i.whenTrue : i.whenFalse;
      const isOpen = this.instructions(body);
      if (i.dst >= 0 && result >= 0) work.alias[i.dst] = work.alias[result];
      return isOpen;
    }
    const whenTrue = this.block(i.whenTrue);
    const whenFalse = this.block(i.whenFalse);
    const branch: BranchInstruction = {
      op: "branch",
      condition,
      dst: i.dst,
      whenTrue: whenTrue.block,
      whenFalse: whenFalse.block,
    };
    const [a, b] = [whenTrue.block.result, whenFalse.block.result];
    if (i.dst >= 0) this.settleResult(i.dst, a, b);
    if (isStraight(branch, work)) {
      for (const inner of whenTrue.block.body) this.put(inner);
      for (const inner of whenFalse.block.body) this.put(inner);
      if (a === b) work.alias[i.dst] = a;
      else this.put(select(i.dst, condition, a, b, work));
    } else this.put(branch);
    return whenTrue.isOpen || whenFalse.isOpen;
  }

  private settleResult(dst: Register, a: Register, b: Register): void {
    const { types } = this.work;
    if (types[dst] !== "any") return;
    if (a < 0 && b >= 0) types[dst] = types[b];
    else if (a >= 0 && (b < 0 || types[a] === types[b])) types[dst] = types[a];
  }

  private block(block: Block): { readonly block: Block; readonly isOpen: boolean } {
    const outer = this.body;
    const mark = this.shares.mark();
    const body: Instruction[] = (this.body = []);
    const isOpen = this.instructions(block.body);
    this.body = outer;
    this.shares.forget(mark);
    return { block: { body, result: isOpen && block.result >= 0 ? this.work.alias[block.result] : -1 }, isOpen };
  }
}
