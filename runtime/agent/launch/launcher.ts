/**
 * Who starts processes. The agent knows one interface; behind it stands a long-lived small program that does nothing but start and wait: in C where there
 * is a compiler, in perl where there is perl, and Node itself elsewhere, whose large memory makes each start three times as costly.
 *
 *     launch ──→ started(pid, start time) ──→ exited(code or signal, processor time)
 *        ├─────→ occupied: the directory is there already, nothing was done
 *        └─────→ failed: nothing runs                        lost: the launcher itself has gone, nobody knows
 */

/** What sets a process apart from the launcher itself: another user, fewer processors, less memory. */
export interface Apart {
  readonly user?: {
    readonly uid: number;
    readonly gid: number;
    /** Its only other group: that of the node, which opens the node's directory. */
    readonly nodeGid: number;
    /** The run's directory is for this user alone. */
    readonly isPrivate: boolean;
  };
  /** Numbers of the processors it may run on. */
  readonly processors?: readonly number[];
  /** Of its address space. */
  readonly memoryBytes?: number;
}

/** What is to be started. No string may hold NUL. */
export interface Launch {
  /** Absolute; stdout.txt and stderr.txt are made in it, the process starts in `wd`. */
  readonly directory: string;
  /** `fresh`: the directory has to be made, parents too; `there`: it is; `continues`: the same, and stdout.txt and stderr.txt are appended to. */
  readonly mode: "fresh" | "there" | "continues";
  /** Program first; looked for along PATH of `environment`. */
  readonly arguments: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  /** What it leaves running in its group is left alone. */
  readonly lingers: boolean;
  /** Left out: as the launcher, which costs least. */
  readonly apart?: Apart;
}

/** Where a launch failed, and what the system said. */
export interface LaunchFailure {
  readonly stage: "directory" | "files" | "program" | "fork";
  /** `ENOENT`, `EACCES`, `ENOSPC` … */
  readonly code: string;
}

/** How a process ended. */
export interface Exit {
  /** What it returned; -n when signal n ended it (T-21). */
  readonly code: number;
  /** Clock ticks of processor time, of it and of the children it waited for; 0 where it is not known. */
  readonly cpuTicks: number;
  /** Processes of its group were left, and have been told to end (unless it `lingers`). */
  readonly leftovers: boolean;
}

/** Who wants to know. Exactly one of occupied, failed, exited and lost is called last; never from inside `launch`. */
export interface LaunchListener {
  /** `startTicks`: start time of the process by the kernel's count (processes.ts); 0 where it is not known. */
  started(pid: number, startTicks: number): void;
  exited(exit: Exit): void;
  occupied(): void;
  failed(failure: LaunchFailure): void;
  lost(): void;
}

export interface Launcher {
  readonly kind: "compiled" | "perl" | "node";
  /** Begins; the process is a group and a session of its own, without any descriptor of ours. */
  launch(launch: Launch, listener: LaunchListener): void;
  /** Sends what waits. */
  flush(): void;
  /** Launches that have not ended. */
  readonly pending: number;
  /** Ends itself and nothing else; only when nothing is pending: what lingers lives on. */
  abandon(): void;
  /** Ends every process that it started, their orphans too, and itself. */
  close(): Promise<void>;
}
