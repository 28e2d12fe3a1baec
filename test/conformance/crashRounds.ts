/**
 * Kills the service under load, again and again: in every round tasks are added, terminated and deleted without a pause, nodes reboot and jobs are disabled,
 * while the server, the agent or both get SIGKILL at a random moment, sometimes while they are just starting. Whatever the service had acknowledged is judged at the end by what the tasks noted
 * themselves. A round's choices come from the seed alone; the moments of the operating system do not.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type RandomStream, randomStream } from "../../src/base/random.ts";
import { eventually } from "../support/waiting.ts";
import { ENDLESS, type Fate, filesOf, judge, type Plan, type Reason, readNotes, type ShownTask, taskOf } from "./crashTasks.ts";
import { Serving } from "./serving.ts";
import { SignedClient } from "./signed.ts";

/** How long, and with which choices. */
export interface CrashOptions {
  readonly seed: number;
  readonly rounds: number;
  /** Requeue tasks as well: reboot nodes, take them out of scheduling, disable the job. Default false. */
  readonly disturb?: boolean;
  /** Told after every round. */
  readonly progress?: (line: string) => void;
}

/** What was done, and what was found. */
export interface CrashReport {
  readonly serverKills: number;
  readonly agentKills: number;
  readonly tasks: number;
  readonly runs: number;
  readonly slowestStartMs: number;
  /** Sentences; empty when nothing was lost, doubled or wrong. */
  readonly findings: readonly string[];
}

const NODES = 3;
const SLOTS = 4;
const COLLECTION = 12;
/** In a round tasks are added no further ahead than this, so that there are always some running and the end is near. */
const AHEAD_MAX = 120;
const JOB = "crash";

/** Runs the test from a new data directory to the judgement. Rejects when the service does not come back or tasks do not come to an end. */
export async function crashRounds(options: CrashOptions): Promise<CrashReport> {
  const serving = new Serving(["--fast"]);
  try {
    return await new CrashTest(serving, options).run();
  } catch (error) {
    throw new Error(`crash test, seed ${options.seed}: ${(error as Error).message}\n${serving.log(3000)}`, { cause: error });
  } finally {
    await serving.clear();
  }
}

class CrashTest {
  private readonly serving: Serving;
  private readonly options: CrashOptions;
  private readonly random: RandomStream;
  private readonly notes: string;
  private readonly plans = new Map<string, Plan>();
  /** Sent, and the answer was not seen: to be sent again. */
  private unanswered: Plan[] = [];
  private readonly acknowledged = new Set<string>();
  /** When the service had answered that it ends a task, milliseconds since 1970. */
  private readonly ended = new Map<string, number>();
  /** What was done that makes tasks run again. */
  private readonly reasons: Reason[] = [];
  private agentKills = 0;
  private serverKills = 0;
  private slowestStartMs = 0;

  constructor(serving: Serving, options: CrashOptions) {
    this.serving = serving;
    this.options = options;
    this.random = randomStream(options.seed, "crash");
    this.notes = join(serving.data, "notes");
  }

  async run(): Promise<CrashReport> {
    mkdirSync(this.notes, { recursive: true });
    await this.start();
    await this.withClient(async (client) => {
      await client.expect(201, "POST", "/pools", {
        id: "crash",
        vmSize: "standard_d4_v3",
        virtualMachineConfiguration: {
          imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
          nodeAgentSKUId: "batch.node.ubuntu 22.04",
        },
        targetDedicatedNodes: NODES,
        taskSlotsPerNode: SLOTS,
      });
      await client.expect(201, "POST", "/jobs", { id: JOB, poolInfo: { poolId: "crash" } });
    });
    for (let round = 0; round < this.options.rounds; round++) await this.round(round);
    await this.settle();
    return await this.judge();
  }

