/**
 * A multi-instance task on its nodes (T-50 to T-60): common files and the coordination command on every node, then, when all have returned 0, the
 * application command on the primary; whatever goes wrong anywhere ends everything. State is that of the runs alone, so that it can be found
 * again after a restart from what the agent tells of them.
 *
 *     coordinate everywhere ── all returned 0 ──→ application ──→ finish: kill what lingers ──→ TaskEnded
 *                └── one failed, killed or lost ──────────────────────↑
 */
import type { RunEnding, RunId } from "../../agent/protocol.ts";
import type { Attempt } from "../../core/attempt.ts";
import type { SubtaskEnding } from "../../core/subtasks.ts";
import { endingOf } from "./endings.ts";

/** How far one instance of a group has come. */
type InstanceState =
  | "running"
  /** Its coordination command has returned; what it left running lives on. */
  | "coordinated"
  /** Nothing of it runs any more. */
  | "gone";

/** One multi-instance task under way. It decides what is next; `groupLife.ts` does it. */
export class Group {
  readonly attempt: Attempt;
  /** By instance. */
  readonly instances: InstanceState[];
  application: "waits" | "running" | "gone" = "waits";
  /** What ended the task, once it is ending. */
  ending: RunEnding | undefined = undefined;
  /** Everything is to end by request. */
  killed = false;
  /** By instance: how its coordination command ended; nothing while it runs, or where it never ran. */
  readonly endings: (SubtaskEnding | undefined)[] = [];
  /** All runs that the report of the end tells of. */
  readonly told = new Set<RunId>();

  constructor(attempt: Attempt) {
    this.attempt = attempt;
    this.instances = Array.from({ length: attempt.group?.length ?? 1 }, () => "running" as const);
  }

  get finishing(): boolean {
    return this.ending !== undefined || this.killed;
  }

  /** All coordination commands have returned 0, and nothing has gone wrong: the application command may start. */
  get coordinated(): boolean {
    return !this.finishing && this.application === "waits" && this.instances.every((state) => state === "coordinated");
  }

  /** Nothing of it runs on any node. */
  get over(): boolean {
    return this.application !== "running" && this.instances.every((state) => state === "gone");
  }

  /** A coordination command has returned, was killed, or what it left running has ended after Kill. */
  instanceEnded(instance: number, ending: RunEnding): void {
    this.told.add(ending.run);
    // What is told of one that lingered when it was killed at last is not its coordination command's end.
    this.endings[instance] ??= endingOf(ending);
    const returned = ending.cause === "exit" && ending.exitCode === 0;
    if (returned && this.instances[instance] === "running") {
      this.instances[instance] = "coordinated";
      return;
    }
    // Killed because all is over already, or the second word on one that lingered: no news.
    const news = this.instances[instance] === "running" && !this.finishing;
    this.instances[instance] = "gone";
    if (news) this.ending = ending;
  }

  /** Of instances 1 on, for the report of the end. */
  get subtasks(): (SubtaskEnding | undefined)[] {
    return Array.from({ length: this.instances.length - 1 }, (_, i) => this.endings[i + 1]);
  }

  applicationEnded(ending: RunEnding): void {
    this.told.add(ending.run);
    this.application = "gone";
    if (!this.finishing) this.ending = ending;
  }
}
