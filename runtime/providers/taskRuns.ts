/**
 * Tasks on simulated machines: when a run ends, how, and what becomes of runs that are killed or whose machine dies. A run that ends by force stays
 * on the agenda and is dropped when its time comes; without faults nothing is looked up at all.
 */
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import type { Attempt } from "../core/attempt.ts";
import type { ComputeNode } from "../core/node.ts";
import type { Report } from "../core/protocol.ts";
import type { Task } from "../core/task.ts";
import { TIME_LIMIT_EXIT_CODE } from "../core/taskOutcome.ts";
import type { Agenda } from "./agenda.ts";
import type { Fleet } from "./fleet.ts";

/** How long tasks run, and how many fail. */
export interface TaskRunOptions {
  readonly seed: number;
  /** How long a task runs on a node, milliseconds; the same for every attempt. */
  readonly durationMs: (task: Task) => number;
  /** Share of task attempts that end with exit code 1, 0 to 1. Default 0. */
  readonly taskFailureRatio?: number;
}

/** Every run that is under way on a simulated machine. */
export class TaskRuns {
  private readonly durationMs: (task: Task) => number;
  private readonly failureRatio: number;
  private readonly failures: RandomStream;
  private readonly agenda: Agenda;
  private readonly fleet: Fleet;
  /** The report of a process that exited, which is used again: a report holds for one step. */
  private readonly exit = {
    kind: "TaskEnded" as const,
    attempt: 0,
    cause: "exit" as const,
    exitCode: 0,
    failure: undefined,
  };
  /** Attempts whose foreseen end will not happen. */
  private readonly voided = new Set<number>();

  constructor(options: TaskRunOptions, agenda: Agenda, fleet: Fleet) {
    this.durationMs = options.durationMs;
    this.failureRatio = options.taskFailureRatio ?? 0;
    this.failures = randomStream(options.seed, "task failure");
    this.agenda = agenda;
    this.fleet = fleet;
  }

  start(attempt: Attempt, now: number): void {
    const durationMs = this.durationMs(attempt.task);
    const limitMs = attempt.task.spec.maxWallClockMs;
    this.agenda.addEnd(now + (limitMs !== undefined && limitMs < durationMs ? limitMs : durationMs), attempt);
  }

  /** The foreseen end has come: what is told of it; undefined when nothing is, now or ever. */
  end(attempt: Attempt): Report | undefined {
    if (this.fleet.silent.size > 0 && !this.voided.has(attempt.id)) {
      const until = this.silentUntil(attempt);
      if (until !== undefined) {
        this.agenda.addEnd(until, attempt);
        return undefined;
      }
    }
    if (this.voided.size > 0 && this.voided.delete(attempt.id)) return undefined;
    const limitMs = attempt.task.spec.maxWallClockMs;
    if (limitMs !== undefined && limitMs < this.durationMs(attempt.task)) {
      return {
        kind: "TaskEnded",
        attempt: attempt.id,
        cause: "timeLimit",
        exitCode: TIME_LIMIT_EXIT_CODE,
        // The core knows which failure that is (T-30).
        failure: undefined,
      };
    }
    this.exit.attempt = attempt.id;
    this.exit.exitCode = this.failureRatio > 0 && this.failures() < this.failureRatio ? 1 : 0;
    return this.exit;
  }

  /**
   * Told at once, or when the machine is heard again. A dead machine answers no kill: the core learns otherwise what became of it. Of a group that
   * lost a machine the others answer.
   */
  kill(attempt: Attempt, now: number): void {
    if (this.voided.has(attempt.id) && attempt.group === undefined) return;
    this.voided.add(attempt.id);
    this.agenda.add(this.silentUntil(attempt) ?? now, { kind: "killed", attempt });
  }

  /** Whatever runs on the node ends without a word. */
  lose(node: ComputeNode | undefined): void {
    for (const attempt of node?.attempts ?? []) this.voided.add(attempt.id);
  }

  /** When the attempt's machine is heard again; undefined while it can be heard. */
  private silentUntil({ node }: Attempt): number | undefined {
    const machine = this.fleet.find(node.pool, node.id);
    return machine === undefined ? undefined : this.fleet.silent.get(machine);
  }
}
