/**
 * As many launchers as there are processors, up to four: one program forks on one processor only. A launch goes to the one with the fewest; one that has
 * gone is replaced, and where perl does not work at all Node starts the processes itself.
 */
import { availableParallelism } from "node:os";
import type { Launch, Launcher, LaunchListener } from "./launcher.ts";
import { NodeLauncher } from "./nodeLauncher.ts";
import { findPerl, PerlLauncher } from "./perlLauncher.ts";

/** More launchers than this do not start more: the kernel's own locks are the limit then (assumed; two are enough for two processors, measured). */
const LAUNCHERS_MAX = 4;

export interface LaunchersOptions {
  /** Default: perl when it is found. */
  readonly kind?: "perl" | "node";
  /** How many. Default: one a processor, at most four. */
  readonly count?: number;
  /** Where perl is looked for. Default: the agent's own PATH. */
  readonly path?: string;
  readonly log?: (event: string, fields: object) => void;
}

export class Launchers implements Launcher {
  private readonly perl: string | undefined;
  private readonly log: (event: string, fields: object) => void;
  private members: Launcher[];
  private closing = false;
  kind: "perl" | "node";

  constructor(options: LaunchersOptions = {}) {
    this.log = options.log ?? (() => {});
    this.perl = options.kind === "node" ? undefined : findPerl(options.path ?? process.env.PATH ?? "/usr/bin:/bin");
    this.kind = this.perl === undefined ? "node" : "perl";
    const count = this.kind === "node" ? 1 : (options.count ?? Math.min(LAUNCHERS_MAX, availableParallelism()));
    this.members = Array.from({ length: count }, (_, place) => this.make(place));
  }

  get pending(): number {
    return this.members.reduce((sum, { pending }) => sum + pending, 0);
  }

  /** Processes that start other processes; empty when Node does it. */
  get pids(): number[] {
    return this.members.flatMap((member) => (member instanceof PerlLauncher && member.pid !== undefined ? [member.pid] : []));
  }

  launch(launch: Launch, listener: LaunchListener): void {
    let least = this.members[0];
    for (const member of this.members) if (member.pending < least.pending) least = member;
    least.launch(launch, listener);
  }

  flush(): void {
    for (const member of this.members) member.flush();
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.members.map((member) => member.close()));
  }

  private make(place: number): Launcher {
    if (this.perl === undefined || this.kind === "node") return new NodeLauncher();
    return new PerlLauncher(this.perl, (served) => {
      if (this.closing) return;
      // One that never said a word will not the next time either.
      if (!served) this.kind = "node";
      this.log("launcherGone", { served, next: this.kind });
      this.members[place] = this.make(place);
    });
  }
}
