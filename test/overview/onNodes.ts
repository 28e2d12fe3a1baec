/**
 * What tests of work on real nodes ask a service again and again: the state of a task, a node or a job, the text of a file, and files served over HTTP for
 * tasks to fetch. Everything goes through the wire, as a client would.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";

/** A task as the tests read it. */
export interface SeenTask {
  readonly id: string;
  readonly state: string;
  readonly executionInfo: {
    readonly startTime?: string;
    readonly endTime?: string;
    readonly exitCode?: number;
    readonly result?: string;
    readonly failureInfo?: { readonly category: string; readonly code: string };
    readonly retryCount: number;
    readonly requeueCount: number;
  };
  readonly nodeInfo?: { readonly nodeId: string };
}

/** A node as the tests read it. */
export interface SeenNode {
  readonly id: string;
  readonly state: string;
  readonly ipAddress?: string;
  readonly startTask?: { readonly commandLine: string };
  readonly startTaskInfo?: {
    readonly state: string;
    readonly startTime: string;
    readonly endTime?: string;
    readonly exitCode?: number;
    readonly result?: string;
    readonly retryCount: number;
    readonly failureInfo?: { readonly category: string; readonly code: string };
  };
}

/** A job as the tests read it. */
export interface SeenJob {
  readonly state: string;
  readonly executionInfo: { readonly terminateReason?: string; readonly endTime?: string };
}

/** A command line that has a shell run the script; single quotes in it are the caller's care. */
export const sh = (script: string): string => `/bin/sh -c '${script}'`;

/** Asks one service. */
export class OnNodes {
  private readonly server: () => Served;

  /** `server` is asked at each call: it may not have been started yet. */
  constructor(server: () => Served) {
    this.server = server;
  }

  /** Text of a file, by its path on the wire; undefined when there is none. */
  async text(path: string): Promise<string | undefined> {
    const answer = await this.server().ask("GET", path);
    return answer.status === 200 ? answer.text : undefined;
  }

  /** Text of a file of a node. */
  file(pool: string, node: string, path: string): Promise<string | undefined> {
    return this.text(`/pools/${pool}/nodes/${node}/files/${path}`);
  }

  /** What a task wrote to stdout; fails when there is none. */
  async stdout(job: string, task: string): Promise<string> {
    const text = await this.text(`/jobs/${job}/tasks/${task}/files/stdout.txt`);
    if (text === undefined) throw new Error(`task ${task} of job ${job} has no stdout.txt`);
    return text;
  }

  task(job: string, id: string): Promise<SeenTask> {
    return this.server().get<SeenTask>(`/jobs/${job}/tasks/${id}`);
  }

  async tasks(job: string): Promise<SeenTask[]> {
    return (await this.server().get<{ value: SeenTask[] }>(`/jobs/${job}/tasks`)).value;
  }

  /** The task once it is in that state. */
  taskIn(job: string, id: string, state: string): Promise<SeenTask> {
    let seen: SeenTask | undefined;
    return eventually(
      `task ${id} of job ${job} to be ${state}`,
      async () => {
        seen = await this.task(job, id);
        return seen.state === state ? seen : undefined;
      },
      { everyMs: 15, describe: () => seen },
    );
  }

  completed(job: string, id: string): Promise<SeenTask> {
    return this.taskIn(job, id, "completed");
  }

  /** The job once it is in that state. */
  jobIn(job: string, state: string): Promise<SeenJob> {
    let seen: SeenJob | undefined;
    return eventually(
      `job ${job} to be ${state}`,
      async () => {
        seen = await this.server().get<SeenJob>(`/jobs/${job}`);
        return seen.state === state ? seen : undefined;
      },
      { everyMs: 15, describe: () => seen },
    );
  }

  node(pool: string, id: string): Promise<SeenNode> {
    return this.server().get<SeenNode>(`/pools/${pool}/nodes/${id}`);
  }

  async nodes(pool: string): Promise<SeenNode[]> {
    return (await this.server().get<{ value: SeenNode[] }>(`/pools/${pool}/nodes`)).value;
  }

  /** The node once it is in that state. */
  nodeIn(pool: string, id: string, state: string): Promise<SeenNode> {
    let seen: SeenNode | undefined;
    return eventually(
      `node ${id} of pool ${pool} to be ${state}`,
      async () => {
        seen = await this.node(pool, id);
        return seen.state === state ? seen : undefined;
      },
      { everyMs: 15, describe: () => seen },
    );
  }

  /** The pool's nodes once there are so many, all in that state. */
  nodesIn(pool: string, count: number, state: string): Promise<SeenNode[]> {
    let seen: SeenNode[] = [];
    return eventually(
      `pool ${pool} to have ${count} nodes, all ${state}`,
      async () => {
        seen = await this.nodes(pool);
        return seen.length === count && seen.every((node) => node.state === state) ? seen : undefined;
      },
      { everyMs: 15, describe: () => seen },
    );
  }

  /** Reboots (or reimages) a node and waits until it has come up again: its boot is another one. */
  async restarted(pool: string, node: string, how: "reboot" | "reimage", state = "idle"): Promise<SeenNode> {
    const boot = async () => (await this.server().get<{ lastBootTime: string }>(`/pools/${pool}/nodes/${node}`)).lastBootTime;
    const before = await boot();
    await this.server().post(`/pools/${pool}/nodes/${node}/${how}`, {});
    await eventually(`node ${node} to boot`, async () => ((await boot()) !== before ? true : undefined), { everyMs: 15 });
    return await this.nodeIn(pool, node, state);
  }
}

/** Files over HTTP for nodes to fetch; any other path is not found. What nodes put there is kept. */
export class FileServer {
  private readonly files: Readonly<Record<string, string>>;
  private server: Server | undefined;
  /** What was put, by path without its first `/` and without its query. */
  readonly taken: Record<string, string> = {};

  /** By path without its first `/`. */
  constructor(files: Readonly<Record<string, string>>) {
    this.files = files;
  }

  async start(): Promise<void> {
    const server = createServer(async (request, response) => {
      const path = (request.url ?? "").slice(1).split("?")[0];
      if (request.method === "PUT") {
        let text = "";
        for await (const piece of request) text += piece;
        this.taken[path] = text;
        response.writeHead(201).end();
        return;
      }
      const text = this.files[path];
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
    this.server = server;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}/${path}`;
  }

  async stop(): Promise<void> {
    const { server } = this;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
