/**
 * Runs from the core's wish to the report of their end: tasks, preparation and release tasks, start tasks, packages. Multi-instance tasks are in
 * `groupLife.ts`. An end that nobody saw (`lost`) makes a task come back by the core's rules; start, preparation and release tasks, which have to
 * stand being repeated, are simply begun again.
 */
import type { RunEnding, RunId } from "../../agent/protocol.ts";
import type { Attempt } from "../../core/attempt.ts";
import type { Job, SpecialRun } from "../../core/job.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Task } from "../../core/task.ts";
import { jobDirectory, taskDirectory } from "../taskDirectories.ts";
import { describeRun, limitsOf } from "./describe.ts";
import { endingOf } from "./endings.ts";
import { GroupLife } from "./groupLife.ts";
import type { Host } from "./hosts.ts";
import type { Run, Subject } from "./runBook.ts";
import { retainPreparation } from "./retention.ts";
import type { LocalState } from "./state.ts";

/** Begins, ends and hears of runs. */
export class RunLife {
  private readonly state: LocalState;
  private readonly groups: GroupLife;
  /** Run ids of an earlier server that the agent told of, by what is before their stamp: a run asked for again takes over its id. */
  found = new Map<string, RunId>();
  /** Called when the packages of a host are there, or cannot be had. */
  onPackages: (host: Host, ending: RunEnding) => void = () => {};

  constructor(state: LocalState) {
    this.state = state;
    this.groups = new GroupLife(state, this);
  }

  /** Begins a run, or has it wait for its directory. */
  begin(host: Host, id: RunId, subject: Subject, directory: string, claim = directory): Run {
    const run: Run = {
      id,
      host,
      subject,
      directory,
      claim,
      given: false,
      givenAt: undefined,
      killed: false,
      removeFiles: undefined,
      next: undefined,
    };
    if (this.state.book.add(run)) this.give(run);
    return run;
  }

  /** Tells the agent of a run whose turn it is. */
  give(run: Run): void {
    const { state } = this;
    if (!state.synced) return;
    run.given = true;
    run.givenAt = performance.now();
    const addressOf = (name: string) => state.hosts.get(name)?.address ?? "127.0.0.1";
    state.send({ kind: "Run", ...describeRun(run, { ...state.options, root: state.root, addressOf }) });
  }

  runTask(attempt: Attempt): void {
    if (attempt.group !== undefined || attempt.task.spec.multiInstance !== undefined) {
      this.groups.begin(attempt);
      return;
    }
    const host = this.hostOf(attempt.node);
    if (host === undefined) {
      this.taskGone(attempt);
      return;
    }
    const { job, id } = attempt.task;
    this.begin(host, `t${attempt.id}`, { kind: "task", attempt }, taskDirectory(job, id));
  }

  killTask(attempt: Attempt): void {
    if (this.groups.kill(attempt)) return;
    const run = this.state.book.get(`t${attempt.id}`);
    if (run === undefined) this.taskGone(attempt);
    else this.kill(run);
  }

  /** What was told of it already has other limits from now on. */
  constrainTask(attempt: Attempt): void {
    for (const node of attempt.group ?? [attempt.node]) {
      const host = this.hostOf(node);
      for (const run of host === undefined ? [] : this.state.book.on(host))
        if (attemptOf(run.subject) === attempt) this.constrain(run);
    }
  }

  /** Tells a run that the agent knows of its task's present limits, if they are others than they were at first (T-06). */
  constrain({ id, given, subject, directory }: Run): void {
    const task = attemptOf(subject)?.task;
    if (!given || task?.spec.changeNumber === undefined) return;
    const { wallClockMs, retentionMs } = limitsOf(task, this.state.options);
    // Of the files of a multi-instance task only its primary's (T-57).
    const isOwn = directory === taskDirectory(task.job, task.id);
    this.state.tell({
      kind: "Constrain",
      run: id,
      ...(wallClockMs === undefined ? {} : { wallClockMs }),
      ...(retentionMs === undefined || !isOwn ? {} : { retentionMs }),
    });
  }

  /** Its host is gone, or it ended already: the core hears that nothing runs. */
  private taskGone(attempt: Attempt): void {
    this.state.report({ kind: "TaskEnded", attempt: attempt.id, cause: "lost", exitCode: undefined, failure: undefined });
  }

  runSpecial(special: SpecialRun): void {
    const { job, kind } = special;
    const host = this.hostOf(special.node);
    const spec = kind === "preparation" ? job.spec.preparation : job.spec.release;
    if (host === undefined || spec === undefined) return;
    this.begin(
      host,
      this.stamped(`${kind === "preparation" ? "p" : "r"}${special.id}-${special.retryCount}`),
      { kind: "special", run: special },
      taskDirectory(job, spec.id),
    );
  }

  killSpecial(special: SpecialRun): void {
    const host = this.hostOf(special.node);
    for (const run of host === undefined ? [] : this.state.book.on(host))
      if (run.subject.kind === "special" && run.subject.run === special) {
        this.kill(run);
        return;
      }
    this.specialEnded(special, undefined, []);
  }

  runStartTask(node: ComputeNode): void {
    const host = this.hostOf(node);
    const retry = node.startTaskInfo?.retryCount ?? 0;
    // One that has still to reboot is told to run it when it is up.
    if (host?.phase === "up") this.begin(host, this.stamped(`s${host.name}-${retry}`), { kind: "startTask" }, "startup");
  }