  private async round(round: number): Promise<void> {
    const victim = (["server", "agent", "both"] as const)[round % 5 === 4 ? 2 : round % 2];
    const afterMs = Math.floor(this.random() * 700);
    const twice = this.random() < 0.2;
    let over = false;
    const load = this.withClient((client) => this.load(client, () => over));
    // It is waited for below, after the kill; until then a failure must not count as unheard.
    load.catch(() => {});
    await pause(afterMs);
    const from = Date.now();
    if (victim !== "server" && this.serving.killAgent()) {
      this.reasons.push({ from, to: Date.now() });
      this.agentKills++;
    }
    if (victim !== "agent") await this.killServer();
    over = true;
    await load;
    if (victim !== "agent") {
      if (twice) await this.killWhileStarting();
      await this.start();
    }
    const backMs = await this.flows();
    const { size } = this.acknowledged;
    const more = twice && victim !== "agent" ? ", and once more at once" : "";
    this.options.progress?.(
      `round ${round}: ${victim} after ${afterMs} ms${more}; tasks again after ${backMs} ms; ${size} tasks`,
    );
  }

  /** Waits until a task has come to its end since, so that the next kill meets running ones; how long it took, milliseconds. */
  private async flows(): Promise<number> {
    const before = performance.now();
    await this.withClient(async (client) => {
      await this.calm(client);
      while (this.unanswered.length > 0) await this.add(client);
      const { completed } = await this.counts(client);
      // New ones: of those that are left it may be that none ends by itself.
      await this.add(client);
      await eventually("tasks run again", async () => ((await this.counts(client)).completed > completed ? true : undefined));
    });
    return Math.round(performance.now() - before);
  }

  /** Adds tasks and ends some until it is told to stop or the connection breaks. */
  private async load(client: SignedClient, isOver: () => boolean): Promise<void> {
    try {
      while (!isOver()) {
        const { active, running } = await this.counts(client);
        if (active + running < AHEAD_MAX) await this.add(client);
        else await pause(20);
        await this.endSome(client, 0.5);
        if (this.options.disturb === true && this.random() < 0.15) await this.disturb(client);
      }
    } catch (error) {
      // The server was killed under the request: what it was about is asked again in the next round.
      if (!isConnectionError(error)) throw error;
    }
  }

  private async add(client: SignedClient): Promise<void> {
    const plans = this.unanswered.length > 0 ? this.unanswered : Array.from({ length: COLLECTION }, () => this.plan());
    this.unanswered = plans;
    for (const id of await client.addTasks(
      JOB,
      plans.slice(0, 100).map((plan) => taskOf(plan, this.notes)),
    ))
      this.acknowledged.add(id);
    this.unanswered = plans.slice(100);
  }

  private plan(): Plan {
    const draw = this.random();
    const fate: Fate = draw < 0.04 ? "terminated" : draw < 0.07 ? "deleted" : "exit";
    const id = `t${String(this.plans.size).padStart(5, "0")}`;
    const sleepMs = this.random() < 0.3 ? 0 : Math.floor(this.random() * 300);
    const plan = { id, fate, sleepMs, exitCode: this.random() < 0.25 ? 3 : 0 };
    this.plans.set(id, plan);
    return plan;
  }

  /** Ends by request `share` of the tasks that would not end by themselves. */
  private async endSome(client: SignedClient, share: number): Promise<void> {
    for (const { id, fate } of this.plans.values()) {
      if (fate === "exit" || this.ended.has(id) || !this.acknowledged.has(id) || this.random() >= share) continue;
      const path = `/jobs/${JOB}/tasks/${id}`;
      // 409 and 404: an earlier request arrived, and its answer was lost.
      if (fate === "deleted") await client.expect([200, 404], "DELETE", path);
      else await client.expect([204, 409], "POST", `${path}/terminate`);
      this.ended.set(id, Date.now());
    }
  }

  /** As `requeue`; the service may do it at any moment until it has answered, or was killed. */
  private async disturb(client: SignedClient): Promise<void> {
    const from = Date.now();
    try {
      await this.requeue(client);
    } finally {
      this.reasons.push({ from, to: Date.now() });
    }
  }

