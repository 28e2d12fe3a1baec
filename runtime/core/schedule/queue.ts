/**
 * The ready tasks of a pool: priority levels, highest first (J-30); in a level a ring for each shape; in a ring the lanes of jobs in the order of
 * their turns (J-31).
 *
 *     level 10:  ring {1 slot}   job-a → job-c → job-b          level 0:  ring {1 slot}  job-d
 *                ring {4 slots}  job-b → job-a
 *
 * Whoever is served goes to the end of all its rings, so equal jobs take turns; whether a ring fits is asked once for all its lanes. A step
 * costs what it places, not what waits.
 */
import type { Job } from "../job.ts";
import { type Lane, type Shape, sameShape } from "./lane.ts";

/** Lanes of one shape and level, by turn. */
export class Ring {
  readonly shape: Shape;
  readonly level: Level;
  first: Lane | undefined = undefined;
  last: Lane | undefined = undefined;
  /** The pass of `schedulePool` that found no place for this shape. */
  stuckInPass = 0;

  constructor(shape: Shape, level: Level) {
    this.shape = shape;
    this.level = level;
  }
}

export class Level {
  readonly priority: number;
  readonly rings: Ring[] = [];
  constructor(priority: number) {
    this.priority = priority;
  }
}

/** Empty rings stay as long as there are no more than so many: where tasks find a slot at once, each of them fills and empties one. */
const RINGS_KEPT = 8;

export class ReadyQueue {
  /** Ready tasks in it. */
  size = 0;
  /** Highest priority first. One may have nothing but empty rings. */
  readonly levels: Level[] = [];
  /** Passes of `schedulePool` so far. */
  pass = 0;
  /** Lanes of restarted managers in it: they stand at the front of their rings (J-52). */
  restartedManagers = 0;
  private turns = 0;
  /** Rings of all levels, empty ones too. */
  private rings = 0;

  /** A job that may be scheduled joins with its ready tasks. */
  join(job: Job): void {
    this.size += job.ready.size;
    for (const lane of job.ready.lanes) {
      // Passes are counted by each pool: what the lane remembers of another one's may be the number of a pass to come here.
      lane.stuckInPass = 0;
      this.link(lane);
    }
  }

  /** A job leaves, its tasks stay in their lanes. */
  leave(job: Job): void {
    this.size -= job.ready.size;
    for (const lane of job.ready.lanes) this.unlink(lane);
  }

  /** Puts a lane that has tasks at the end of its ring. Without effect for one that stands there, is empty or has to wait. */
  link(lane: Lane): void {
    if (lane.ring !== undefined || lane.size === 0 || ((lane.job.ready.held || lane.job.ready.full) && !lane.shape.manager))
      return;
    const ring = this.ring(lane);
    lane.ring = ring;
    if (lane.shape.manager && lane.job.manager !== undefined && lane.job.manager.attemptCount > 0) {
      this.restartedManagers++;
      this.toFront(ring, lane);
      return;
    }
    this.append(ring, lane, ++this.turns);
  }

  /** Takes a lane out of its ring. Without effect when it stands in none. */
  unlink(lane: Lane): void {
    const ring = lane.ring;
    if (ring === undefined) return;
    this.detach(ring, lane);
    lane.ring = undefined;
    if (lane.turn === 0) this.restartedManagers--;
    if (ring.first === undefined && this.rings > RINGS_KEPT) this.drop(ring);
  }

  private drop(ring: Ring): void {
    this.rings--;
    const level = ring.level;
    level.rings.splice(level.rings.indexOf(ring), 1);
    if (level.rings.length === 0) this.levels.splice(this.levels.indexOf(level), 1);
  }

  /** A job was served: all its lanes go to the end, with one turn; empty ones leave. */
  served(job: Job): void {
    const turn = ++this.turns;
    for (const lane of job.ready.lanes) {
      const ring = lane.ring;
      if (ring === undefined) continue;
      if (lane.size === 0) this.unlink(lane);
      // A restarted manager keeps its place at the front until it is placed itself.
      else if (lane.turn === 0) continue;
      else if (ring.last === lane) lane.turn = turn;
      else {
        this.detach(ring, lane);
        this.append(ring, lane, turn);
      }
    }
  }

  private append(ring: Ring, lane: Lane, turn: number): void {
    lane.turn = turn;
    lane.previous = ring.last;
    lane.next = undefined;
    if (ring.last === undefined) ring.first = lane;
    else ring.last.next = lane;
    ring.last = lane;
  }

  /** A restarted manager goes before everyone of its priority (J-52). */
  private toFront(ring: Ring, lane: Lane): void {
    lane.turn = 0;
    lane.previous = undefined;
    lane.next = ring.first;
    if (ring.first === undefined) ring.last = lane;
    else ring.first.previous = lane;
    ring.first = lane;
  }

  private detach(ring: Ring, lane: Lane): void {
    if (lane.previous === undefined) ring.first = lane.next;
    else lane.previous.next = lane.next;
    if (lane.next === undefined) ring.last = lane.previous;
    else lane.next.previous = lane.previous;
    lane.previous = undefined;
    lane.next = undefined;
  }

  private ring(lane: Lane): Ring {
    const level = this.level(lane.job.priority);
    for (const ring of level.rings) if (sameShape(ring.shape, lane.shape)) return ring;
    const ring = new Ring(lane.shape, level);
    this.rings++;
    level.rings.push(ring);
    return ring;
  }

  private level(priority: number): Level {
    const levels = this.levels;
    let at = 0;
    while (at < levels.length && levels[at].priority > priority) at++;
    if (at < levels.length && levels[at].priority === priority) return levels[at];
    const level = new Level(priority);
    levels.splice(at, 0, level);
    return level;
  }
}
