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
import type { Attempt } from "../core/attempt.ts";
import type { SpecialRun } from "../core/job.ts";
import type { Pool } from "../core/pool.ts";
import type { Effect, Report } from "../core/protocol.ts";
import { TIME_LIMIT_EXIT_CODE, type Task } from "../core/task.ts";
import { type Distribution, type Draw, drawing, exponential } from "./distribution.ts";
import { EventQueue } from "./eventQueue.ts";
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

type Occurrence =
  | { readonly kind: "machine"; readonly what: MachineHappening; readonly machine: Machine; readonly life: number; readonly boot: number }
  | { readonly kind: "refused"; readonly pool: Pool; readonly nodeIds: readonly string[] }
  | { readonly kind: "released"; readonly pool: Pool; readonly nodeId: string }
  | { readonly kind: "killed"; readonly attempt: Attempt }
  | { readonly kind: "special"; readonly run: SpecialRun }
  | { readonly kind: "market"; readonly pool: Pool; readonly market: SpotMarket };

const HOUR_MS = 3_600_000;
/** Share of the boot that passes before the node agent runs. */
const AGENT_SHARE = 2 / 3;
/** A lost node comes back by itself this often; its silence is drawn evenly between the two. Otherwise it stays lost until it is rebooted. */
const TRANSIENT_RATIO = 0.5;
const SILENCE_MS_MIN = 30_000;
const SILENCE_MS_MAX = 300_000;

export class SimulatedProvider implements Provider {
  private readonly options: SimulatedOptions;
  private readonly queue = new EventQueue();
  private readonly attempts: (Attempt | undefined)[] = [];
  private readonly freeAttempts: number[] = [];
  private readonly occurrences: (Occurrence | undefined)[] = [];
  private readonly freeOccurrences: number[] = [];
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
    return this.queue.nextDueAt();
  }

  take(): Report | undefined {
    this.now = this.queue.nextDueAt();
    const entry = this.queue.take();
    return entry >= 0 ? this.taskEnded(entry) : this.occur(-1 - entry);
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
    this.queue.add(endsAt, this.keepAttempt(attempt));
  }

  private keepAttempt(attempt: Attempt): number {
    const free = this.freeAttempts.pop();
    if (free === undefined) return this.attempts.push(attempt) - 1;
    this.attempts[free] = attempt;
    return free;
  }

  private taskEnded(entry: number): Report | undefined {
    const attempt = this.attempts[entry]!;
    if (this.silent.size > 0) {
      const node = attempt.node;
      const until = this.silent.get(this.machine(node.pool, node.id)!);
      if (until !== undefined && !this.voided.has(attempt.id)) {
        this.queue.add(until, entry);
        return undefined;
      }
    }
    this.attempts[entry] = undefined;
    this.freeAttempts.push(entry);
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
    this.later(0, { kind: "killed", attempt });
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
    if (afterMs === Number.POSITIVE_INFINITY) return;
    const free = this.freeOccurrences.pop() ?? this.occurrences.length;
    this.occurrences[free] = occurrence;
    this.queue.add(this.now + afterMs, -1 - free);
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
    const { nodeFailuresPerNodeHour: rate } = this.options;
    if (rate !== undefined && rate > 0) this.foresee(exponential(HOUR_MS / rate, this.failures), machine, "failed");
  }

  private occur(place: number): Report | undefined {
    const occurrence = this.occurrences[place]!;
    this.occurrences[place] = undefined;
    this.freeOccurrences.push(place);
    switch (occurrence.kind) {
      case "machine":
        return occurrence.machine.life === occurrence.life ? this.happen(occurrence.machine, occurrence.what, occurrence.boot) : undefined;
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
        return sameBoot ? { kind: "NodeReady", ...at } : undefined;
      case "startTaskEnded": {
        if (!sameBoot) return undefined;
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
        this.foresee(exponential(HOUR_MS / this.options.nodeFailuresPerNodeHour!, this.failures), machine, "failed");
        return { kind: "NodeRecovered", ...at };
      case "released":
        return undefined;
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
