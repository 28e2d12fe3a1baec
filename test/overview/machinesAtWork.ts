/**
 * Nodes as machines, seen from outside: what the tests of processes, directories, users and agents say besides the words of `jobAtWork.ts`. A service of
 * these tests keeps its data where the test can look at it, so that files and processes are looked at on the machine itself too.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { dataDirectory, poolBody, served } from "../serve/servedProcess.ts";
import { JobsAtWork } from "./jobAtWork.ts";
import type { Task } from "./poolAtWork.ts";

/** A task that has run, with what it wrote. */
export interface Ran extends Task {
  readonly out: string;
  readonly err: string;
}

/** ComputeNode, as far as these tests read it beside what all tests read. */
export interface Machine {
  readonly id: string;
  readonly state: string;
  readonly ipAddress: string;
  readonly vmSize: string;
  readonly errors?: readonly { readonly code: string; readonly message: string }[];
}

/** The words about machines. */
export class MachinesAtWork extends JobsAtWork {
  /** Absolute; what `--data` was. */
  data = "";

  machine = (pool: string, id: string): Promise<Machine> => this.server.get<Machine>(`/pools/${pool}/nodes/${id}`);

  async machines(pool: string): Promise<readonly Machine[]> {
    return (await this.server.get<{ value: Machine[] }>(`/pools/${pool}/nodes`)).value;
  }

  /** Absolute path of a node's tree on this machine. */
  tree(pool: string, node: string): string {
    return join(this.data, "nodes", `${pool}.${node}`);
  }

  /** Adds a task and waits for its end. */
  async run(job: string, id: string, commandLine: string, more: object = {}): Promise<Ran> {
    await this.addTask(job, id, commandLine, more);
    const task = await this.turns(job, id, "completed");
    const read = (file: string) => this.server.ask("GET", `/jobs/${job}/tasks/${id}/files/${file}`);
    // A task that never ran has no files.
    const [out, err] = (await Promise.all(["stdout.txt", "stderr.txt"].map(read))).map(({ status, text }) =>
      status === 200 ? text : "",
    );
    return { ...task, out, err };
  }

  /** The same for one that has to succeed; what it wrote to standard output. */
  async say(job: string, id: string, commandLine: string, more: object = {}): Promise<string> {
    const ran = await this.run(job, id, commandLine, more);
    expect(ran.executionInfo, `${commandLine}: ${ran.err}`).toMatchObject({ result: "success", exitCode: 0 });
    return ran.out;
  }
}

/** Starts a service with a data directory of its own. */
export function machinesAtWork(...options: string[]): Promise<MachinesAtWork> {
  return machinesOn(dataDirectory(), ...options);
}

/** The same on a data directory that a test has put something into. */
export async function machinesOn(data: string, ...options: string[]): Promise<MachinesAtWork> {
  const server = await served("--data", data, "--on-stop", "end", "--log-level", "warn", ...options);
  const weir = new MachinesAtWork(server);
  weir.data = data;
  return weir;
}

/** A pool of the old kind, whose nodes are Windows. */
export function windowsPool(id: string, more: object = {}): object {
  const { virtualMachineConfiguration: _, ...body } = poolBody(id, more) as { virtualMachineConfiguration: object };
  return { ...body, vmSize: "small", cloudServiceConfiguration: { osFamily: "5" } };
}

/**
 * The process of a task whose program works in this directory, once there is one. Where it works alone is not enough: the launcher stands there too until
 * it has told of the start, and its child until it has become the program. The environment is the program's own.
 */
export function processIn(directory: string): number | undefined {
  const setting = `\0AZ_BATCH_TASK_WORKING_DIR=${directory}\0`;
  for (const name of readdirSync("/proc")) {
    try {
      if (!/^\d+$/.test(name) || readlinkSync(`/proc/${name}/cwd`) !== directory) continue;
      if (`\0${readFileSync(`/proc/${name}/environ`, "utf8")}`.includes(setting)) return Number(name);
    } catch {
      // It has ended while we looked.
    }
  }
  return undefined;
}
