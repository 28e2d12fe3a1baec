/**
 * The simulated provider: every effect is answered by reports after drawn delays, in virtual time. Boots, start tasks, evictions, failures and task
 * ends each draw from a seeded stream of their own, so that a change of one concern does not shift the others. It lives in the core's process and
 * may read entities; it changes none.
 */
import { unreachable } from "../../src/base/assert.ts";
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import type { Pool } from "../core/pool.ts";
import type { Effect, Report } from "../core/protocol.ts";
import { Agenda, type Occurrence } from "./agenda.ts";
import { type Distribution, type Draw, drawing, exponential } from "./distribution.ts";
import { Fleet, type FleetOptions } from "./fleet.ts";
import { Machine, type MachineHappening } from "./machine.ts";
import type { Provider } from "./provider.ts";
import type { SpotMarket } from "./spot.ts";
import { type TaskRunOptions, TaskRuns } from "./taskRuns.ts";
import { usageReport } from "./usage.ts";

/** How the machines behave; durations are drawn in milliseconds. */
interface SimulatedOptions extends FleetOptions, TaskRunOptions {
  /** From the request to the node's record. Default: none. */
  readonly allocation?: Distribution;
  /** From the record to the end of the boot sequence; two thirds of it pass before the node agent starts. */
  readonly boot: Distribution;
  readonly startTask?: { readonly duration: Distribution; readonly failureRatio: number };
  /** Evictions of low-priority nodes that hit single nodes only. Default 0. */
  readonly preemptionsPerNodeHour?: number;
  readonly nodeFailuresPerNodeHour?: number;
  /** How often nodes tell their usage, counted from the making of their pool, milliseconds. Default: never. */
  readonly usageEveryMs?: number;
}

const HOUR_MS = 3_600_000;
/** Share of the boot that passes before the node agent runs. */
const AGENT_SHARE = 2 / 3;
/** A lost node comes back by itself this often; its silence is drawn evenly between the two. Otherwise it stays lost until it is rebooted. */
const TRANSIENT_RATIO = 0.5;
const SILENCE_MS_MIN = 30_000;
const SILENCE_MS_MAX = 300_000;
const AT_ONCE: Distribution = { kind: "constant", meanMs: 0 };

/** The provider of the simulator; the same options and effects give the same reports. */
export class SimulatedProvider implements Provider {
  private readonly agenda = new Agenda();
  private readonly fleet: Fleet;
  private readonly tasks: TaskRuns;
  private now = 0;

  private readonly drawAllocation: Draw;
  private readonly drawBoot: Draw;
  private readonly drawStartTask: Draw;
  private readonly startTaskFailures: RandomStream;
  private readonly evictions: RandomStream;
  private readonly failures: RandomStream;
  private readonly startTaskFailureRatio: number;
  private readonly evictionsPerNodeHour: number;
  private readonly failuresPerNodeHour: number;
  private readonly usageEveryMs: number | undefined;
  /** Pools whose nodes tell their usage. */
  private readonly metered = new Set<Pool>();

  constructor(options: SimulatedOptions) {
    const stream = (name: string) => randomStream(options.seed, name);
    this.fleet = new Fleet(options);
    this.tasks = new TaskRuns(options, this.agenda, this.fleet);
    this.drawAllocation = drawing(options.allocation ?? AT_ONCE, stream("allocation"));
    this.drawBoot = drawing(options.boot, stream("boot"));
    this.drawStartTask = drawing(options.startTask?.duration ?? AT_ONCE, stream("start task"));
    this.startTaskFailures = stream("start task failure");
    this.evictions = stream("eviction");
    this.failures = stream("node failure");
    this.startTaskFailureRatio = options.startTask?.failureRatio ?? 0;
    this.evictionsPerNodeHour = (options.preemptionsPerNodeHour ?? 0) + (options.spot?.singlePerNodeHour ?? 0);
    this.failuresPerNodeHour = options.nodeFailuresPerNodeHour ?? 0;
    this.usageEveryMs = options.usageEveryMs;
  }

  nextDueAt(): number {
    return this.agenda.nextDueAt();
  }

