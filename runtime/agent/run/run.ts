/**
 * One run from the order to its end. Whatever happens on the way, exactly one ending comes out, after the last process of its group has gone.
 *
 *     preparing ── files, packages ──→ launching ──→ running ──→ emptying ──→ uploading ──→ over
 *         │ failed                        │ failed       │ wall clock, Kill: the group is ended
 *         └───────────────────────────────┴──────────────┴─────────────────────────────────────→ over
 *
 * A run that lingers tells its end when its command has returned and stays until it is killed (T-55); that is its second ending. One that leaves
 * something behind is over when it has returned 0, and its processes are the node's from then on.
 */
import type { Apart, Exit, Launch, LaunchFailure, LaunchListener } from "../launch/launcher.ts";
import { endGroup } from "../leftovers/processes.ts";
import type { RunCause, RunDescription, RunEnding } from "../protocol.ts";
import type { Command } from "./command.ts";
import { type Failure, failureOfError, launchFailure, launchProblem } from "./failures.ts";

/** What a run needs of the agent around it. */
export interface RunHost {
  launch(launch: Launch, run: Run): void;
  /** Fetches files, unpacks packages; the directory is made, and what was in it is gone unless the run continues. Rejects with what went wrong. */
  prepare(run: Run, signal: AbortSignal): Promise<void>;
  /** Uploads output files; a failure, or nothing. */
  upload(run: Run, succeeded: boolean, signal: AbortSignal): Promise<Failure | undefined>;
  /** Takes the directory's old content away. Throws what the file system says. */
  discard(directory: string): void;
  started(run: Run): void;
  /** Calls `then` when nothing of it is left: of its group, of its session, or of what carries its mark (strays.ts). */
  emptied(run: Run, what: "group" | "session" | "marked", then: () => void): void;
  /** Told once, or a second time for a run that lingered. */
  ended(run: Run, ending: RunEnding): void;
  now(): number;
}

type Phase = "preparing" | "launching" | "running" | "emptying" | "uploading" | "lingering" | "over";

/** How often a directory that is there already is taken away and made again. */
const OCCUPIED_MAX = 3;
/** Ended by SIGKILL. */
const KILLED_CODE = -9;
/** The longest time a timer of Node can wait; longer ones wait in turns. */
const TIMER_MS_MAX = 2_147_483_647;

export class Run implements LaunchListener {
  readonly description: RunDescription;
  /** As described, until others are told. */
  limits: Pick<RunDescription, "wallClockMs" | "retentionMs">;
  /** Absolute. */
  readonly directory: string;
  private readonly host: RunHost;
  private readonly command: Command;
  /** Made when there is something to abort: most runs have nothing. */
  private cancel: AbortController | undefined = undefined;
  private timer: NodeJS.Timeout | undefined = undefined;
  private occupations = 0;
  private exit: Exit | undefined = undefined;
  /** Why it is being ended by force. */
  private forced: "killed" | "timeLimit" | undefined = undefined;
  phase: Phase = "preparing";
  pid: number | undefined = undefined;
  startTicks = 0;
  startedAt: number | undefined = undefined;
  /** The same by the monotonic clock, which nobody can set. */
  private startedMs = 0;
  /** Clock ticks of its processor time that usage samples have counted already. */
  countedTicks = 0;
  /** The same of all it has used, once its process has ended. */
  usedTicks = 0;

  constructor(description: RunDescription, directory: string, command: Command, host: RunHost) {
    this.description = description;
    this.limits = description;
    this.directory = directory;
    this.command = command;
    this.host = host;
  }

  get id(): string {
    return this.description.run;
  }

  /** As whom it is started; undefined: as the agent. */
  get user(): Apart["user"] {
    return "problem" in this.command ? undefined : this.command.user;
  }

  begin(): void {
    if (this.forced !== undefined) {
      this.end(this.forced);
      return;
    }
    if ("problem" in this.command) {
      this.end("preprocessing", launchProblem(this.command.problem));
      return;
    }
    if (isPlain(this.description)) {
      this.launch("fresh");
      return;
    }
    this.cancel = new AbortController();
    this.host.prepare(this, this.cancel.signal).then(
      () => {
        if (this.forced !== undefined) this.end("killed");
        else this.launch(this.description.continues === true ? "continues" : "there");
      },
      (error) => this.end(this.forced ?? "preprocessing", this.forced === undefined ? failureOfError(error) : undefined),
    );
  }

  /** It has not begun, and where it was to run is no more. */
  giveUp(): void {
    this.end(this.forced ?? "lost");
  }

  /** Ends it: its ending follows, unless it is over already. */
  kill(): void {
    this.force("killed");
  }

  started(pid: number, startTicks: number): void {
    this.pid = pid;
    this.startTicks = startTicks;
    this.startedAt = this.host.now();
    this.startedMs = performance.now();
    this.phase = "running";
    this.host.started(this);
    if (this.forced !== undefined) endGroup(pid);
    else this.watch();
  }

  /** It has another time limit from now on, or none, counted from its start, and another retention if one is given. */
  constrain({ wallClockMs, retentionMs = this.limits.retentionMs }: Run["limits"]): void {
    this.limits = {
      ...(wallClockMs === undefined ? {} : { wallClockMs }),
      ...(retentionMs === undefined ? {} : { retentionMs }),
    };
    if (this.phase !== "running" || this.forced !== undefined) return;
    clearTimeout(this.timer);
    this.watch();
  }