  /** Something that sends running tasks back to their queue. 409: the node or the job is not in the state for it just now. */
  private async requeue(client: SignedClient): Promise<void> {
    const draw = this.random();
    if (draw < 0.3) {
      await client.expect([202, 409], "POST", `/jobs/${JOB}/disable`, { disableTasks: "requeue" });
      await client.expect([202, 409], "POST", `/jobs/${JOB}/enable`);
      return;
    }
    const nodes = await client.list<{ id: string }>("/pools/crash/nodes");
    // None yet in the first moments.
    if (nodes.length === 0) return;
    const { id } = nodes[Math.floor(this.random() * nodes.length)];
    const node = `/pools/crash/nodes/${id}`;
    if (draw < 0.65) await client.expect([202, 409], "POST", `${node}/reboot`, { nodeRebootOption: "requeue" });
    else {
      await client.expect([200, 409], "POST", `${node}/disablescheduling`, { nodeDisableSchedulingOption: "requeue" });
      await client.expect([200, 409], "POST", `${node}/enablescheduling`);
    }
  }

  /** Whatever a disturbance that was cut short has left off is switched on again. */
  private async calm(client: SignedClient): Promise<void> {
    if (this.options.disturb !== true) return;
    await eventually("the job and its nodes take tasks again", async () => {
      const job = (await client.expect(200, "GET", `/jobs/${JOB}`)).json<{ state: string }>();
      if (job.state === "disabled") await client.expect([202, 409], "POST", `/jobs/${JOB}/enable`);
      const nodes = await client.list<{ id: string; schedulingState: string }>("/pools/crash/nodes");
      const off = nodes.filter(({ schedulingState }) => schedulingState === "disabled");
      for (const { id } of off) await client.expect([200, 409], "POST", `/pools/crash/nodes/${id}/enablescheduling`);
      return off.length === 0 && job.state === "active" ? true : undefined;
    });
  }

  private async killServer(): Promise<void> {
    await this.serving.end("SIGKILL");
    this.serverKills++;
  }

  /** Starts the server and kills it at a random moment of its start. */
  private async killWhileStarting(): Promise<void> {
    const started = this.serving.start().catch(() => undefined);
    await pause(this.random() * 400);
    await this.killServer();
    await started;
  }

  private async start(): Promise<void> {
    await this.serving.start();
    this.slowestStartMs = Math.max(this.slowestStartMs, this.serving.startedInMs);
  }

  private async withClient<T>(use: (client: SignedClient) => Promise<T>): Promise<T> {
    const client = new SignedClient(this.serving.running());
    try {
      return await use(client);
    } finally {
      client.close();
    }
  }

  private async counts(
    client: SignedClient,
  ): Promise<Record<"active" | "running" | "completed" | "succeeded" | "failed", number>> {
    const answer = await client.expect(200, "GET", `/jobs/${JOB}/taskcounts`);
    return answer.json<{ taskCounts: Record<"active" | "running" | "completed" | "succeeded" | "failed", number> }>()
      .taskCounts;
  }

  /** What was never answered is asked again; then everything comes to its end. */
  private async settle(): Promise<void> {
    await this.withClient(async (client) => {
      while (this.unanswered.length > 0) await this.add(client);
      await this.endSome(client, 1);
      await this.calm(client);
      let seen: unknown;
      await eventually(
        "every task comes to its end",
        async () => {
          const counts = await this.counts(client);
          seen = counts;
          return counts.active + counts.running === 0 ? true : undefined;
        },
        { withinMs: 90_000, everyMs: 200, describe: () => seen },
      );
      // A task that was ended is completed at once, its process dies behind it; and a node that was rebooted last may still be on its way up.
      await eventually(
        "every node to be idle again",
        async () => {
          const nodes = await client.list<{ state: string }>("/pools/crash/nodes");
          seen = nodes.map(({ state }) => state);
          return nodes.every(({ state }) => state === "idle") ? true : undefined;
        },
        { withinMs: 60_000, everyMs: 200, describe: () => seen },
      );
    });
  }

