/**
 * The simulated provider: every effect is answered by reports after drawn delays, in virtual time. Boots, start tasks, evictions, failures and task
 * ends each draw from a seeded stream of their own, so that a change of one concern does not shift the others. It lives in the core's process and
 * may read entities; it changes none.
 *
 * Task ends are by far the most frequent, so they wait in the queue as a number into a table of attempts. What was foreseen and no longer happens
 * (a task was killed, a machine died) is dropped when its time comes.
 */
import { unreachable } from "../../src/base/assert.ts";
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import { Attempt } from "../core/attempt.ts";
import type { Pool } from "../core/pool.ts";
import type { Effect, Report } from "../core/protocol.ts";
import { TIME_LIMIT_EXIT_CODE, type Task } from "../core/task.ts";
import { Agenda, type Occurrence } from "./agenda.ts";
import { type Distribution, type Draw, drawing, exponential } from "./distribution.ts";
import { Machine, type MachineHappening } from "./machine.ts";
import type { Provider } from "./provider.ts";
import { SpotMarket, type SpotModel } from "./spot.ts";

export interface SimulatedOptions {
  readonly seed: number;
  /** How long a task runs on a node, milliseconds; the same for every attempt. */
  readonly durationMs: (task: Task) => number;
  /** From the request to the node's record. Default: none. */
  readonly allocation?: Distribution;
  /** From the record to the end of the boot sequence; two thirds of it pass before the node agent starts. */
  readonly boot: Distribution;
  readonly startTask?: { readonly duration: Distribution; readonly failureRatio: number };
  /** Share of task attempts that end with exit code 1, 0 to 1. Default 0. */
  readonly taskFailureRatio?: number;
  /** Nodes there can be at one time. Default: any number. */
  readonly capacity?: { readonly dedicated?: number; readonly lowPriority?: number };
  /** Evictions of low-priority nodes that hit single nodes only. Default 0. */
  readonly preemptionsPerNodeHour?: number;
  /** Correlated evictions. Default: none. */
  readonly spot?: SpotModel;
  readonly nodeFailuresPerNodeHour?: number;
}

const HOUR_MS = 3_600_000;
/** Share of the boot that passes before the node agent runs. */
const AGENT_SHARE = 2 / 3;
/** A lost node comes back by itself this often; its silence is drawn evenly between the two. Otherwise it stays lost until it is rebooted. */
const TRANSIENT_RATIO = 0.5;
const SILENCE_MS_MIN = 30_000;
const SILENCE_MS_MAX = 300_000;

export class SimulatedProvider implements Provider {
  private readonly options: SimulatedOptions;
  private readonly agenda = new Agenda();
  /** Attempts whose foreseen end will not happen. */
  private readonly voided = new Set<number>();
  /** Machines that cannot be heard, and until when. */
  private readonly silent = new Map<Machine, number>();
  private readonly machines = new Map<string, Machine>();
  private readonly markets = new Map<Pool, SpotMarket>();
  private readonly lowPriority: Machine[] = [];
  private dedicatedPresent = 0;
  private now = 0;

  private readonly drawAllocation: Draw;
  private readonly drawBoot: Draw;
  private readonly drawStartTask: Draw;
  private readonly startTaskFailures: RandomStream;
  private readonly taskFailures: RandomStream;
  private readonly evictions: RandomStream;
  private readonly failures: RandomStream;
  private readonly taskFailureRatio: number;
  private readonly singlePerNodeHour: number;

  constructor(options: SimulatedOptions) {
    this.options = options;
    const stream = (name: string) => randomStream(options.seed, name);
    this.drawAllocation = drawing(options.allocation ?? { kind: "constant", meanMs: 0 }, stream("allocation"));
    this.drawBoot = drawing(options.boot, stream("boot"));
    this.drawStartTask = drawing(options.startTask?.duration ?? { kind: "constant", meanMs: 0 }, stream("start task"));
    this.startTaskFailures = stream("start task failure");
    this.taskFailures = stream("task failure");
    this.evictions = stream("eviction");
    this.failures = stream("node failure");
    this.taskFailureRatio = options.taskFailureRatio ?? 0;
    this.singlePerNodeHour = (options.preemptionsPerNodeHour ?? 0) + (options.spot?.singlePerNodeHour ?? 0);
  }

