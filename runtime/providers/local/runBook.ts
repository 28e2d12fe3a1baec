/**
 * What should be running on the hosts: every run that the core has asked for and not heard the end of. A run belongs to one host and one directory;
 * two of the same directory never run at the same time, the later one waits. What the agent does not know of after a reconnection is simply told it
 * again, so nothing depends on a message having arrived.
 */
import type { RunId } from "../../agent/protocol.ts";
import type { Attempt } from "../../core/attempt.ts";
import type { SpecialRun } from "../../core/job.ts";
import type { Group } from "./group.ts";
import type { Host } from "./hosts.ts";

/** For whose sake something runs. */
export type Subject =
  | { readonly kind: "task"; readonly attempt: Attempt }
  /** The coordination command of an instance, or the application command of a multi-instance task. */
  | { readonly kind: "instance"; readonly group: Group; readonly instance: number }
  | { readonly kind: "application"; readonly group: Group }
  | { readonly kind: "special"; readonly run: SpecialRun }
  | { readonly kind: "startTask" }
  /** Installs the pool's application packages (P-150). */
  | { readonly kind: "packages" };

/** One wish: this is to run there until its end is reported. */
export interface Run {
  readonly id: RunId;
  readonly host: Host;
  readonly subject: Subject;
  /** Relative to the node's root. */
  readonly directory: string;
  /** What no other run of the host may hold at the same time: the directory, but for an application command, which goes on in it. */
  readonly claim: string;
  /** The agent was told of it, on this connection or an earlier one. */
  given: boolean;
  /** When, by the monotonic clock; undefined when that was an earlier server. */
  givenAt: number | undefined;
  /** It is to end. */
  killed: boolean;
  /** This directory is to go when it has ended (T-14). */
  removeFiles: string | undefined;
  /** Waits for the end of this one, whose directory it wants. */
  next: Run | undefined;
}

/** All runs that are wished for, found by id, host and directory. */
export class RunBook {
  private readonly byId = new Map<RunId, Run>();
  private readonly byClaim = new Map<string, Run>();
  private readonly byHost = new Map<Host, Set<Run>>();

  get(id: RunId): Run | undefined {
    return this.byId.get(id);
  }

  get size(): number {
    return this.byId.size;
  }

  [Symbol.iterator](): IterableIterator<Run> {
    return this.byId.values();
  }

  on(host: Host): Iterable<Run> {
    return this.byHost.get(host) ?? [];
  }

  /** Whether it may start now; otherwise it is the turn of `next` of the run that has the directory. */
  add(run: Run): boolean {
    this.byId.set(run.id, run);
    let onHost = this.byHost.get(run.host);
    if (onHost === undefined) this.byHost.set(run.host, (onHost = new Set()));
    onHost.add(run);
    const at = place(run.host, run.claim);
    let before = this.byClaim.get(at);
    if (before === undefined) {
      this.byClaim.set(at, run);
      return true;
    }
    while (before.next !== undefined) before = before.next;
    before.next = run;
    return false;
  }

  /** It has ended, or is no longer cared for. Gives the run that may start now. */
  remove(run: Run): Run | undefined {
    this.byId.delete(run.id);
    const onHost = this.byHost.get(run.host);
    onHost?.delete(run);
    if (onHost?.size === 0) this.byHost.delete(run.host);
    const at = place(run.host, run.claim);
    const holder = this.byClaim.get(at);
    if (holder === run) {
      if (run.next === undefined) this.byClaim.delete(at);
      else this.byClaim.set(at, run.next);
      return run.next;
    }
    for (let before = holder; before !== undefined; before = before.next) if (before.next === run) before.next = run.next;
    return undefined;
  }

  /** Whether it has its directory, and so may be running. */
  holds(run: Run): boolean {
    return this.byClaim.get(place(run.host, run.claim)) === run;
  }
}

const place = (host: Host, claim: string) => `${host.name}/${claim}`;