  private async judge(): Promise<CrashReport> {
    const notes = readNotes(this.notes);
    const findings = notes.twice.map((id) => `two runs of ${id} were alive at once`);
    await this.withClient(async (client) => {
      const shown = new Map((await client.list<ShownTask>(`/jobs/${JOB}/tasks`)).map((task) => [task.id, task]));
      for (const id of shown.keys()) if (!this.plans.has(id)) findings.push(`${id} was never sent`);
      for (const plan of this.plans.values()) {
        const runs = notes.runs.get(plan.id) ?? [];
        const moments = { reasons: this.reasons, requeued: this.options.disturb === true, endedAt: this.ended.get(plan.id) };
        findings.push(...judge(plan, shown.get(plan.id), runs, moments));
      }
      await this.judgeCounts(client, findings);
      await this.judgeFiles(client, findings);
      await this.judgeNodes(client, findings);
    });
    if (this.acknowledged.size !== this.plans.size) findings.push("some tasks were never acknowledged");
    for (const { pid, command } of this.serving.leftovers())
      if (command.includes(`sleep ${ENDLESS}`)) findings.push(`process ${pid} of an ended task is left: ${command}`);
    const exit = await this.serving.end("SIGTERM");
    if (exit !== 0) findings.push(`the server stopped with ${exit}`);
    const runs = [...notes.runs.values()].reduce((sum, ofTask) => sum + ofTask.length, 0);
    return {
      serverKills: this.serverKills,
      agentKills: this.agentKills,
      tasks: this.plans.size,
      runs,
      slowestStartMs: this.slowestStartMs,
      findings,
    };
  }

  private async judgeCounts(client: SignedClient, findings: string[]): Promise<void> {
    const counts = await this.counts(client);
    const plans = [...this.plans.values()].filter(({ fate }) => fate !== "deleted");
    const succeeded = plans.filter(({ fate, exitCode }) => fate === "exit" && exitCode === 0).length;
    const wanted = { active: 0, running: 0, completed: plans.length, succeeded, failed: plans.length - succeeded };
    for (const [name, count] of Object.entries(wanted)) {
      const shown = counts[name as keyof typeof wanted];
      if (shown !== count) findings.push(`the task counts say ${shown} ${name}, there are ${count}`);
    }
  }

  /** The files of some tasks over the wire, to the last byte. */
  private async judgeFiles(client: SignedClient, findings: string[]): Promise<void> {
    const plans = [...this.plans.values()].filter(({ fate }) => fate === "exit");
    for (let i = 0; i < 25; i++) {
      const plan = plans[Math.floor(this.random() * plans.length)];
      for (const [path, content] of filesOf(plan)) {
        const answer = await client.send("GET", `/jobs/${JOB}/tasks/${plan.id}/files/${encodeURIComponent(path)}`);
        const text = answer.bytes.toString("utf8");
        if (answer.status !== 200 || text !== content)
          findings.push(`${path} of ${plan.id}: ${answer.status} ${text.slice(0, 200)}`);
      }
    }
  }

  private async judgeNodes(client: SignedClient, findings: string[]): Promise<void> {
    const nodes = await client.list<{ id: string; state: string; runningTasksCount?: number }>("/pools/crash/nodes");
    if (nodes.length !== NODES) findings.push(`there are ${nodes.length} nodes instead of ${NODES}`);
    for (const { id, state, runningTasksCount } of nodes)
      if (state !== "idle" || (runningTasksCount ?? 0) !== 0)
        findings.push(`${id} is ${state} with ${runningTasksCount} running tasks`);
  }
}

function isConnectionError(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return ["ECONNRESET", "ECONNREFUSED", "EPIPE"].includes(code ?? "") || /socket hang up|cut off/.test(message);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