  nextDueAt(): number {
    return this.agenda.nextDueAt();
  }

  take(): Report | undefined {
    this.now = this.agenda.nextDueAt();
    const due = this.agenda.take();
    return due instanceof Attempt ? this.taskEnded(due) : this.occur(due);
  }

  perform(effect: Effect, now: number): void {
    this.now = now;
    switch (effect.kind) {
      case "RunTask":
        return this.runTask(effect.attempt);
      case "KillTask":
        return this.killTask(effect.attempt);
      case "AllocateNodes":
        return this.allocate(effect.pool, effect.dedicated, effect.nodeIds);
      case "CancelAllocation":
        return this.cancel(effect.pool, effect.nodeIds);
      case "ReplaceNode":
        return this.replace(effect.node.pool, effect.node.id);
      case "ReleaseNode":
        return this.release(effect.pool, effect.nodeId);
      case "RebootNode":
      case "ReimageNode":
        return this.reboot(effect.node.pool, effect.node.id);
      case "RunStartTask": {
        const machine = this.machine(effect.node.pool, effect.node.id);
        if (machine !== undefined) this.foresee(this.drawStartTask(), machine, "startTaskEnded");
        return;
      }
      case "RunPreparation":
      case "RunRelease":
      case "KillSpecial":
        return this.later(0, { kind: "special", run: effect.run });
      case "RemoveTaskFiles":
      case "RemoveJobFiles":
        return;
      default:
        return unreachable(effect);
    }
  }

  // Tasks

  private runTask(attempt: Attempt): void {
    const durationMs = this.options.durationMs(attempt.task);
    const limitMs = attempt.task.spec.maxWallClockMs;
    const endsAt = this.now + (limitMs !== undefined && limitMs < durationMs ? limitMs : durationMs);
    this.agenda.addEnd(endsAt, attempt);
  }

  private taskEnded(attempt: Attempt): Report | undefined {
    if (this.silent.size > 0) {
      const until = this.silentUntil(attempt);
      if (until !== undefined && !this.voided.has(attempt.id)) {
        this.agenda.addEnd(until, attempt);
        return undefined;
      }
    }
    if (this.voided.size > 0 && this.voided.delete(attempt.id)) return undefined;
    const limitMs = attempt.task.spec.maxWallClockMs;
    if (limitMs !== undefined && limitMs < this.options.durationMs(attempt.task)) {
      const failure = { category: "UserError", code: "TaskEnded", message: "the task ran into its time limit" } as const;
      return { kind: "TaskEnded", attempt: attempt.id, cause: "timeLimit", exitCode: TIME_LIMIT_EXIT_CODE, failure };
    }
    const exitCode = this.taskFailureRatio > 0 && this.taskFailures() < this.taskFailureRatio ? 1 : 0;
    return { kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode, failure: undefined };
  }

  /** A dead machine answers no kill: the core learns otherwise what became of it. */
  private killTask(attempt: Attempt): void {
    if (this.voided.has(attempt.id)) return;
    this.voided.add(attempt.id);
    const until = this.silentUntil(attempt);
    this.later(until === undefined ? 0 : until - this.now, { kind: "killed", attempt });
  }

  /** When the attempt's node is heard of again; undefined while it can be heard. */
  private silentUntil(attempt: Attempt): number | undefined {
    const machine = this.machine(attempt.node.pool, attempt.node.id);
    return machine === undefined ? undefined : this.silent.get(machine);
  }

  /** Whatever runs on the machine ends without a word. */
  private voidTasks(machine: Machine): void {
    for (const attempt of machine.node?.attempts ?? []) this.voided.add(attempt.id);
  }

  // Machines

  private machine(pool: Pool, nodeId: string): Machine | undefined {
    return this.machines.get(`${pool.key}/${nodeId.toLowerCase()}`);
  }

  private foresee(afterMs: number, machine: Machine, what: MachineHappening): void {
    this.later(afterMs, { kind: "machine", what, machine, life: machine.life, boot: machine.boot });
  }

