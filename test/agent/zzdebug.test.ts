/** The agent as a process: its socket, its signals, and what happens when it is killed at any moment and another one comes. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allProcesses, environmentOfProcess, statOf } from "../../runtime/agent/processes.ts";
import { randomStream } from "../../src/base/random.ts";
import { AgentProcess, bundleAgent, type Line } from "./agentProcess.ts";
import { description, freshDirectory, isRunning, until } from "./desk.ts";

const base = freshDirectory();
const program = join(base, "agent.mjs");
const agents: AgentProcess[] = [];
let root: string;
let serial = 0;
beforeAll(() => bundleAgent(program));
beforeEach(() => {
  root = join(base, `root-${serial++}`);
  mkdirSync(root);
});
afterAll(async () => {
  for (const agent of agents) agent.child.kill("SIGTERM");
  await Promise.all(agents.map(({ gone }) => gone));
  rmSync(base, { recursive: true, force: true, maxRetries: 10 });
});

function start(): AgentProcess {
  const agent = new AgentProcess(program, root);
  agents.push(agent);
  return agent;
}

async function open(): Promise<{ agent: AgentProcess; line: Line }> {
  const agent = start();
  const line = await agent.connect();
  line.send({ kind: "CreateNode", node: "n1", address: "127.1.0.1", cores: 2 });
  await line.told("NodeUp");
  return { agent, line };
}

const run = (line: Line, id: string, commandLine: string) => line.send({ kind: "Run", ...description(id, commandLine) });
/** Processes with the mark of this root, whoever started them. */
const strays = () =>
  allProcesses().filter(
    ({ pid, state }) => state !== "Z" && environmentOfProcess(pid).includes(`AZ_BATCH_NODE_ROOT_DIR=${root}/nodes/n1`),
  );

describe("an agent that is killed", () => {
  it("killed at eight random moments under load: no run is at work twice at once, each has exactly one end", async () => {
    const random = randomStream(20_261_122, "agent crashes");
    // Runs note beginning and end in a file of their own; a run that is told again after it was lost does so under another name, as the server does.
    const notes = join(root, "notes");
    mkdirSync(notes);
    const TASKS = 60;
    const ended = new Map<string, string>();
    const attempts = new Map<number, number>();
    let agent = start();
    let line = await agent.connect();
    const give = (task: number) => {
      const attempt = (attempts.get(task) ?? 0) + 1;
      attempts.set(task, attempt);
      const script = `set -C; : > ${notes}/${task}.lock || { echo twice > ${notes}/${task}.twice; exit 1; }; sleep 0.05; rm ${notes}/${task}.lock; exit 5`;
      line.send({
        kind: "Run",
        ...description(`t${task}-${attempt}`, `/bin/sh -c '${script}'`, { directory: `workitems/job/job-1/task${task}` }),
      });
    };
    const settle = (id: string, cause: string, exitCode: number | undefined) => {
      line.send({ kind: "Ack", run: id });
      if (ended.has(id)) return;
      ended.set(id, `${cause} ${exitCode}`);
      const task = Number(/^t(\d+)-/.exec(id)![1]);
      if (cause !== "lost") return;
      // The fence has ended it: what it locked is free.
      rmSync(join(notes, `${task}.lock`), { force: true });
      give(task);
    };
    const listen = async () => {
      line.send({ kind: "CreateNode", node: "n1", address: "127.1.0.1", cores: 2 });
      const hello = await line.told("Hello");
      // As of now: what is told again below is on its way.
      const given = [...attempts];
      line.onMessage = (message) => {
        if (message.kind === "Ended") settle(message.run, message.cause, message.exitCode);
      };
      for (const { run, cause, exitCode } of hello.ended) settle(run, cause, exitCode);
      const known = new Set([...hello.running, ...hello.ended.map(({ run }) => run)]);
      // What was told and never arrived.
      for (const [task, attempt] of given) {
        const id = `t${task}-${attempt}`;
        if (!ended.has(id) && !known.has(id)) settle(id, "lost", undefined);
      }
    };
    let stage = "start";
    const dump = setTimeout(() => {
      const lines = [stage, agent.log, JSON.stringify(line.heard[0]), "closed " + line.closed, "pid " + agent.child.pid,
        JSON.stringify([...attempts].filter(([task, attempt]) => ended.get(`t${task}-${attempt}`) !== "exit 5").map(([t, a]) => [t, a, line.heard.filter((m) => "run" in m && m.run === `t${t}-${a}`)])),
        readFileSync(join(root, "agent", "records"), "utf8")];
      for (const { pid } of allProcesses()) { let c = ""; try { c = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").slice(0, 120); } catch {} lines.push(`${pid} ${JSON.stringify(statOf(pid))} ${c}`); }
      writeFileSync(`/tmp/weir-dump-${process.pid}.txt`, lines.join("\n"));
    }, 20_000);
    await listen();
    for (let task = 0; task < TASKS; task++) give(task);
    for (let round = 0; round < 8; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10 + 90 * random()));
      stage = `kill ${round}`; agent.child.kill("SIGKILL");
      await agent.gone; stage = `start ${round}`;
      agent = start();
      line = await agent.connect(); stage = `listen ${round}`;
      await listen();stage = `listened ${round}`;
    }
    const done = () => [...attempts].every(([task, attempt]) => ended.get(`t${task}-${attempt}`) === "exit 5");
    const odd = () => [...ended].filter(([, end]) => end !== "exit 5" && end !== "lost undefined");
    await until(() => done() || odd().length > 0);
    clearTimeout(dump);
    expect(odd()).toEqual([]);
    expect(attempts.size).toBe(TASKS);
    expect([...attempts.keys()].filter((task) => existsSync(join(notes, `${task}.twice`)))).toEqual([]);
    expect([...ended.values()].some((end) => end === "lost undefined")).toBe(true);
    expect(strays()).toEqual([]);
  }, 30_000);
});

function hasCommand(pid: number, command: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1") === command;
  } catch {
    return false;
  }
}
