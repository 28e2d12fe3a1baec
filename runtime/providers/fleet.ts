/**
 * The machines of a simulated provider: which there are, how many more there can be, which cannot be heard, and the market of each pool's
 * low-priority capacity.
 */
import { idKey } from "../core/limits.ts";
import { randomStream } from "../../src/base/random.ts";
import type { Pool } from "../core/pool.ts";
import type { Machine } from "./machine.ts";
import { SpotMarket, type SpotModel } from "./spot.ts";

/** How many machines there can be, and how low-priority ones are taken away. */
export interface FleetOptions {
  readonly seed: number;
  /** Nodes there can be at one time. Default: any number. */
  readonly capacity?: { readonly dedicated?: number; readonly lowPriority?: number };
  /** Correlated evictions. Default: none. */
  readonly spot?: SpotModel;
}

const key = (pool: Pool, nodeId: string) => `${pool.key}/${idKey(nodeId)}`;

/** All machines of a simulated provider, found by pool and node. */
export class Fleet {
  private readonly options: FleetOptions;
  private readonly machines = new Map<string, Machine>();
  private readonly markets = new Map<Pool, SpotMarket>();
  /** Present low-priority machines of all pools, in no order that matters. */
  readonly lowPriority: Machine[] = [];
  private dedicatedPresent = 0;
  /** Machines that cannot be heard, and until when. */
  readonly silent = new Map<Machine, number>();

  constructor(options: FleetOptions) {
    this.options = options;
  }

  find(pool: Pool, nodeId: string): Machine | undefined {
    return this.machines.get(key(pool, nodeId));
  }

  /** A machine is promised: it takes capacity from now on. */
  add(machine: Machine): void {
    this.machines.set(key(machine.pool, machine.nodeId), machine);
    this.hold(machine);
  }

  /** A machine is given back. */
  forget(machine: Machine): void {
    this.letGo(machine);
    this.machines.delete(key(machine.pool, machine.nodeId));
  }

  /** A machine that was let go takes capacity again. */
  hold(machine: Machine): void {
    machine.present = true;
    if (machine.isDedicated) this.dedicatedPresent++;
    else machine.place = this.lowPriority.push(machine) - 1;
  }

  /** The machine is gone, its name stays. Whatever was foreseen for it is void. */
  letGo(machine: Machine): void {
    machine.life++;
    this.silent.delete(machine);
    if (!machine.present) return;
    machine.present = false;
    if (machine.isDedicated) {
      this.dedicatedPresent--;
      return;
    }
    const last = this.lowPriority.pop()!;
    if (last !== machine) {
      this.lowPriority[machine.place] = last;
      last.place = machine.place;
    }
    machine.place = -1;
  }

  /** How many more machines of a kind there can be. */
  room(pool: Pool, dedicated: boolean): number {
    const { capacity } = this.options;
    if (dedicated) return (capacity?.dedicated ?? Number.POSITIVE_INFINITY) - this.dedicatedPresent;
    const most = Math.min(
      capacity?.lowPriority ?? Number.POSITIVE_INFINITY,
      this.markets.get(pool)?.capacity ?? Number.POSITIVE_INFINITY,
    );
    return most - this.lowPriority.length;
  }

  /** Opens the pool's market; undefined when it is open already, or there is none. */
  openMarket(pool: Pool): SpotMarket | undefined {
    const { spot, seed } = this.options;
    if (spot === undefined || this.markets.has(pool)) return undefined;
    const market = new SpotMarket(spot, randomStream(seed, `market ${pool.key}`));
    this.markets.set(pool, market);
    return market;
  }

  /** Machines of the pool's market that a shortage may take: those that have a record. */
  takeable(pool: Pool): Machine[] {
    return this.lowPriority.filter((machine) => machine.pool === pool && machine.node !== undefined);
  }
}
