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
import type { NodeNetworkSpec } from "./node/nodeNetworks.ts";
import type { OutputFile, ResourceFile } from "./run/details.ts";

export const AGENT_PROTOCOL = 2;

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
  /** The node is to have these certificates from now on, and no others; left out: it keeps those it has. */
  readonly certificateStore?: readonly StoredCertificate[];
  /** Names of those of the node's certificates that the run gets. */
  readonly certificates?: readonly string[];
  readonly elevated: boolean;
  /** Of a node that is a Windows machine by name: `cmd` is understood, and variables are those of Windows. */
  readonly windows?: true;
  /** As whom it runs; left out: as the agent's own user. */
  readonly user?: RunUser;
  /** Why it is not to run at all; it ends as what could not be started. */
  readonly refused?: string;
  /** Infinity is left out. */
  readonly wallClockMs?: number;
  /** How long the directory is kept after the end; left out: until it is told to be removed. */
  readonly retentionMs?: number;
  /** Fetched into the directory itself, one above wd, unless `commonDirectory` says where: common files of a multi-instance task (T-54). */
  readonly commonResourceFiles?: readonly ResourceFile[];
  /** The directory above, which common files go into and which begins empty: of a subtask, whose own directory lies in the task's (T-59). */
  readonly commonDirectory?: string;
  /** Of a coordination command: what it leaves running lives on after Ended, until Kill, which is answered by another Ended (T-55). */
  readonly lingers?: true;
  /** Of a start task: what it leaves running when it has returned 0 belongs to the node, and lives until that boots again or goes (P-100). */
  readonly leaves?: true;
  /** The directory is as an earlier run left it, and stays so: nothing is wiped, stdout.txt and stderr.txt are appended to (T-54). */
  readonly continues?: true;
}

/** A user of a node: one of all its tasks, one of a single task, or one that the pool names. Only an agent that is root can be others. */
export interface RunUser {
  readonly scope: "pool" | "task" | "named";
  /** Of a named one as the pool has it; what USER says. */
  readonly name: string;
  /** The run's directory is for this user alone. */
  readonly isPrivate: boolean;
  /** It is root, and needs no number. */
  readonly elevated: boolean;
  /** First and last number that the agent may give to users and groups; the machine knows none of them. */
  readonly numbers: readonly [first: number, last: number];
  /** A number that the pool asks for in place of one of these, and its group's. */
  readonly uid?: number;
  readonly gid?: number;
}

/** What a node's size promises, and to what of it the node is held. */
export interface NodeSize {
  readonly vmSize: string;
  readonly cores: number;
  /** Left out: the size says nothing known. */
  readonly memoryMb?: number;
  readonly diskMb?: number;
  /** Family of its guest operating system and the versions of .NET that come with it; of cloud services nodes only. */
  readonly osFamily?: string;
  readonly dotNetVersions?: readonly string[];
  /** The processors that its processes run on are so few; best effort. */
  readonly coresMax?: number;
  /** Address space of each of its processes. */
  readonly memoryMbMax?: number;
  /** Of everything in its directory; above it the node tells DiskFull. */
  readonly diskMbMax?: number;
}

export type ToAgent =
  | { readonly kind: "Hello"; readonly protocol: number }
  /** Idempotent: a node that is there is left as it is and told again. */
  | { readonly kind: "CreateNode"; readonly node: string; readonly address: string; readonly cores: number }
  /** Of a node that is there; told again at every Hello, nothing of it is remembered. */
  | { readonly kind: "SizeNode"; readonly node: string; readonly size: NodeSize }
  /** Of a node that is there, told again at every Hello: what is started there from now on is in this network. */
  | { readonly kind: "JoinNetwork"; readonly node: string; readonly network: NodeNetworkSpec }
  /** Ends every process of the node; `wipe` empties its directory as well (reimage). */
  | { readonly kind: "RebootNode"; readonly node: string; readonly wipe: boolean }
  | { readonly kind: "RemoveNode"; readonly node: string }
  /** Idempotent by `run`. */
  | ({ readonly kind: "Run" } & RunDescription)
  /** Other limits than those it was told with: no `wallClockMs` is none, no `retentionMs` the one it has. A run that is over or unknown has no use for them. */
  | { readonly kind: "Constrain"; readonly run: RunId; readonly wallClockMs?: number; readonly retentionMs?: number }
  /** Ends the whole process group; Ended follows, also for a run that is over or unknown. */
  | { readonly kind: "Kill"; readonly run: RunId }
  | { readonly kind: "Ack"; readonly run: RunId }
  | { readonly kind: "RemoveFiles"; readonly node: string; readonly directory: string }
  /** These users and no others can log in to the node from now on; until it boots again. Answered with the same number by LoginOpen or LoginRefused. */
  | { readonly kind: "OpenLogin"; readonly node: string; readonly number: number; readonly users: readonly RemoteUser[] }
  /** The directory goes so many milliseconds from now, unless something has been run in it anew. */
  | { readonly kind: "Retain"; readonly node: string; readonly directory: string; readonly retentionMs: number }
  /** How often UsageSampled is told. */
  | { readonly kind: "Usage"; readonly everyMs: number }
  /** Answered by Pong, so that an agent that hangs is told from one that has nothing to say. */
  | { readonly kind: "Ping" }
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

/** A certificate as a node's store gets it (P-163). */
export interface StoredCertificate {
  /** `sha1-<thumbprint>`. */
  readonly name: string;
  /** Suffix of the file's name, and its bytes in Base64. */
  readonly files: readonly { readonly suffix: string; readonly data: string }[];
  /** Also for people who log in. */
  readonly isForUsers: boolean;
}

/** A user of a node who may log in (P-180). */
export interface RemoteUser {
  readonly name: string;
  /** As crypt(3) reads it; without one no password is good. */
  readonly passwordHash?: string;
  /** One line as in `authorized_keys`. */
  readonly sshPublicKey?: string;
  /** Milliseconds of real time from the message on. */
  readonly expiresInMs: number;
  /** As whom of the node's users; left out: as the agent's own user. */
  readonly user?: RunUser;
}

export interface NodeHosted {
  readonly node: string;
  readonly address: string;
  /** Counts boots from 1. */
  readonly boot: number;
  /** The agent before this one has ended, and everything on the node with it; the node has not booted since. */
  readonly interrupted?: true;
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
  | { readonly kind: "Pong" }
  | ({ readonly kind: "NodeUp" } & NodeHosted)
  | {
      readonly kind: "LoginOpen";
      readonly node: string;
      readonly number: number;
      readonly address: string;
      readonly port: number;
    }
  | { readonly kind: "LoginRefused"; readonly node: string; readonly number: number; readonly reason: string }
  | { readonly kind: "NodeFailed"; readonly node: string; readonly message: string }
  | { readonly kind: "NodeGone"; readonly node: string }
  | { readonly kind: "Started"; readonly run: RunId; readonly pid: number; readonly at: number }
  | ({ readonly kind: "Ended" } & RunEnding)
  /** By metric name of formula rule 4.10, since the last sample. */
  | { readonly kind: "UsageSampled"; readonly node: string; readonly values: readonly (readonly [string, number])[] }
  | { readonly kind: "DiskFull"; readonly node: string; readonly message: string }
  /** A package was unpacked on the node; not told for one that was there already. `directory`: under `applications`; `bytes`: of the zip file. */
  | { readonly kind: "PackageInstalled"; readonly node: string; readonly directory: string; readonly bytes: number };