  private later(afterMs: number, occurrence: Occurrence): void {
    this.agenda.add(this.now + afterMs, occurrence);
  }

  /** How many more nodes of a kind there can be. */
  private room(pool: Pool, dedicated: boolean): number {
    const { capacity } = this.options;
    if (dedicated) return (capacity?.dedicated ?? Number.POSITIVE_INFINITY) - this.dedicatedPresent;
    const market = this.market(pool);
    const there = this.lowPriority.length;
    return Math.min(capacity?.lowPriority ?? Number.POSITIVE_INFINITY, market?.capacity ?? Number.POSITIVE_INFINITY) - there;
  }

  private market(pool: Pool): SpotMarket | undefined {
    const { spot, seed } = this.options;
    if (spot === undefined) return undefined;
    let market = this.markets.get(pool);
    if (market === undefined) {
      market = new SpotMarket(spot, randomStream(seed, `market ${pool.key}`));
      this.markets.set(pool, market);
      this.later(market.stay(), { kind: "market", pool, market });
    }
    return market;
  }

  private allocate(pool: Pool, dedicated: boolean, nodeIds: readonly string[]): void {
    const granted = Math.max(0, Math.min(nodeIds.length, this.room(pool, dedicated)));
    for (let i = 0; i < granted; i++) {
      const machine = new Machine(pool, nodeIds[i], dedicated);
      this.machines.set(`${pool.key}/${machine.nodeId.toLowerCase()}`, machine);
      this.hold(machine);
      this.foresee(this.drawAllocation(), machine, "allocated");
    }
    if (granted < nodeIds.length) this.later(this.drawAllocation(), { kind: "refused", pool, nodeIds: nodeIds.slice(granted) });
  }

  private hold(machine: Machine): void {
    machine.present = true;
    if (machine.isDedicated) this.dedicatedPresent++;
    else machine.place = this.lowPriority.push(machine) - 1;
  }

