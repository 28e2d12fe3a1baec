/** The agent as a process: its socket, its signals, and what happens when it is killed at any moment and another one comes. */
import { spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { allProcesses, environmentOfProcess, statOf } from "../../runtime/agent/leftovers/processes.ts";
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
    ({ pid, state }) => state !== "Z" && environmentOfProcess(pid)?.includes(`AZ_BATCH_NODE_ROOT_DIR=${root}/nodes/n1`),
  );

describe("the socket", () => {
  it("is the user's own, and a second agent for the root does not start", async () => {
    const { line } = await open();
    expect(statSync(join(root, "agent.sock")).mode & 0o777).toBe(0o600);
    expect(statSync(join(root, "agent", "records")).mode & 0o777).toBe(0o600);
    const second = start();
    expect(await second.gone).toBe(3);
    expect(second.log).toContain("alreadyRunning");
    run(line, "t1", "true");
    expect(await line.told("Ended")).toMatchObject({ exitCode: 0 });
  });

  it("a new server takes the place of the one before; a connection that ends stops no task", async () => {
    const { agent, line } = await open();
    run(line, "t1", "sleep 300");
    const { pid } = await line.told("Started");
    const next = await agent.connect();
    expect((await next.told("Hello")).running).toEqual(["t1"]);
    await until(() => line.closed);
    next.socket.destroy();
    const third = await agent.connect();
    expect((await third.told("Hello")).running).toEqual(["t1"]);
    expect(isRunning(pid)).toBe(true);
    third.send({ kind: "Kill", run: "t1" });
    await third.told("Ended", ({ cause }) => cause === "killed");
  });

  it.each([
    ["noise", "no json\n"],
    ["an unknown kind", '{"kind":"Format"}\n'],
    ["a kind of the prototype", '{"kind":"constructor"}\n'],
    ["a message without its fields", '{"kind":"Hello","protocol":1}\n{"kind":"Run"}\n'],
    ["a message before Hello", '{"kind":"Kill","run":"t1"}\n'],
    ["no object", "null\n"],
    ["another protocol", '{"kind":"Hello","protocol":99}\n'],
  ])("closes on %s, and goes on", async (_, bytes) => {
    const agent = start();
    await (await agent.connect()).told("Hello");
    const socket = createConnection(join(root, "agent.sock"));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {}).resume();
    socket.write(bytes);
    await closed;
    await (await agent.connect()).told("Hello");
  });

  it("a line without end does not fill the memory", async () => {
    const agent = start();
    await (await agent.connect()).told("Hello");
    const socket = createConnection(join(root, "agent.sock"));
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    const megabyte = Buffer.alloc(1024 * 1024, "x");
    const pump = () => {
      while (!socket.destroyed && socket.write(megabyte));
    };
    socket.on("drain", pump);
    pump();
    await closed;
    await (await agent.connect()).told("Hello");
  });

  it("SIGTERM and Shutdown end all tasks, then the agent; the next one tells of them", async () => {
    const { agent, line } = await open();
    run(line, "t1", "sleep 300");
    const { pid } = await line.told("Started");
    agent.child.kill("SIGTERM");
    expect(await agent.gone).toBe(0);
    expect(isRunning(pid)).toBe(false);
    const next = start();
    const again = await next.connect();
    expect((await again.told("Hello")).ended).toEqual([expect.objectContaining({ run: "t1", cause: "killed" })]);
    again.send({ kind: "Shutdown" });
    expect(await next.gone).toBe(0);
  });
});

describe("--with-server", () => {
  it("ends with the server it was started for, and takes tasks and root along", async () => {
    const server = spawn("sleep", ["300"], { stdio: "ignore" });
    const agent = new AgentProcess(program, root, ["--with-server", String(server.pid)]);
    agents.push(agent);
    const line = await agent.connect();
    line.send({ kind: "CreateNode", node: "n1", address: "127.1.0.1", cores: 2 });
    run(line, "t1", "sleep 300");
    const { pid } = await line.told("Started");
    server.kill("SIGKILL");
    expect(await agent.gone).toBe(0);
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(root)).toBe(false);
  });
});