  take(): Report | undefined {
    this.now = this.agenda.nextDueAt();
    return this.agenda.endIsFirst() ? this.tasks.end(this.agenda.takeEnd()) : this.occur(this.agenda.take());
  }

  perform(effect: Effect, now: number): void {
    this.now = now;
    switch (effect.kind) {
      case "RunTask":
        this.tasks.start(effect.attempt, now);
        break;
      case "KillTask":
        this.tasks.kill(effect.attempt, now);
        break;
      case "AllocateNodes":
        this.allocate(effect.pool, effect.dedicated, effect.nodeIds);
        break;
      case "CancelAllocation":
        this.cancel(effect.pool, effect.nodeIds);
        break;
      case "ReplaceNode":
        this.replace(effect.node.pool, effect.node.id);
        break;
      case "ReleaseNode":
        this.release(effect.pool, effect.nodeId);
        break;
      case "RebootNode":
      case "ReimageNode":
        this.reboot(effect.node.pool, effect.node.id);
        break;
      case "RunStartTask": {
        const machine = this.fleet.find(effect.node.pool, effect.node.id);
        if (machine !== undefined) this.foresee(this.drawStartTask(), machine, "startTaskEnded");
        break;
      }
      case "RunPreparation":
      case "RunRelease":
      case "KillSpecial":
        this.later(0, { kind: "special", run: effect.run });
        break;
      case "ConstrainTask":
      case "RetainPreparationFiles":
      case "RemoveTaskFiles":
      case "RemoveJobFiles":
        break;
      default:
        unreachable(effect);
    }
  }

  private later(afterMs: number, occurrence: Occurrence): void {
    this.agenda.add(this.now + afterMs, occurrence);
  }

  /** Void if the machine has been let go, or for most happenings rebooted, by then. */
  private foresee(afterMs: number, machine: Machine, what: MachineHappening): void {
    this.later(afterMs, { kind: "machine", what, machine, life: machine.life, boot: machine.boot });
  }

  private allocate(pool: Pool, dedicated: boolean, nodeIds: readonly string[]): void {
    if (!this.metered.has(pool)) {
      this.metered.add(pool);
      this.foreseeUsage(pool);
    }
    const market = dedicated ? undefined : this.fleet.openMarket(pool);
    if (market !== undefined) this.later(market.stay(), { kind: "market", pool, market });
    const granted = Math.max(0, Math.min(nodeIds.length, this.fleet.room(pool, dedicated)));
    for (let i = 0; i < granted; i++) {
      const machine = new Machine(pool, nodeIds[i], dedicated);
      this.fleet.add(machine);
      this.foresee(this.drawAllocation(), machine, "allocated");
    }
    if (granted < nodeIds.length) this.later(this.drawAllocation(), { kind: "refused", pool, nodeIds: nodeIds.slice(granted) });
  }

  /** Requests that are not answered yet are given up; one that was answered by now comes nevertheless. */
  private cancel(pool: Pool, nodeIds: readonly string[]): void {
    const given: string[] = [];
    for (const nodeId of nodeIds) {
      const machine = this.fleet.find(pool, nodeId);
      if (machine === undefined || machine.node !== undefined) continue;
      this.fleet.forget(machine);
      given.push(nodeId);
    }
    if (given.length > 0) this.later(0, { kind: "refused", pool, nodeIds: given });
  }

  private replace(pool: Pool, nodeId: string): void {
    const machine = this.fleet.find(pool, nodeId);
    if (machine === undefined || machine.present) return;
    if (this.fleet.room(pool, false) < 1) {
      this.later(this.drawAllocation(), { kind: "refused", pool, nodeIds: [nodeId] });
      return;
    }
    this.fleet.hold(machine);
    this.foresee(this.drawAllocation(), machine, "allocated");
  }

  private release(pool: Pool, nodeId: string): void {
    const machine = this.fleet.find(pool, nodeId);
    if (machine !== undefined) {
      this.tasks.lose(machine.node);
      this.fleet.forget(machine);
    }
    this.later(0, { kind: "released", pool, nodeId });
  }

