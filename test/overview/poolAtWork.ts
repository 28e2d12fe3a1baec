/**
 * Pools, nodes and tasks of a service that runs, as the wire shows them: few words for what nearly every test of scaling and of nodes has to say. Everything
 * goes over HTTP; a gate is a file, so that real processes wait for what a test wants them to wait for and for nothing else.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { poolBody, type Served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";

/** CloudPool, as far as the tests read it. */
export interface Pool {
  readonly id: string;
  readonly state: string;
  readonly allocationState: string;
  readonly currentDedicatedNodes: number;
  readonly targetDedicatedNodes: number;
  readonly taskSlotsPerNode: number;
  readonly lastModified: string;
  readonly enableAutoScale: boolean;
  readonly autoScaleFormula?: string;
  readonly autoScaleEvaluationInterval?: string;
  readonly autoScaleRun?: {
    readonly timestamp: string;
    readonly results: string;
    readonly error?: { readonly code: string; readonly message: string };
  };
  readonly resizeErrors?: readonly { readonly code: string; readonly message: string }[];
  readonly taskSchedulingPolicy: { readonly nodeFillType: string };
}

/** ComputeNode. */
export interface Node {
  readonly id: string;
  readonly state: string;
  readonly schedulingState: string;
  readonly allocationTime: string;
  readonly lastBootTime: string;
  readonly stateTransitionTime: string;
  readonly runningTasksCount: number;
  readonly totalTasksRun: number;
  readonly startTaskInfo?: { readonly state: string; readonly startTime: string; readonly endTime?: string };
}

/** CloudTask. */
export interface Task {
  readonly id: string;
  readonly state: string;
  readonly creationTime: string;
  readonly executionInfo: {
    readonly startTime?: string;
    readonly endTime?: string;
    readonly exitCode?: number;
    readonly result?: string;
    readonly requeueCount: number;
    readonly retryCount: number;
    readonly failureInfo?: { readonly code: string; readonly category: string };
  };
  readonly nodeInfo?: { readonly nodeId: string; readonly poolId: string; readonly taskRootDirectory: string };
}

/** A file that real processes wait for; `folder` is theirs to write to. */
export class Gate {
  readonly folder: string = mkdtempSync(join(tmpdir(), "weir-gate-"));
  readonly path: string = join(this.folder, "open");
  /** A line of shell that waits until the gate is open. */
  readonly wait: string = `while [ ! -e ${this.path} ]; do sleep 0.05; done`;

  open(): void {
    writeFileSync(this.path, "");
  }

  close(): void {
    rmSync(this.path, { force: true });
  }

