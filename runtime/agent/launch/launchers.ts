/**
 * As many launchers as there are processors, up to four: one program starts on one processor only. A launch goes to the one with the fewest; one that has
 * gone is replaced. Which program serves is a ladder: perl at once; the compiled one as soon as there has been enough to do for a compiler's trouble, and
 * where neither works Node starts the processes itself.
 */
import { accessSync, constants } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { AgentLog } from "../log.ts";
import { compileLauncher } from "./compileLauncher.ts";
import type { Launch, Launcher, LaunchListener } from "./launcher.ts";
import { LAUNCHER_PROGRAM, launcherArguments } from "./launcherProgram.ts";
import { NodeLauncher } from "./nodeLauncher.ts";
import { NoLauncher } from "./noLauncher.ts";
import { type LauncherProgram, PipeLauncher } from "./pipeLauncher.ts";

/** More launchers than this do not start more: the kernel's own locks are the limit then (assumed; two are enough for two processors, measured). */
const LAUNCHERS_MAX = 4;
/** Launches before the compiler is called: whoever runs a few tasks does not pay for it. */
const COMPILE_AFTER = 64;
/** How often a launcher that is not used any more is asked whether its last process has ended. */
const RETIRE_MS = 200;

export interface LaunchersOptions {
  /** Default: the best that works. */
  readonly kind?: Launcher["kind"];
  /** How many. Default: one a processor, at most four. */
  readonly count?: number;
  /** Where perl is looked for. Default: the agent's own PATH. */
  readonly path?: string;
  /** Where a compiled program is kept; without it none is made. */
  readonly directory?: string;
  /** Launches before the compiler is called. Default: 64. */
  readonly compileAfter?: number;
  /** Has the program begin somewhere else, in a network of its own for instance; then Node itself is no substitute for it. */
  readonly enter?: (program: LauncherProgram) => LauncherProgram;
  /** Told the pid of each program that is started. */
  readonly onStart?: (pid: number) => void;
  readonly log?: AgentLog;
}

export class Launchers implements Omit<Launcher, "abandon" | "pending"> {
  private readonly options: LaunchersOptions;
  private readonly log: AgentLog;
  private readonly perl: LauncherProgram | undefined;
  private compiled: LauncherProgram | undefined = undefined;
  private members: Launcher[];
  private readonly retiring = new Set<Launcher>();
  private launches = 0;
  private compiling: Promise<void> | undefined = undefined;
  private readonly stopCompiling = new AbortController();
  private closing = false;
  kind: Launcher["kind"];

  constructor(options: LaunchersOptions = {}) {
    this.options = options;
    this.log = options.log ?? (() => {});
    this.perl = options.kind === "node" ? undefined : findPerl(options.path ?? process.env.PATH ?? "/usr/bin:/bin");
    this.kind = this.perl === undefined ? "node" : "perl";
    this.members = this.makeAll();
  }

  /** Processes that start other processes; empty when Node does it. */
  get pids(): number[] {
    return this.members.flatMap((member) => (member instanceof PipeLauncher && member.pid !== undefined ? [member.pid] : []));
  }

  launch(launch: Launch, listener: LaunchListener): void {
    let least = this.members[0];
    for (const member of this.members) if (member.pending < least.pending) least = member;
    least.launch(launch, listener);
    if (++this.launches >= (this.options.compileAfter ?? COMPILE_AFTER) && this.compiling === undefined) void this.compile();
  }

  flush(): void {
    for (const member of this.members) member.flush();
  }

  async close(): Promise<void> {
    this.closing = true;
    this.stopCompiling.abort();
    await this.compiling;
    await Promise.all([...this.members, ...this.retiring].map((member) => member.close()));
  }

  /** Has the program compiled, and goes over to it; what runs stays with those that started it. Resolves when that is settled. */
  compile(): Promise<void> {
    this.compiling ??= this.goOver();
    return this.compiling;
  }

  private async goOver(): Promise<void> {
    const { kind, directory } = this.options;
    if (directory === undefined || (kind !== undefined && kind !== "compiled")) return;
    const path = await compileLauncher(directory, this.stopCompiling.signal);
    if (path === undefined || this.closing) return;
    this.compiled = { kind: "compiled", path, arguments: [] };
    this.kind = "compiled";
    const before = this.members;
    for (const member of before) member.flush();
    this.members = this.makeAll();
    this.log("launcherCompiled", { path });
    for (const member of before) this.retire(member);
  }

  private retire(member: Launcher): void {
    this.retiring.add(member);
    const timer = setInterval(() => {
      if (member.pending > 0 && !this.closing) return;
      clearInterval(timer);
      this.retiring.delete(member);
      if (!this.closing) member.abandon();
    }, RETIRE_MS);
    timer.unref();
  }

  private makeAll(): Launcher[] {
    const count = this.kind === "node" ? 1 : (this.options.count ?? Math.min(LAUNCHERS_MAX, availableParallelism()));
    return Array.from({ length: count }, () => this.make());
  }

  private make(): Launcher {
    const program = this.kind === "compiled" ? this.compiled : this.kind === "perl" ? this.perl : undefined;
    const { enter } = this.options;
    if (program === undefined) return enter === undefined ? new NodeLauncher() : new NoLauncher();
    const member = new PipeLauncher(enter?.(program) ?? program, (served) => {
      const place = this.members.indexOf(member);
      if (this.closing || place < 0) return;
      // One that never said a word will not the next time either.
      if (!served && this.kind === program.kind)
        this.kind = program.kind === "compiled" && this.perl !== undefined ? "perl" : "node";
      this.log("launcherGone", { kind: program.kind, served, next: this.kind });
      this.members[place] = this.make();
    });
    if (member.pid !== undefined) this.options.onStart?.(member.pid);
    return member;
  }
}

/** Perl with the launcher's program; undefined where there is no perl along the PATH given. */
function findPerl(path: string): LauncherProgram | undefined {
  for (const directory of path.split(":")) {
    if (directory === "") continue;
    const candidate = join(directory, "perl");
    try {
      accessSync(candidate, constants.X_OK);
      return {
        kind: "perl",
        path: candidate,
        arguments: ["-e", LAUNCHER_PROGRAM, ...launcherArguments(process.platform, process.arch)],
      };
    } catch {
      // Not here.
    }
  }
  return undefined;
}