  private reboot(pool: Pool, nodeId: string): void {
    const machine = this.fleet.find(pool, nodeId);
    if (machine === undefined || !machine.present) return;
    this.tasks.lose(machine.node);
    this.fleet.silent.delete(machine);
    this.bootUp(machine);
  }

  private bootUp(machine: Machine): void {
    machine.boot++;
    const bootMs = this.drawBoot();
    this.foresee(AGENT_SHARE * bootMs, machine, "started");
    this.foresee(bootMs, machine, "ready");
  }

  /** The next instant of the pool's grid, so that a sample taken then has news. */
  private foreseeUsage(pool: Pool): void {
    const every = this.usageEveryMs;
    if (every === undefined || pool.gone) return;
    const next = pool.creationAt + (Math.floor((this.now - pool.creationAt) / every) + 1) * every;
    this.agenda.add(next, { kind: "usage", pool });
  }

  /** Machines fail once they are up. */
  private foreseeFailure(machine: Machine): void {
    const rate = this.failuresPerNodeHour;
    if (rate > 0) this.foresee(exponential(HOUR_MS / rate, this.failures), machine, "failed");
  }

  private occur(occurrence: Occurrence): Report | undefined {
    switch (occurrence.kind) {
      case "machine": {
        const { machine, what, life, boot } = occurrence;
        return machine.life === life ? this.happen(machine, what, machine.boot === boot) : undefined;
      }
      case "refused": {
        const message = "there is no capacity for more nodes";
        return {
          kind: "AllocationFailed",
          poolId: occurrence.pool.id,
          nodeIds: occurrence.nodeIds,
          code: "AllocationFailed",
          message,
        };
      }
      case "released":
        return { kind: "NodeReleased", poolId: occurrence.pool.id, nodeId: occurrence.nodeId };
      case "killed":
        return { kind: "TaskEnded", attempt: occurrence.attempt.id, cause: "killed", exitCode: undefined, failure: undefined };
      case "special": {
        const { run } = occurrence;
        const kind = run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
        return { kind, jobId: run.job.id, run: run.id, exitCode: 0, failure: undefined };
      }
      case "usage":
        this.foreseeUsage(occurrence.pool);
        return usageReport(occurrence.pool);
      case "market":
        return this.turnMarket(occurrence.pool, occurrence.market);
      default:
        return unreachable(occurrence);
    }
  }

  private happen(machine: Machine, what: MachineHappening, sameBoot: boolean): Report | undefined {
    const at = { poolId: machine.pool.id, nodeId: machine.nodeId };
    if (what === "allocated") {
      this.bootUp(machine);
      if (!machine.isDedicated && this.evictionsPerNodeHour > 0)
        this.foresee(exponential(HOUR_MS / this.evictionsPerNodeHour, this.evictions), machine, "preempted");
      return { kind: "NodeAllocated", ...at };
    }
    if (what === "preempted") {
      this.tasks.lose(machine.node);
      this.fleet.letGo(machine);
      return { kind: "NodePreempted", ...at };
    }
    if (!sameBoot) return undefined;
    switch (what) {
      case "started":
        return { kind: "NodeStarted", ...at };
      case "ready":
        this.foreseeFailure(machine);
        return { kind: "NodeReady", ...at };
      case "startTaskEnded": {
        const until = this.fleet.silent.get(machine);
        if (until !== undefined) {
          this.foresee(until - this.now, machine, what);
          return undefined;
        }
        const failed = this.startTaskFailures() < this.startTaskFailureRatio;
        return { kind: "StartTaskEnded", ...at, exitCode: failed ? 1 : 0, failure: undefined };
      }
      case "failed":
        return this.fail(machine);
      case "recovered":
        this.fleet.silent.delete(machine);
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
      this.fleet.silent.set(machine, this.now + silenceMs);
    } else {
      this.tasks.lose(machine.node);
      // Nothing that was foreseen of this boot happens any more.
      machine.boot++;
    }
    return { kind: "NodeLost", poolId: machine.pool.id, nodeId: machine.nodeId };
  }

  /** Shortage comes or goes. Whom it takes is drawn among the pool's machines; each is reported in its turn. */
  private turnMarket(pool: Pool, market: SpotMarket): undefined {
    const present = this.fleet.takeable(pool);
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
