/**
 * An attempt: one run of one task on one node, or on a group of nodes for a multi-instance task. It holds the slots from placement until the
 * provider reported its end, whatever became of the task meanwhile: a task that was terminated is `completed` at once, its slot is free only
 * when its process is gone. Every attempt has its own id, so a report about an older one can be told apart (T-25).
 */
import type { ComputeNode } from "./node.ts";
import type { FailureInfo, Task } from "./task.ts";

/** What becomes of the task when the attempt that is being killed has ended. */
export type KillIntent =
  /** A user's doing: task active again, requeueCount + 1 (section 5 of the pool rules). */
  | "requeue"
  /** The service's doing: task active again, recoveryCount + 1 (P-95). */
  | "recover"
  /** The task was completed or removed already: nothing. */
  | "none";

export class Attempt {
  /** Unique for the life of the world: place in the table plus 2^21 times a generation. */
  readonly id: number;
  readonly task: Task;
  /** The node, or the primary's node of a group (T-53). */
  readonly node: ComputeNode;
  /** All nodes of a multi-instance task, primary first; undefined for others. */
  readonly group: readonly ComputeNode[] | undefined;
  /** Slots held on each node. */
  readonly slots: number;
  readonly placedAt: number;
  /** Set once it is being killed. */
  kill: KillIntent | undefined = undefined;
  /** It waits for the job preparation task; the provider was not told to run it yet (J-61, P-132). */
  preparing = false;
  /** Nodes of the group that were lost; the others still hold their slots (P-60). */
  lostNodes: ComputeNode[] | undefined = undefined;
  /** With which failure the task ends, where a kill is to complete it only at the report. */
  failure: FailureInfo | undefined = undefined;

  constructor(
    id: number,
    task: Task,
    node: ComputeNode,
    group: readonly ComputeNode[] | undefined,
    slots: number,
    placedAt: number,
  ) {
    this.id = id;
    this.task = task;
    this.node = node;
    this.group = group;
    this.slots = slots;
    this.placedAt = placedAt;
  }
}

const PLACES = 2 ** 21;

/** Attempts by id without hashing: an id is a place in an array and a generation that makes it unique. */
export class Attempts {
  private readonly places: (Attempt | undefined)[] = [];
  private readonly free: number[] = [];
  private generation = 0;
  /** Attempts that hold slots now. */
  size = 0;

  /** Makes an attempt and keeps it. At most 2^21 at one time. */
  add(task: Task, node: ComputeNode, group: readonly ComputeNode[] | undefined, slots: number, placedAt: number): Attempt {
    const place = this.free.length > 0 ? this.free.pop()! : this.places.length;
    if (place >= PLACES) throw new RangeError("more than 2^21 attempts at one time");
    const attempt = new Attempt(this.generation++ * PLACES + place, task, node, group, slots, placedAt);
    this.places[place] = attempt;
    this.size++;
    return attempt;
  }

  /** Attempts made so far; none of their ids is given again. */
  get made(): number {
    return this.generation;
  }

  /** Of a restored world: attempts that hold slots, under the ids they had, and how many were ever made. The table must be empty. */
  restore(attempts: Iterable<Attempt>, made: number): void {
    this.generation = made;
    for (const attempt of attempts) {
      this.places[attempt.id & (PLACES - 1)] = attempt;
      this.size++;
    }
    for (let place = this.places.length - 1; place >= 0; place--) if (this.places[place] === undefined) this.free.push(place);
  }

  /** The attempt of this id while it holds slots; undefined for an ended one and for any other number. */
  get(id: number): Attempt | undefined {
    // The low 21 bits, exact for every whole number up to 2^53; the comparison refuses whatever else may be asked for.
    const attempt = this.places[id & (PLACES - 1)];
    return attempt !== undefined && attempt.id === id ? attempt : undefined;
  }

  remove(attempt: Attempt): void {
    const place = attempt.id & (PLACES - 1);
    if (this.places[place] !== attempt) return;
    this.places[place] = undefined;
    this.free.push(place);
    this.size--;
  }

  *[Symbol.iterator](): Generator<Attempt> {
    for (const attempt of this.places) if (attempt !== undefined) yield attempt;
  }
}
