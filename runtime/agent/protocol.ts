/**
 * What the server and a node agent say to each other: one JSON document a line, over a Unix socket (or, on other machines, TLS). The agent hosts
 * many nodes and outlives the server: it keeps what it has not been thanked for, and tells it again to whoever connects next.
 *
 *     server ── Hello ──→ agent                       server ←── Hello: nodes, running runs, endings not yet acknowledged ── agent
 *     server ── CreateNode, RebootNode, RemoveNode ──→ NodeUp, NodeGone
 *     server ── Run, Kill ──→ Started, Ended ── Ack ──→ (forgotten)
 *
 * Instants are milliseconds since 1970 UTC of the machine's own clock; durations milliseconds of real time (the server has divided by its time scale).
 */
import type { OutputFile, ResourceFile } from "./details.ts";

export const AGENT_PROTOCOL = 1;

/** A unit of work on one node, unique for the life of the data directory: `t<attempt>` (`t<attempt>.<n>` for a group), `p<run>`, `r<run>`, `s<node key>.<boot>`. */
export type RunId = string;

/** Everything a process needs; paths are relative to the node's root. The agent adds nothing but the AZ_BATCH_* paths. */
export interface RunDescription {
  readonly run: RunId;
  readonly node: string;
  /** As the client wrote it: split without a shell (T-20). */
  readonly commandLine: string;
  /** Of the task: `workitems/<job>/job-1/<task>`; stdout.txt, stderr.txt and wd are in it. */
  readonly directory: string;
  /** Complete but for the paths, which depend on where the node's root is (section 17). Later entries win. */
  readonly environment: readonly (readonly [name: string, value: string])[];
  readonly resourceFiles: readonly ResourceFile[];
  readonly outputFiles: readonly OutputFile[];
  /** Zip files of application packages to unpack before the run, with the directory under `applications` (section 13). */
  readonly packages: readonly { readonly zip: string; readonly directory: string }[];
  readonly elevated: boolean;
  /** Infinity is left out. */
  readonly wallClockMs?: number;
  /** How long the directory is kept after the end; left out: until it is told to be removed. */
  readonly retentionMs?: number;
  /** Fetched into the directory itself, one above wd: common files of a multi-instance task (T-54). */
  readonly commonResourceFiles?: readonly ResourceFile[];
  /** Of a coordination command: what it leaves running lives on after Ended, until Kill, which is answered by another Ended (T-55). */
  readonly lingers?: true;
  /** Of a start task: what it leaves running when it has returned 0 belongs to the node, and lives until that boots again or goes (P-100). */
  readonly leaves?: true;
  /** The directory is as an earlier run left it, and stays so: nothing is wiped, stdout.txt and stderr.txt are appended to (T-54). */
  readonly continues?: true;
}

export type ToAgent =
  | { readonly kind: "Hello"; readonly protocol: number }
  /** Idempotent: a node that is there is left as it is and told again. */
  | { readonly kind: "CreateNode"; readonly node: string; readonly address: string; readonly cores: number }
  /** Ends every process of the node; `wipe` empties its directory as well (reimage). */
  | { readonly kind: "RebootNode"; readonly node: string; readonly wipe: boolean }
  | { readonly kind: "RemoveNode"; readonly node: string }
  /** Idempotent by `run`. */
  | ({ readonly kind: "Run" } & RunDescription)
  /** Ends the whole process group; Ended follows, also for a run that is over or unknown. */
  | { readonly kind: "Kill"; readonly run: RunId }
  | { readonly kind: "Ack"; readonly run: RunId }
  | { readonly kind: "RemoveFiles"; readonly node: string; readonly directory: string }
  /** How often UsageSampled is told. */
  | { readonly kind: "Usage"; readonly everyMs: number }
  /** Ends all nodes' processes and the agent. */
  | { readonly kind: "Shutdown" };

/** Why a run is over; `lost`: its end was not seen (the agent was away) and its processes have been ended. */
export type RunCause = "exit" | "preprocessing" | "upload" | "timeLimit" | "killed" | "lost";

export interface RunEnding {
  readonly run: RunId;
  readonly node: string;
  readonly cause: RunCause;
  /** What the process returned; -n when signal n ended it (T-21); left out when none ran. */
  readonly exitCode?: number;
  readonly failure?: { readonly category: "UserError" | "ServerError"; readonly code: string; readonly message: string };
  readonly startedAt?: number;
  readonly endedAt: number;
}

export interface NodeHosted {
  readonly node: string;
  readonly address: string;
  /** Counts boots from 1. */
  readonly boot: number;
}

export type FromAgent =
  | {
      readonly kind: "Hello";
      readonly protocol: number;
      readonly pid: number;
      /** Absolute path under which nodes have their directories. */
      readonly root: string;
      readonly nodes: readonly NodeHosted[];
      readonly running: readonly RunId[];
      readonly ended: readonly RunEnding[];
    }
  | ({ readonly kind: "NodeUp" } & NodeHosted)
  | { readonly kind: "NodeFailed"; readonly node: string; readonly message: string }
  | { readonly kind: "NodeGone"; readonly node: string }
  | { readonly kind: "Started"; readonly run: RunId; readonly pid: number; readonly at: number }
  | ({ readonly kind: "Ended" } & RunEnding)
  /** By metric name of formula rule 4.10, since the last sample. */
  | { readonly kind: "UsageSampled"; readonly node: string; readonly values: readonly (readonly [string, number])[] }
  | { readonly kind: "DiskFull"; readonly node: string; readonly message: string };
