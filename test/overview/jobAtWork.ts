/**
 * Jobs, schedules and the processes of tasks, as seen from outside: what the tests of jobs, dependencies, constraints and failures say besides the words of
 * `poolAtWork.ts`. A task's process is known by the number it writes down itself.
 */
import { expect } from "vitest";
import { readFileSync } from "node:fs";
import { signedHeaders } from "../../runtime/rest/sharedKey.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { AtWork, PATIENCE_MS, type Task } from "./poolAtWork.ts";

/** CloudJob, as far as the tests read it. */
export interface Job {
  readonly id: string;
  readonly state: string;
  readonly priority: number;
  readonly creationTime: string;
  readonly onAllTasksComplete: string;
  readonly onTaskFailure: string;
  readonly constraints: { readonly maxWallClockTime?: string; readonly maxTaskRetryCount: number };
  readonly commonEnvironmentSettings?: readonly object[];
  readonly poolInfo: { readonly poolId?: string };
  readonly executionInfo: {
    readonly startTime: string;
    readonly endTime?: string;
    readonly poolId?: string;
    readonly terminateReason?: string;
  };
}

/** What a task writes its process id to, in its working directory. */
const PID_FILE = "pid";
/** Shell that writes the shell's own process id down, line after line. */
export const NOTE_PID = `echo $$ >> ${PID_FILE}`;

/** The words about jobs. Each rejects when the service refuses. */
export class JobsAtWork extends AtWork {
  job = (id: string): Promise<Job> => this.server.get<Job>(`/jobs/${id}`);

  async jobs(): Promise<readonly Job[]> {
    return (await this.server.get<{ value: Job[] }>("/jobs")).value;
  }

  /** Adds one task. */
  async addTask(job: string, id: string, commandLine: string, more: object = {}): Promise<void> {
    await this.server.post(`/jobs/${job}/tasks`, { id, commandLine, ...more });
  }

  /** Any other request that must not be refused. */
  async send(method: string, path: string, body?: unknown): Promise<void> {
    const { status, text } = await this.server.ask(method, path, body);
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
  }

  /** Expects the service to refuse with this status and code. */
  async refuses(status: number, code: string, method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.server.ask(method, path, body);
    expect(`${answer.status} ${(answer.body as { code?: string } | undefined)?.code}`, answer.text).toBe(`${status} ${code}`);
  }

  /** What a client of another api-version reads, who signs its request itself. */
  async readAs<Body>(version: string, path: string): Promise<Body> {
    const { endpoint, account, key } = this.server.document;
    const url = `${endpoint}${path}?api-version=${version}`;
    const headers = signedHeaders({ account, key, method: "GET", url, at: new Date() });
    const answer = await fetch(url, { headers: { ...headers } as Record<string, string> });
    if (answer.status !== 200) throw new Error(`GET ${path} as of ${version}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Body;
  }

  /** Waits until a job is in a state. */
  jobTurns(id: string, state: string): Promise<Job> {
    let seen: Job | undefined;
    const ask = async () => {
      seen = await this.job(id);
      return seen.state === state ? seen : undefined;
    };
    return eventually(`job ${id} to be ${state}`, ask, { withinMs: PATIENCE_MS, describe: () => seen });
  }

  /** Waits until something holds of a task. */
  untilTask(job: string, id: string, what: string, holds: (task: Task) => boolean): Promise<Task> {
    let seen: Task | undefined;
    const ask = async () => {
      seen = await this.task(job, id);
      return holds(seen) ? seen : undefined;
    };
    return eventually(`task ${id} of job ${job}: ${what}`, ask, { withinMs: PATIENCE_MS, describe: () => seen });
  }

  /** Process ids that a task has written down with NOTE_PID, one a run that found the file of the runs before; waits for the `count`th. */
  pids(job: string, task: string, count = 1): Promise<readonly number[]> {
    const path = `/jobs/${job}/tasks/${task}/files/wd/${PID_FILE}`;
    return eventually(`process ${count} of task ${task} of job ${job}`, async () => {
      const { status, text } = await this.server.ask("GET", path);
      const pids = status === 200 ? text.split("\n").filter(Boolean).map(Number) : [];
      return pids.length >= count ? pids : undefined;
    });
  }

  /**
   * The process of a task that runs: its id, and a word for exactly this process, since numbers are used again. Of a task that runs anew the file of the run
   * before, whose process has ended, is there until the node has begun the next.
   */
  process(job: string, task: string): Promise<OfTask> {
    return eventually(`the process of task ${task} of job ${job} to run`, async () => {
      const pid = (await this.pids(job, task)).find(isRunning);
      return pid === undefined ? undefined : new OfTask(pid);
    });
  }
}

/** One process of this machine, from when it was found alive. */
export class OfTask {
  readonly pid: number;
  private readonly startTicks: string | undefined;

  constructor(pid: number) {
    this.pid = pid;
    this.startTicks = startTicksOf(pid);
    expect(this.isAlive(), `process ${pid} runs`).toBe(true);
  }

  /** Whether that same process runs. */
  isAlive(): boolean {
    return isRunning(this.pid) && this.startTicks !== undefined && startTicksOf(this.pid) === this.startTicks;
  }

  /** Waits until it has ended. */
  async ends(): Promise<void> {
    await eventually(`process ${this.pid} to end`, () => (this.isAlive() ? undefined : true));
  }
}

/** When a process began, clock ticks since boot, as /proc tells; undefined for none. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