  private letGo(machine: Machine): void {
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

  /** Requests that are not answered yet are given up; one that is on its way comes nevertheless. */
  private cancel(pool: Pool, nodeIds: readonly string[]): void {
    const given: string[] = [];
    for (const nodeId of nodeIds) {
      const machine = this.machine(pool, nodeId);
      if (machine === undefined || machine.node !== undefined) continue;
      this.letGo(machine);
      this.machines.delete(`${pool.key}/${nodeId.toLowerCase()}`);
      given.push(nodeId);
    }
    if (given.length > 0) this.later(0, { kind: "refused", pool, nodeIds: given });
  }

  private replace(pool: Pool, nodeId: string): void {
    const machine = this.machine(pool, nodeId);
    if (machine === undefined || machine.present) return;
    if (this.room(pool, false) < 1) return this.later(this.drawAllocation(), { kind: "refused", pool, nodeIds: [nodeId] });
    this.hold(machine);
    this.foresee(this.drawAllocation(), machine, "allocated");
  }

  private release(pool: Pool, nodeId: string): void {
    const machine = this.machine(pool, nodeId);
    if (machine !== undefined) {
      this.voidTasks(machine);
      this.letGo(machine);
      this.machines.delete(`${pool.key}/${nodeId.toLowerCase()}`);
    }
    this.later(0, { kind: "released", pool, nodeId });
  }

  private reboot(pool: Pool, nodeId: string): void {
    const machine = this.machine(pool, nodeId);
    if (machine === undefined || !machine.present) return;
    this.voidTasks(machine);
    this.silent.delete(machine);
    this.bootUp(machine);
  }

  private bootUp(machine: Machine): void {
    machine.boot++;
    const bootMs = this.drawBoot();
    this.foresee(AGENT_SHARE * bootMs, machine, "started");
    this.foresee(bootMs, machine, "ready");
  }

  /** Machines fail once they are up. */
  private foreseeFailure(machine: Machine): void {
    const rate = this.options.nodeFailuresPerNodeHour ?? 0;
    if (rate > 0) this.foresee(exponential(HOUR_MS / rate, this.failures), machine, "failed");
  }

  private occur(occurrence: Occurrence): Report | undefined {
    switch (occurrence.kind) {
      case "machine":
        return occurrence.machine.life === occurrence.life
          ? this.happen(occurrence.machine, occurrence.what, occurrence.boot)
          : undefined;
      case "refused":
        return {
          kind: "AllocationFailed",
          poolId: occurrence.pool.id,
          nodeIds: occurrence.nodeIds,
          code: "AllocationFailed",
          message: "there is no capacity for more nodes",
        };
      case "released":
        return { kind: "NodeReleased", poolId: occurrence.pool.id, nodeId: occurrence.nodeId };
      case "killed":
        return { kind: "TaskEnded", attempt: occurrence.attempt.id, cause: "killed", exitCode: undefined, failure: undefined };
      case "special": {
        const { run } = occurrence;
        const kind = run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
        return { kind, jobId: run.job.id, run: run.id, exitCode: 0, failure: undefined };
      }
      case "market":
        return this.turnMarket(occurrence.pool, occurrence.market);
      default:
        return unreachable(occurrence);
    }
  }

  private happen(machine: Machine, what: MachineHappening, boot: number): Report | undefined {
    const at = { poolId: machine.pool.id, nodeId: machine.nodeId };
    const sameBoot = machine.boot === boot;
    switch (what) {
      case "allocated":
        this.bootUp(machine);
        if (!machine.isDedicated && this.singlePerNodeHour > 0) {
          this.foresee(exponential(HOUR_MS / this.singlePerNodeHour, this.evictions), machine, "preempted");
        }
        return { kind: "NodeAllocated", ...at };
      case "started":
        return sameBoot ? { kind: "NodeStarted", ...at } : undefined;
      case "ready":
        if (!sameBoot) return undefined;
        this.foreseeFailure(machine);
        return { kind: "NodeReady", ...at };
      case "startTaskEnded": {
        if (!sameBoot) return undefined;
        const until = this.silent.get(machine);
        if (until !== undefined) {
          this.foresee(until - this.now, machine, what);
          return undefined;
        }
        const failed = this.startTaskFailures() < (this.options.startTask?.failureRatio ?? 0);
        return { kind: "StartTaskEnded", ...at, exitCode: failed ? 1 : 0, failure: undefined };
      }
      case "preempted":
        this.voidTasks(machine);
        this.letGo(machine);
        return { kind: "NodePreempted", ...at };
      case "failed":
        return sameBoot ? this.fail(machine) : undefined;
      case "recovered":
        if (!sameBoot || !this.silent.delete(machine)) return undefined;
        this.foreseeFailure(machine);
        return { kind: "NodeRecovered", ...at };
      default:
        return unreachable(what);
    }
  }

  /** Contact is lost: for a while, with tasks that go on and are heard of later, or until the service reboots the node. */
  private fail(machine: Machine): Report {
    const transient = this.failures() < TRANSIENT_RATIO;
    const silenceMs = SILENCE_MS_MIN + (SILENCE_MS_MAX - SILENCE_MS_MIN) * this.failures();
    if (transient) {
      this.foresee(silenceMs, machine, "recovered");
      this.silent.set(machine, this.now + silenceMs);
    } else {
      this.voidTasks(machine);
      // Nothing that was foreseen of this boot happens any more.
      machine.boot++;
    }
    return { kind: "NodeLost", poolId: machine.pool.id, nodeId: machine.nodeId };
  }

  /** Shortage comes or goes. Whom it takes is drawn among the pool's machines; each is reported in its turn. */
  private turnMarket(pool: Pool, market: SpotMarket): undefined {
    const present = this.lowPriority.filter((machine) => machine.pool === pool && machine.node !== undefined);
    const taken = market.turn(present.length);
    for (let i = 0; i < taken; i++) {
      const pick = i + Math.floor(market.pick() * (present.length - i));
      const machine = present[pick];
      present[pick] = present[i];
      this.foresee(0, machine, "preempted");
    }
    this.later(market.stay(), { kind: "market", pool, market });
    return undefined;
  }
}