  exited(exit: Exit): void {
    clearTimeout(this.timer);
    this.exit = exit;
    this.usedTicks = exit.cpuTicks;
    // It returned by itself in the moment in which its time was up.
    if (this.forced === "timeLimit" && exit.code !== KILLED_CODE) this.forced = undefined;
    if (this.description.lingers === true && this.forced === undefined) {
      this.tell("exit");
      this.phase = "lingering";
      return;
    }
    const leaves = this.description.leaves === true && this.forced === undefined;
    if (leaves ? exit.code === 0 : !exit.leftovers && this.forced === undefined) {
      this.finish();
      return;
    }
    this.phase = "emptying";
    // What a failed one leaves would be in the way of its retry, and the launcher has not touched it.
    const what = leaves ? "marked" : this.forced === undefined ? "group" : "session";
    this.host.emptied(this, what, () => this.finish());
  }

  occupied(): void {
    if (++this.occupations > OCCUPIED_MAX) {
      this.failed({ stage: "directory", code: "EEXIST" });
      return;
    }
    try {
      this.host.discard(this.directory);
    } catch (error) {
      this.end("preprocessing", failureOfError(error));
      return;
    }
    if (this.forced !== undefined) this.end(this.forced);
    else this.launch("fresh");
  }

  failed(failure: LaunchFailure): void {
    clearTimeout(this.timer);
    // A process that could not become its program has been there for a moment, but nothing of the user's has run.
    this.pid = undefined;
    this.startedAt = undefined;
    const program = "arguments" in this.command ? this.command.arguments[0] : "";
    if (this.forced === undefined) this.end("preprocessing", launchFailure(failure, program));
    else this.end(this.forced);
  }

  lost(): void {
    clearTimeout(this.timer);
    this.phase = "emptying";
    if (this.pid !== undefined) endGroup(this.pid);
    this.host.emptied(this, "marked", () => this.end("lost"));
  }

  private launch(mode: Launch["mode"]): void {
    if ("problem" in this.command) return;
    this.phase = "launching";
    const { directory, description } = this;
    const lingers = description.lingers === true || description.leaves === true;
    this.host.launch(
      { directory, mode, lingers, arguments: this.command.arguments, environment: this.command.environment },
      this,
    );
  }

  private watch(): void {
    const { wallClockMs } = this.limits;
    if (wallClockMs !== undefined) this.limit(this.startedMs + wallClockMs);
  }

  private limit(dueAt: number): void {
    const leftMs = dueAt - performance.now();
    if (leftMs <= 0) this.force("timeLimit");
    else this.timer = setTimeout(() => this.limit(dueAt), Math.min(Math.ceil(leftMs), TIMER_MS_MAX));
  }

  private force(cause: "killed" | "timeLimit"): void {
    if (this.phase === "over") return;
    // Who asked first is the cause; a process that has returned by itself has returned, but for its uploads.
    this.forced ??= cause;
    clearTimeout(this.timer);
    switch (this.phase) {
      case "preparing":
      case "uploading":
        this.cancel?.abort();
        return;
      case "running":
        endGroup(this.pid!);
        return;
      case "lingering":
        this.phase = "emptying";
        this.host.emptied(this, "marked", () => this.end("killed"));
        return;
      case "launching":
      case "emptying":
        return;
    }
  }

  private finish(): void {
    const succeeded = this.forced === undefined && this.exit!.code === 0;
    // A task that was terminated is not waited for; one that ran into its limit has failed and may have files to show.
    if (this.description.outputFiles.length === 0 || this.forced === "killed") {
      this.end(this.forced ?? "exit");
      return;
    }
    this.phase = "uploading";
    this.cancel = new AbortController();
    this.host.upload(this, succeeded, this.cancel.signal).then(
      (failure) => this.uploaded(failure),
      (error) => this.uploaded(failureOfError(error)),
    );
  }

  private uploaded(failure: Failure | undefined): void {
    if (this.forced !== undefined || failure === undefined) this.end(this.forced ?? "exit");
    else this.end("upload", failure);
  }

  private end(cause: RunCause, failure?: Failure): void {
    if (this.phase === "over") return;
    clearTimeout(this.timer);
    this.phase = "over";
    this.tell(cause, failure);
  }

  private tell(cause: RunCause, failure?: Failure): void {
    const { run, node } = this.description;
    const exitCode = this.exit === undefined || cause === "lost" ? {} : { exitCode: this.exit.code };
    this.host.ended(this, {
      run,
      node,
      cause,
      ...exitCode,
      ...(failure === undefined ? {} : { failure }),
      ...(this.startedAt === undefined ? {} : { startedAt: this.startedAt }),
      endedAt: this.host.now(),
    });
  }
}

/** Needs nothing but its own new directory: the launcher makes it on its way. */
function isPlain(description: RunDescription): boolean {
  return (
    description.continues !== true &&
    description.directory.startsWith("workitems/") &&
    description.resourceFiles.length === 0 &&
    description.packages.length === 0 &&
    description.certificates === undefined &&
    description.commonDirectory === undefined &&
    (description.commonResourceFiles?.length ?? 0) === 0
  );
}