  remove(): void {
    // Retried: a task that is not ended yet may put a file here meanwhile.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const gates: Gate[] = [];

/** A gate of its own for a test; `removeGates` removes it. */
export function newGate(): Gate {
  const gate = new Gate();
  gates.push(gate);
  return gate;
}

/** Removes every gate of the test file; what still waits for one is ended with its service. */
export function removeGates(): void {
  for (const gate of gates.splice(0)) gate.remove();
}

/** Far longer than any of it takes, and shorter than a test may take. */
export const PATIENCE_MS = 50_000;

/** A line for `/bin/sh`; it may hold double quotes and no single ones. */
export const shell = (line: string): string => `/bin/sh -c '${line}'`;

/** The words. Each rejects when the service refuses. */
export class AtWork {
  readonly server: Served;

  constructor(server: Served) {
    this.server = server;
  }

  pool = (id: string): Promise<Pool> => this.server.get<Pool>(`/pools/${id}`);
  node = (pool: string, id: string): Promise<Node> => this.server.get<Node>(`/pools/${pool}/nodes/${id}`);
  task = (job: string, id: string): Promise<Task> => this.server.get<Task>(`/jobs/${job}/tasks/${id}`);

  async nodes(pool: string): Promise<readonly Node[]> {
    return (await this.server.get<{ value: Node[] }>(`/pools/${pool}/nodes`)).value;
  }

  async tasks(job: string, filter?: string): Promise<readonly Task[]> {
    const query = filter === undefined ? "" : `?$filter=${encodeURIComponent(filter)}`;
    return (await this.server.get<{ value: Task[] }>(`/jobs/${job}/tasks${query}`)).value;
  }

  /** Standard output of a task, or another file of it. */
  async output(job: string, task: string, file = "stdout.txt"): Promise<string> {
    const { status, text } = await this.server.ask("GET", `/jobs/${job}/tasks/${task}/files/${file}`);
    if (status !== 200) throw new Error(`${file} of task ${task}: ${status} ${text}`);
    return text;
  }

  async addPool(id: string, more: object): Promise<void> {
    await this.server.post("/pools", poolBody(id, more));
  }

  /** Adds a pool and waits until as many nodes are idle. */
  async addIdlePool(id: string, nodes: number, more: object = {}): Promise<void> {
    await this.addPool(id, { targetDedicatedNodes: nodes, ...more });
    await this.idle(id, nodes);
  }

  /** Adds a job on a pool, with a task for each command line: `t1`, `t2` … */
  async addJob(id: string, poolId: string, commandLines: readonly string[] = [], more: object = {}): Promise<void> {
    await this.server.post("/jobs", { id, poolInfo: { poolId }, ...more });
    await this.addTasks(id, commandLines);
  }

  async addTasks(job: string, commandLines: readonly string[], more: object = {}): Promise<void> {
    if (commandLines.length === 0) return;
    const value = commandLines.map((commandLine, i) => ({ id: `t${i + 1}`, commandLine, ...more }));
    await this.server.post(`/jobs/${job}/addtaskcollection`, { value });
  }

  /** Waits until as many nodes of a pool are idle, and no resize runs. */
  idle(pool: string, nodes: number): Promise<readonly Node[]> {
    let seen: unknown;
    return eventually(
      `${nodes} idle nodes of pool ${pool}`,
      async () => {
        const [{ allocationState }, all] = [await this.pool(pool), await this.nodes(pool)];
        seen = { allocationState, states: all.map(({ state }) => state) };
        return allocationState === "steady" && all.filter(({ state }) => state === "idle").length === nodes ? all : undefined;
      },
      { withinMs: PATIENCE_MS, describe: () => seen },
    );
  }

  /** Waits until something holds of a pool. */
  until(pool: string, what: string, holds: (pool: Pool) => boolean): Promise<Pool> {
    let seen: Pool | undefined;
    const ask = async () => {
      seen = await this.pool(pool);
      return holds(seen) ? seen : undefined;
    };
    return eventually(`pool ${pool}: ${what}`, ask, { withinMs: PATIENCE_MS, describe: () => seen });
  }

  /** Waits until a node is in a state. */
  reaches(pool: string, node: string, state: string): Promise<Node> {
    let seen: Node | undefined;
    const ask = async () => {
      // Not there yet is one more reason to wait.
      seen = (await this.nodes(pool)).find(({ id }) => id === node);
      return seen?.state === state ? seen : undefined;
    };
    return eventually(`node ${node} to be ${state}`, ask, { withinMs: PATIENCE_MS, describe: () => seen });
  }

  /** Waits until a task is in a state. */
  turns(job: string, id: string, state: string): Promise<Task> {
    let seen: Task | undefined;
    const ask = async () => {
      seen = await this.task(job, id);
      return seen.state === state ? seen : undefined;
    };
    return eventually(`task ${id} of job ${job} to be ${state}`, ask, { withinMs: PATIENCE_MS, describe: () => seen });
  }

  /** Waits until all tasks of a job are completed. */
  async completed(job: string): Promise<readonly Task[]> {
    let seen: unknown;
    return eventually(
      `the tasks of job ${job} to be completed`,
      async () => {
        const all = await this.tasks(job);
        seen = all.map(({ id, state }) => `${id} ${state}`);
        return all.every(({ state }) => state === "completed") ? all : undefined;
      },
      { withinMs: PATIENCE_MS, describe: () => seen },
    );
  }
}

/** Milliseconds since 1970 of an instant of the wire. */
export const at = (instant: string | undefined): number => {
  if (instant === undefined) throw new Error("the instant is missing");
  return Date.parse(instant);
};