  installPackages(host: Host): void {
    this.begin(host, this.stamped(`b${host.name}`), { kind: "packages" }, "volatile/packages");
  }

  /** Directories go when nothing runs in them any more. */
  removeTaskFiles(task: Task, node: ComputeNode): void {
    this.removeFiles(node, taskDirectory(task.job, task.id));
  }

  removeJobFiles(job: Job, node: ComputeNode): void {
    this.removeFiles(node, job.schedule === undefined ? `workitems/${job.id}` : jobDirectory(job));
  }

  retainPreparation({ job, node }: SpecialRun): void {
    const host = this.hostOf(node);
    if (host !== undefined) retainPreparation(host, job, this.state);
  }

  private removeFiles(node: ComputeNode, directory: string): void {
    const host = this.hostOf(node);
    if (host === undefined) return;
    let held = false;
    for (const run of this.state.book.on(host)) {
      if (run.directory !== directory && !run.directory.startsWith(`${directory}/`)) continue;
      run.removeFiles = directory;
      held = true;
    }
    if (held) return;
    if (this.state.synced) this.state.send({ kind: "RemoveFiles", node: host.name, directory });
    else host.unwanted.add(directory);
  }

  /** Ends a run; its end is reported when the agent tells it. One that was never given out has ended. */
  kill(run: Run): void {
    run.killed = true;
    const { state } = this;
    if (!state.book.holds(run) || (state.synced && !run.given)) this.ended(run, gone(run, "killed"), []);
    else state.tell({ kind: "Kill", run: run.id });
  }

  /** Everything on a host has ended, or will, without anyone waiting to hear of it. */
  drop(host: Host): void {
    for (const run of [...this.state.book.on(host)]) {
      this.state.book.remove(run);
      const { subject } = run;
      if (subject.kind === "instance" || subject.kind === "application") this.groups.dropped(subject);
    }
  }

  /** The agent, or nobody any more, says that it is over. `told`: run ids of the agent that are to be acknowledged. */
  ended(run: Run, ending: RunEnding, told: readonly RunId[] = [run.id]): void {
    const { state } = this;
    const { subject, host } = run;
    if (subject.kind === "instance" || subject.kind === "application") {
      this.groups.ended(run, subject, ending, told);
      return;
    }
    this.release(run);
    // Nobody has asked for it: a machine taken away, or a restart of the node whose report was not heard any more.
    const cause = ending.cause === "killed" && !run.killed ? "lost" : ending.cause;
    const again = cause === "lost" && !run.killed;
    switch (subject.kind) {
      case "task": {
        const { exitCode, failure } = ending;
        state.report({ kind: "TaskEnded", attempt: subject.attempt.id, cause, exitCode, failure }, told);
        return;
      }
      case "special":
        if (!again) this.specialEnded(subject.run, ending, told);
        else this.repeat(told, () => this.runSpecial(subject.run));
        return;
      case "startTask": {
        const { node } = host;
        if (node !== undefined && again) this.repeat(told, () => this.runStartTask(node));
        else this.startTaskEnded(host, ending, told);
        return;
      }
      case "packages":
        if (again) this.repeat(told, () => this.installPackages(host));
        else {
          this.acknowledge(told);
          this.onPackages(host, ending);
        }
    }
  }

  /** It leaves the book: its files go if they are to, and the run that waits for its directory begins. */
  release(run: Run): void {
    const next = this.state.book.remove(run);
    if (run.removeFiles !== undefined)
      this.state.tell({ kind: "RemoveFiles", node: run.host.name, directory: run.removeFiles });
    if (next !== undefined) this.give(next);
  }

  acknowledge(runs: readonly RunId[]): void {
    for (const run of runs) this.state.send({ kind: "Ack", run });
  }

  private repeat(told: readonly RunId[], begin: () => void): void {
    this.found.clear();
    begin();
    this.acknowledge(told);
  }

  private specialEnded(special: SpecialRun, ending: RunEnding | undefined, told: readonly RunId[]): void {
    const kind = special.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
    const { exitCode, failure } = endingOf(ending);
    this.state.report({ kind, jobId: special.job.id, run: special.id, exitCode, failure }, told);
  }

  private startTaskEnded(host: Host, ending: RunEnding, told: readonly RunId[]): void {
    const { exitCode, failure } = endingOf(ending);
    this.state.report({ kind: "StartTaskEnded", poolId: host.pool.id, nodeId: host.nodeId, exitCode, failure }, told);
  }

  private hostOf(node: ComputeNode): Host | undefined {
    const host = this.state.hosts.of(node.pool, node.id);
    return host?.phase === "leaving" ? undefined : host;
  }

  private stamped(prefix: string): RunId {
    const found = this.found.get(prefix);
    this.found.delete(prefix);
    return found ?? `${prefix}.${this.state.stamp()}`;
  }
}

/** An ending that nobody tells. */
export function gone(run: Run, cause: "killed" | "lost"): RunEnding {
  return { run: run.id, node: run.host.name, cause, endedAt: Date.now() };
}

function attemptOf(subject: Subject): Attempt | undefined {
  if (subject.kind === "task") return subject.attempt;
  return subject.kind === "instance" || subject.kind === "application" ? subject.group.attempt : undefined;
}