describe("an agent that is killed", () => {
  it("leaves nothing running that the next one does not end before it says Hello, whatever the task did to hide", async () => {
    const { agent, line } = await open();
    // Those without an environment are known by how long they sleep: no other test of this machine chooses the same.
    const [first, second] = [1, 2].map((n) => `${n}${String(process.pid).padStart(8, "0")}`);
    const hide = `(setsid sleep 300 &) ; (env -i setsid sh -c "exec sleep ${first}" &) ; timeout 300 sleep 300 & env -i sleep ${second} & echo done; wait`;
    run(line, "t1", `/bin/sh -c '${hide}'`);
    await line.told("Started");
    const stdout = join(root, "nodes/n1/workitems/job/job-1/t1/stdout.txt");
    await until(() => existsSync(stdout) && readFileSync(stdout, "utf8") === "done\n" && strays().length >= 3);
    agent.child.kill("SIGKILL");
    await agent.gone;
    const next = await start().connect();
    expect((await next.told("Hello")).ended).toEqual([expect.objectContaining({ run: "t1", node: "n1", cause: "lost" })]);
    expect(strays()).toEqual([]);
    expect(next.heard[0]).toMatchObject({ running: [], nodes: [{ node: "n1", boot: 1 }] });
    // Those without an environment too: they were orphans of the launcher, which went last.
    const left = allProcesses().filter(
      ({ pid, state }) => state !== "Z" && [first, second].some((n) => hasCommand(pid, `sleep\0${n}\0`)),
    );
    expect(left).toEqual([]);
  });

  it("ends by pid and start time: a process that has the number now and began at another time is left alone", async () => {
    const { agent, line } = await open();
    run(line, "t1", "sleep 300");
    const { pid } = await line.told("Started");
    agent.child.kill("SIGKILL");
    await agent.gone;
    await until(() => !isRunning(pid));
    const innocent = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    const startTicks = statOf(innocent.pid!)!.startTicks;
    const records = join(root, "agent", "records");
    appendFileSync(records, `["run","t2","n1","/d",false]\n["pid","t2",${innocent.pid},${startTicks - 1}]\n`);
    // A leader that has gone, and a group of that number which does not carry our mark.
    const child = spawn("sh", ["-c", "sleep 300 & echo $!"], { detached: true, stdio: ["ignore", "pipe", "ignore"] });
    let orphan = "";
    child.stdout!.on("data", (bytes) => {
      orphan += bytes;
    });
    await new Promise((resolve) => child.once("exit", resolve));
    await until(() => orphan.endsWith("\n"));
    appendFileSync(records, `["run","t3","n1","/d",false]\n["pid","t3",${child.pid},1]\n`);
    const next = await start().connect();
    const { ended } = await next.told("Hello");
    expect(ended.map(({ run, cause }) => [run, cause])).toEqual([
      ["t1", "lost"],
      ["t2", "lost"],
      ["t3", "lost"],
    ]);
    expect(isRunning(innocent.pid!)).toBe(true);
    expect(isRunning(Number(orphan))).toBe(true);
    innocent.kill("SIGKILL");
    process.kill(Number(orphan), "SIGKILL");
  });

  it("ends what has the recorded pid and start time even if it carries no mark", async () => {
    const ours = spawn("sleep", ["300"], { detached: true, stdio: "ignore" });
    mkdirSync(join(root, "agent"));
    const { startTicks } = statOf(ours.pid!)!;
    writeFileSync(join(root, "agent", "records"), `["run","t1","n1","/d",false]\n["pid","t1",${ours.pid},${startTicks}]\n`);
    const line = await start().connect();
    await line.told("Hello");
    expect(isRunning(ours.pid!)).toBe(false);
  });

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
    await listen();
    for (let task = 0; task < TASKS; task++) give(task);
    for (let round = 0; round < 8; round++) {
      await new Promise((resolve) => setTimeout(resolve, 10 + 90 * random()));
      agent.child.kill("SIGKILL");
      await agent.gone;
      agent = start();
      line = await agent.connect();
      await listen();
    }
    const done = () => [...attempts].every(([task, attempt]) => ended.get(`t${task}-${attempt}`) === "exit 5");
    const odd = () => [...ended].filter(([, end]) => end !== "exit 5" && end !== "lost undefined");
    await until(() => done() || odd().length > 0);
    expect(odd()).toEqual([]);
    expect(attempts.size).toBe(TASKS);
    expect([...attempts.keys()].filter((task) => existsSync(join(notes, `${task}.twice`)))).toEqual([]);
    expect([...ended.values()].some((end) => end === "lost undefined")).toBe(true);
    expect(strays()).toEqual([]);
  });
});

function hasCommand(pid: number, command: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1") === command;
  } catch {
    return false;
  }
}
