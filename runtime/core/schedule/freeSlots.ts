/**
 * Which nodes have how many free slots, for placement without looking at nodes (P-130, P-131): for each kind of node and each number of free
 * slots the set of places that have just that many. Spread takes from the fullest of these buckets, pack from the emptiest one that still fits,
 * both the lowest place in it: a handful of steps for each placement, however many nodes there are.
 */
import { PlaceSet } from "./placeSet.ts";

/** What a placement needs of a node. */
export interface Need {
  /** Free slots the node must have; for an exclusive run all of the node's (P-133). */
  readonly slots: number;
  /** Only dedicated nodes will do (P-85). */
  readonly dedicatedOnly: boolean;
}

/** Says no to single places, e.g. nodes on which the job's preparation failed (J-62). */
export type Refuses = (place: number) => boolean;

/** Places of one kind of node by free slots. */
class Buckets {
  readonly byFree: PlaceSet[];
  /** Which buckets are not empty. */
  readonly filled = new PlaceSet();
  /** Places with at least one free slot. */
  free = 0;

  constructor(slotsPerNode: number) {
    this.byFree = Array.from({ length: slotsPerNode + 1 }, () => new PlaceSet());
  }

  add(place: number, freeSlots: number): void {
    const bucket = this.byFree[freeSlots];
    bucket.add(place);
    if (bucket.size === 1) this.filled.add(freeSlots);
    if (freeSlots > 0) this.free++;
  }

  remove(place: number, freeSlots: number): void {
    const bucket = this.byFree[freeSlots];
    bucket.remove(place);
    if (bucket.size === 0) this.filled.remove(freeSlots);
    if (freeSlots > 0) this.free--;
  }
}

export class FreeSlots {
  /** Slots of each node of the pool. */
  readonly slotsPerNode: number;
  private readonly dedicated: Buckets;
  private readonly lowPriority: Buckets;
  /** Free slots and kind of each place, -1 where it takes no tasks: 2 · free + 1 for a dedicated node, 2 · free for another. */
  private readonly known: number[] = [];

  constructor(slotsPerNode: number) {
    this.slotsPerNode = slotsPerNode;
    this.dedicated = new Buckets(slotsPerNode);
    this.lowPriority = new Buckets(slotsPerNode);
  }

  /** Nodes with at least one free slot. */
  get nodesWithRoom(): number {
    return this.dedicated.free + this.lowPriority.free;
  }

  /** The node at `place` may take tasks and has this many free slots, 0 to slotsPerNode. */
  set(place: number, freeSlots: number, isDedicated: boolean): void {
    const now = 2 * freeSlots + (isDedicated ? 1 : 0);
    while (this.known.length <= place) this.known.push(-1);
    const before = this.known[place];
    if (before === now) return;
    if (before >= 0) this.buckets(before).remove(place, before >> 1);
    this.known[place] = now;
    this.buckets(now).add(place, freeSlots);
  }

  /** The node at `place` takes no tasks. Without effect when it was not there. */
  remove(place: number): void {
    const before = place < this.known.length ? this.known[place] : -1;
    if (before < 0) return;
    this.known[place] = -1;
    this.buckets(before).remove(place, before >> 1);
  }

  /** Free slots at a place; -1 when it takes no tasks. */
  at(place: number): number {
    return place < this.known.length && this.known[place] >= 0 ? this.known[place] >> 1 : -1;
  }

  /** The best place for one run, by the pool's fill type; -1 when none will do. */
  find(need: Need, fill: "spread" | "pack", refuses?: Refuses): number {
    const first = this.best(this.dedicated, need.slots, fill, refuses);
    if (need.dedicatedOnly) return first;
    const second = this.best(this.lowPriority, need.slots, fill, refuses);
    if (first < 0 || second < 0) return first < 0 ? second : first;
    const more = this.at(first) - this.at(second);
    if (more === 0) return Math.min(first, second);
    return more > 0 === (fill === "spread") ? first : second;
  }

  /** The `count` lowest places that have the slots, for a group of nodes (T-52); undefined when there are fewer. */
  findGroup(need: Need, count: number, refuses?: Refuses): number[] | undefined {
    const found: number[] = [];
    this.collect(this.dedicated, need.slots, count, found, refuses);
    if (!need.dedicatedOnly) this.collect(this.lowPriority, need.slots, count, found, refuses);
    if (found.length < count) return undefined;
    return found.sort((a, b) => a - b).slice(0, count);
  }

  private buckets(code: number): Buckets {
    return (code & 1) === 1 ? this.dedicated : this.lowPriority;
  }

  private best(buckets: Buckets, slots: number, fill: "spread" | "pack", refuses: Refuses | undefined): number {
    if (buckets.free === 0 || slots > this.slotsPerNode) return -1;
    if (fill === "pack") {
      for (let free = buckets.filled.next(slots); free >= 0; free = buckets.filled.next(free + 1)) {
        const place = lowest(buckets.byFree[free], refuses);
        if (place >= 0) return place;
      }
      return -1;
    }
    for (let free = this.slotsPerNode; free >= slots; free--) {
      const bucket = buckets.byFree[free];
      if (bucket.size === 0) continue;
      const place = lowest(bucket, refuses);
      if (place >= 0) return place;
    }
    return -1;
  }

  private collect(buckets: Buckets, slots: number, count: number, found: number[], refuses: Refuses | undefined): void {
    for (let free = buckets.filled.next(slots); free >= 0; free = buckets.filled.next(free + 1)) {
      const bucket = buckets.byFree[free];
      let left = count;
      for (let place = bucket.next(0); place >= 0 && left > 0; place = bucket.next(place + 1)) {
        if (refuses?.(place) === true) continue;
        found.push(place);
        left--;
      }
    }
  }
}

function lowest(bucket: PlaceSet, refuses: Refuses | undefined): number {
  let place = bucket.next(0);
  if (refuses === undefined) return place;
  while (place >= 0 && refuses(place)) place = bucket.next(place + 1);
  return place;
}
