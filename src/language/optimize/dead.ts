/**
 * Dead code: instructions whose value nobody reads are dropped, and assignments that cannot be seen, because the name is assigned again and no
 * run can end in between. Never anything that can fail, `stop()` or `rand()`. One walk from the end to the start.
 */
import type { Assignment, Block, Instruction, Step } from "../ir.ts";
import { NO_REGISTER } from "../ir.ts";
import { canExit, isDroppable, operands, resultOf } from "./facts.ts";
import type { Work } from "./work.ts";

export function withoutDead(steps: readonly Step[], work: Work): Step[] {
  return new Cleaner(work).steps(steps);
}

/** Marks of the registers that are read; kept, because making such an array anew costs more than clearing it. */
let room = new Uint8Array(1024);

class Cleaner {
  private readonly work: Work;
  private readonly isUsed: Uint8Array;
  private readonly use: (register: number) => void;

  constructor(work: Work) {
    this.work = work;
    const count = work.types.length;
    if (room.length < count) room = new Uint8Array(2 * count);
    const isUsed = room.fill(0, 0, count);
    this.isUsed = isUsed;
    this.use = (register) => {
      isUsed[register] = 1;
    };
  }

  steps(steps: readonly Step[]): Step[] {
    const kept = steps.slice();
    /** The first step behind the one at hand in which a run can end. */
    let exit = steps.length;
    for (let i = steps.length - 1; i >= 0; i--) {
      const step = steps[i];
      const assignment = step.assignment === undefined || !isSeen(step.assignment, exit) ? undefined : step.assignment;
      if (assignment !== undefined) this.isUsed[assignment.register] = 1;
      const body = this.body(step.body);
      for (let k = 0; k < body.length && exit !== i; k++) if (canExit(body[k], this.work.types, this.work.semantics)) exit = i;
      if (body !== step.body || assignment !== step.assignment)
        kept[i] = { start: step.start, end: step.end, body, assignment };
    }
    return kept;
  }

  private body(body: readonly Instruction[]): readonly Instruction[] {
    let kept: Instruction[] | undefined;
    for (let k = body.length - 1; k >= 0; k--) {
      const i = body[k];
      const cleaned = i.op === "branch" ? this.branch(i) : i;
      const dst = resultOf(cleaned);
      const isWanted = (dst >= 0 && this.isUsed[dst] === 1) || !isDroppable(cleaned, this.work.types, this.work.semantics);
      if (isWanted) operands(cleaned, this.use);
      if (isWanted && cleaned === i) {
        kept?.push(i);
        continue;
      }
      // From here on the kept instructions are collected, last first.
      if (kept === undefined) {
        kept = [];
        for (let later = body.length - 1; later > k; later--) kept.push(body[later]);
      }
      if (isWanted) kept.push(cleaned);
    }
    return kept === undefined ? body : kept.reverse();
  }

  private branch(i: Extract<Instruction, { op: "branch" }>): Extract<Instruction, { op: "branch" }> {
    const isWanted = i.dst >= 0 && this.isUsed[i.dst] === 1;
    const side = (block: Block): Block => {
      if (isWanted && block.result >= 0) this.isUsed[block.result] = 1;
      const body = this.body(block.body);
      return body === block.body ? block : { body, result: block.result };
    };
    const whenFalse = side(i.whenFalse);
    const whenTrue = side(i.whenTrue);
    if (!isWanted && i.dst >= 0) return { ...i, dst: NO_REGISTER, whenTrue, whenFalse };
    return whenTrue === i.whenTrue && whenFalse === i.whenFalse ? i : { ...i, whenTrue, whenFalse };
  }
}

/** Whether a run can end while the name still has this value; `exit` is the first step behind in which one can. */
function isSeen(assignment: Assignment, exit: number): boolean {
  return assignment.next < 0 || exit <= assignment.next;
}
