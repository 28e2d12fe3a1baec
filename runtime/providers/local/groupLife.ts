/** Multi-instance tasks: begins, ends and kills the runs of a group as `group.ts` decides. */
import type { RunEnding, RunId } from "../../agent/protocol.ts";
import type { Attempt } from "../../core/attempt.ts";
import { taskDirectory } from "../taskDirectories.ts";
import { Group } from "./group.ts";
import type { Run, Subject } from "./runBook.ts";
import type { RunLife } from "./runLife.ts";
import type { LocalState } from "./state.ts";

type GroupSubject = Extract<Subject, { kind: "instance" | "application" }>;

/** All groups under way, by attempt. */
export class GroupLife {
  private readonly state: LocalState;
  private readonly runs: RunLife;
  private readonly groups = new Map<Attempt, Group>();

  constructor(state: LocalState, runs: RunLife) {
    this.state = state;
    this.runs = runs;
  }

  begin(attempt: Attempt): void {
    const group = new Group(attempt);
    this.groups.set(attempt, group);
    const directory = taskDirectory(attempt.task.job, attempt.task.id);
    for (const [instance, node] of (attempt.group ?? [attempt.node]).entries()) {
      const host = this.state.hosts.of(node.pool, node.id);
      if (host === undefined || host.phase === "leaving" || attempt.lostNodes?.includes(node) === true) {
        group.instances[instance] = "gone";
        group.killed = true;
        continue;
      }
      const own = instance === 0 ? directory : `${directory}/${instance}`;
      this.runs.begin(host, `t${attempt.id}.${instance}`, { kind: "instance", group, instance }, own, directory);
    }
    if (group.killed) this.finish(group);
  }

  /** Whether it is a group's attempt; ends it on all nodes. */
  kill(attempt: Attempt): boolean {
    const group = this.groups.get(attempt);
    if (group === undefined) return false;
    group.killed = true;
    this.finish(group);
    return true;
  }

  /** A host was lost with what ran of the group there; the core asks for the rest to be killed. */
  dropped(subject: GroupSubject): void {
    const { group } = subject;
    if (subject.kind === "application") group.application = "gone";
    else group.instances[subject.instance] = "gone";
    group.killed = true;
    // Lost on all its nodes: the core has ended the attempt without a report.
    if (group.over) this.groups.delete(group.attempt);
  }

  ended(run: Run, subject: GroupSubject, ending: RunEnding, told: readonly RunId[]): void {
    const { group } = subject;
    for (const id of told) group.told.add(id);
    if (subject.kind === "application") {
      this.runs.release(run);
      group.applicationEnded(ending);
    } else {
      group.instanceEnded(subject.instance, ending);
      if (group.instances[subject.instance] === "gone") this.runs.release(run);
    }
    if (group.finishing) this.finish(group);
    else if (group.coordinated) this.apply(group, run);
  }

  /** All have returned: the application command goes on in the primary's directory. */
  private apply(group: Group, { host: anyHost }: Run): void {
    const { attempt } = group;
    const { job, id } = attempt.task;
    const host = this.state.hosts.of(attempt.node.pool, attempt.node.id) ?? anyHost;
    group.application = "running";
    const directory = taskDirectory(job, id);
    this.runs.begin(host, `t${attempt.id}`, { kind: "application", group }, directory, `${directory}/application`);
  }

  /** Ends what still runs, and tells the core when nothing does. */
  private finish(group: Group): void {
    const { attempt } = group;
    if (!group.over) {
      for (let instance = 0; instance < group.instances.length; instance++) this.end(`t${attempt.id}.${instance}`);
      this.end(`t${attempt.id}`);
    }
    // Ending the last of it comes back here.
    if (!group.over || !this.groups.delete(attempt)) return;
    const { ending } = group;
    const asked = attempt.kill !== undefined;
    const cause = ending === undefined || ending.cause === "killed" ? (asked ? "killed" : "lost") : ending.cause;
    const { exitCode, failure } = ending ?? {};
    const { subtasks } = group;
    this.state.report({ kind: "TaskEnded", attempt: attempt.id, cause, exitCode, failure, subtasks }, [...group.told]);
  }

  private end(id: RunId): void {
    const run = this.state.book.get(id);
    if (run !== undefined && !run.killed) this.runs.kill(run);
  }
}
