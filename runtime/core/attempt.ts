/**
 * An attempt: one run of one task on one node, or on a group of nodes for a multi-instance task. It holds the slots from placement until the
 * provider reported its end, whatever became of the task meanwhile: a task that was terminated is `completed` at once, its slot is free only
 * when its process is gone. Every attempt has its own id, so a report about an older one can be told apart (T-25).
 */
import type { ComputeNode } from "./node.ts";
import type { Task } from "./task.ts";
import type { FailureInfo } from "./taskOutcome.ts";

/** What becomes of the task when the attempt that is being killed has ended. */
export type KillIntent =
  /** A user's doing: task active again, requeueCount + 1 (section 5 of the pool rules). */
  | "requeue"
  /** The service's doing: task active again, recoveryCount + 1 (P-95). */
  | "recover"
  /** The task was completed or removed already: nothing. */
  | "none";

export class Attempt {
  /** Unique for the life of the world; later attempts have higher ones. */
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

const FIRST_PLACES = 64;

/**
 * Attempts by id without hashing: ids rise, and the low bits of one are its place in a table at least twice as long as there are attempts. A place
 * that an older attempt still holds is passed over together with the id that would have led there.
 */
export class Attempts {
  private places: (Attempt | undefined)[] = new Array<Attempt | undefined>(FIRST_PLACES).fill(undefined);
  /** Ids given or passed over so far; none of them is given again. */
  made = 0;
  /** Attempts that hold slots now. */
  size = 0;

  /** Makes an attempt and keeps it. */
  add(task: Task, node: ComputeNode, group: readonly ComputeNode[] | undefined, slots: number, placedAt: number): Attempt {
    if (2 * this.size >= this.places.length) this.grow();
    const { places } = this;
    const mask = places.length - 1;
    let id = this.made + 1;
    while (places[id & mask] !== undefined) id++;
    this.made = id;
    const attempt = new Attempt(id, task, node, group, slots, placedAt);
    places[id & mask] = attempt;
    this.size++;
    return attempt;
  }

  /** Of a restored world: attempts that hold slots, under the ids they had, and how many were ever made. The table must be empty. */
  restore(attempts: Iterable<Attempt>, made: number): void {
    this.made = made;
    for (const attempt of attempts) {
      while (2 * this.size >= this.places.length || this.places[attempt.id & (this.places.length - 1)] !== undefined)
        this.grow();
      this.places[attempt.id & (this.places.length - 1)] = attempt;
      this.size++;
    }
  }

  /** The attempt of this id while it holds slots; undefined for an ended one and for any other number. */
  get(id: number): Attempt | undefined {
    const attempt = this.places[id & (this.places.length - 1)];
    return attempt !== undefined && attempt.id === id ? attempt : undefined;
  }

  remove(attempt: Attempt): void {
    const place = attempt.id & (this.places.length - 1);
    if (this.places[place] !== attempt) return;
    this.places[place] = undefined;
    this.size--;
  }

  /** In order of id, which is that of placement. */
  *[Symbol.iterator](): Generator<Attempt> {
    yield* this.places.filter((attempt) => attempt !== undefined).sort((a, b) => a.id - b.id);
  }

  /** Ids that differ in their low bits still do with one bit more. */
  private grow(): void {
    const places = new Array<Attempt | undefined>(2 * this.places.length).fill(undefined);
    for (const attempt of this.places) if (attempt !== undefined) places[attempt.id & (places.length - 1)] = attempt;
    this.places = places;
  }
}
