/**
 * A world with a provider that does what it is asked, one report at a time, and checks every invariant after every step. Tests steer it by
 * answering effects themselves or by letting `serve` answer them all.
 */
import { expect } from "vitest";
import { brokenCheaply, brokenInvariants } from "../../runtime/core/invariants.ts";
import type { ComputeNode } from "../../runtime/core/node.ts";
import type { AddPoolSpec, Pool } from "../../runtime/core/pool.ts";
import type { Effect, Event, Input, Report } from "../../runtime/core/protocol.ts";
import { nextDueAt, step, type StepResult } from "../../runtime/core/step.ts";
import { World, type WorldOptions } from "../../runtime/core/world.ts";

export const START = 1_767_225_600_000; // 2026-01-01T00:00:00Z
export const MINUTE = 60_000;

export class Cluster {
  readonly world: World;
  now = START;
  /** Effects nobody has answered, oldest first. */
  pending: Effect[] = [];
  /** All events so far. */
  readonly events: Event[] = [];

  constructor(options: WorldOptions = {}) {
    this.world = new World({
      quotas: { dedicatedCores: 1000, lowPriorityCores: 1000, activeJobsAndSchedules: 1000, pools: 100 },
      ...options,
    });
  }

  /** One step, checked. */
  do(input: Input): StepResult {
    const result = step(this.world, input, this.now);
    this.pending.push(...result.effects);
    this.events.push(...result.events);
    expect([...brokenInvariants(this.world), ...brokenCheaply(this.world)], `after ${input.kind}`).toEqual([]);
    return result;
  }

  /** A command that must be accepted. */
  ok(input: Input): StepResult {
    const result = this.do(input);
    expect(result.refusal, input.kind).toBeUndefined();
    return result;
  }

  /** The code a command is refused with; a refused command has no events and no effects. */
  refused(input: Input): string | undefined {
    const result = this.do(input);
    if (result.refusal !== undefined) expect([...result.events, ...result.effects]).toEqual([]);
    return result.refusal?.code;
  }

  pool(id = "p"): Pool {
    const pool = this.world.pool(id);
    if (pool === undefined) throw new Error(`no pool ${id}`);
    return pool;
  }

  node(nodeId: string, poolId = "p"): ComputeNode {
    const node = this.pool(poolId).nodes.get(nodeId);
    if (node === undefined) throw new Error(`no node ${nodeId}`);
    return node;
  }

  addPool(spec: Partial<AddPoolSpec> = {}): Pool {
    const targets = spec.enableAutoScale === true ? {} : { targetDedicatedNodes: 0 };
    this.ok({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 1, ...targets, ...spec } });
    return this.pool(spec.id ?? "p");
  }

  /** A pool whose nodes are all idle. */
  readyPool(spec: Partial<AddPoolSpec> = {}): Pool {
    const pool = this.addPool(spec);
    this.serve();
    return pool;
  }

  /** Takes pending effects of one kind. */
  take<Kind extends Effect["kind"]>(kind: Kind): Extract<Effect, { kind: Kind }>[] {
    const taken = this.pending.filter((effect) => effect.kind === kind);
    this.pending = this.pending.filter((effect) => effect.kind !== kind);
    return taken as Extract<Effect, { kind: Kind }>[];
  }

  /** Answers effects in order until none is left, or `only` those kinds. Tasks keep running unless killed. */
  serve(only?: readonly Effect["kind"][]): void {
    for (let guard = 0; guard < 100_000; guard++) {
      const at = this.pending.findIndex((effect) =>
        only === undefined ? effect.kind !== "RunTask" : only.includes(effect.kind),
      );
      if (at < 0) return;
      const [effect] = this.pending.splice(at, 1);
      for (const report of answers(effect)) this.do(report);
    }
    throw new Error("effects without end");
  }

  /** Lets time pass, firing what is due on the way. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let due = nextDueAt(this.world); due <= until; due = nextDueAt(this.world)) {
      this.now = Math.max(this.now, due);
      this.do({ kind: "TimePassed" });
    }
    this.now = until;
  }

  /** Ends a running task. */
  endTask(jobId: string, taskId: string, exitCode = 0): StepResult {
    const attempt = this.world.job(jobId)?.tasks.get(taskId)?.attempt;
    if (attempt === undefined) throw new Error(`task ${taskId} does not run`);
    this.pending = this.pending.filter((effect) => effect.kind !== "RunTask" || effect.attempt !== attempt);
    return this.do({ kind: "TaskEnded", attempt: attempt.id, cause: "exit", exitCode, failure: undefined });
  }

  kinds(): string[] {
    return this.events.map((event) => event.kind);
  }
}

/** What an obliging provider reports. */
export function answers(effect: Effect): Report[] {
  switch (effect.kind) {
    case "AllocateNodes":
      return effect.nodeIds.flatMap((nodeId) => booted(effect.pool.id, nodeId, true));
    case "CancelAllocation":
      return [
        {
          kind: "AllocationFailed",
          poolId: effect.pool.id,
          nodeIds: effect.nodeIds,
          code: "AllocationFailed",
          message: "cancelled",
        },
      ];
    case "ReplaceNode":
      return booted(effect.node.pool.id, effect.node.id, true);
    case "ReleaseNode":
      return [{ kind: "NodeReleased", poolId: effect.pool.id, nodeId: effect.nodeId }];
    case "RebootNode":
    case "ReimageNode":
      return booted(effect.node.pool.id, effect.node.id, false);
    case "RunStartTask":
      return [{ kind: "StartTaskEnded", poolId: effect.node.pool.id, nodeId: effect.node.id, exitCode: 0, failure: undefined }];
    case "RunTask":
      return [{ kind: "TaskEnded", attempt: effect.attempt.id, cause: "exit", exitCode: 0, failure: undefined }];
    case "KillTask":
      return [{ kind: "TaskEnded", attempt: effect.attempt.id, cause: "killed", exitCode: -9, failure: undefined }];
    case "RunPreparation":
      return [{ kind: "PreparationEnded", jobId: effect.run.job.id, run: effect.run.id, exitCode: 0, failure: undefined }];
    case "RunRelease":
      return [{ kind: "ReleaseEnded", jobId: effect.run.job.id, run: effect.run.id, exitCode: 0, failure: undefined }];
    case "KillSpecial": {
      const kind = effect.run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
      return [{ kind, jobId: effect.run.job.id, run: effect.run.id, exitCode: -9, failure: undefined }];
    }
    case "ConstrainTask":
    case "RetainPreparationFiles":
    case "RemoveTaskFiles":
    case "RemoveJobFiles":
      return [];
  }
}

function booted(poolId: string, nodeId: string, allocated: boolean): Report[] {
  const boot: Report[] = [
    { kind: "NodeStarted", poolId, nodeId },
    { kind: "NodeReady", poolId, nodeId },
  ];
  return allocated ? [{ kind: "NodeAllocated", poolId, nodeId }, ...boot] : boot;
}
