/** The agent from outside: orders in, messages, files and processes out. Real processes on a real disk. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Desk, isRunning, until } from "./desk.ts";

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.close());

/** What stands in a file once something does. */
async function content(path: string): Promise<string> {
  await until(() => existsSync(path) && readFileSync(path, "utf8").endsWith("\n"));
  return readFileSync(path, "utf8").trim();
}

describe("a run", () => {
  it("section 9: starts in wd, with its variables, and tells Started and Ended with instants", async () => {
    const { exitCode, cause, startedAt, endedAt } = await desk.result(
      "t1",
      `/bin/sh -c 'echo $AZ_BATCH_TASK_WORKING_DIR $A; pwd -P; exit 3'`,
      {
        environment: [["A", "one"]],
      },
    );
    const wd = desk.path("workitems", "job", "job-1", "t1", "wd");
    expect({ exitCode, cause }).toEqual({ exitCode: 3, cause: "exit" });
    expect(startedAt).toBeLessThanOrEqual(endedAt);
    expect(desk.text("t1")).toBe(`${wd} one\n${wd}\n`);
    expect(desk.text("t1", "stderr.txt")).toBe("");
  });

  it("T-22: stdout.txt can be read while the task runs", async () => {
    desk.run("t1", "/bin/sh -c 'echo early; exec sleep 300'");
    expect(await content(desk.path("workitems/job/job-1/t1/stdout.txt"))).toBe("early");
    expect(desk.endings("t1")).toEqual([]);
  });

  it.each([
    ["/nosuch/program", "CommandProgramNotFound"],
    ["no-such-program", "CommandProgramNotFound"],
    ["/", "CommandLaunchFailed"],
    ["'open", "CommandLaunchFailed"],
    ["a\0b", "CommandLaunchFailed"],
  ])("section 11: %j ends as a preprocessing error %s of the user, without an exit code", async (line, code) => {
    // A directory of one's own PATH that may not be looked into would be the reason told.
    const ending = await desk.result("t1", line, { environment: [["PATH", "/usr/bin:/bin"]] });
    expect(ending).toMatchObject({ cause: "preprocessing", failure: { category: "UserError", code } });
    expect(ending.exitCode).toBeUndefined();
  });

  it("an environment that no process can be given is told as such", async () => {
    const ending = await desk.result("t1", "true", { environment: [["A=B", "x"]] });
    expect(ending.failure).toMatchObject({ category: "UserError", code: "CommandLaunchFailed" });
  });

  it.each([
    "../../escape",
    "/etc",
    "workitems/../../x",
    "workitems/\0",
    "",
  ])("P-194: the directory %j does not leave the node", async (directory) => {
    expect((await desk.result("t1", "true", { directory })).cause).toBe("preprocessing");
    expect(readdirSync(desk.path())).not.toContain("x");
  });

  it("section 9, step 3: a second attempt begins in an empty directory", async () => {
    const directory = "workitems/job/job-1/task";
    await desk.result("t1", "/bin/sh -c 'echo 1; touch left'", { directory });
    await desk.result("t2", "/bin/sh -c 'echo 2; ls'", { directory });
    expect(readFileSync(desk.path(directory, "stdout.txt"), "utf8")).toBe("2\n");
  });

  it("P-100: a start task finds what it left, as it has to stand repetition", async () => {
    await desk.result("s1", "/bin/sh -c 'touch left'", { directory: "startup" });
    await desk.result("s2", "/bin/sh -c 'ls'", { directory: "startup" });
    expect(readFileSync(desk.path("startup", "stdout.txt"), "utf8")).toBe("left\n");
  });

  it("told twice runs once", async () => {
    desk.run("t1", "/bin/sh -c 'echo once >> ../../count'");
    desk.run("t1", "/bin/sh -c 'echo once >> ../../count'");
    await desk.ended("t1");
    desk.run("t1", "/bin/sh -c 'echo once >> ../../count'");
    await until(() => desk.endings("t1").length === 2);
    expect(readFileSync(desk.path("workitems/job/job-1/count"), "utf8")).toBe("once\n");
  });

  it("on a node that is not here is lost", async () => {
    expect((await desk.result("t1", "true", { node: "other" })).cause).toBe("lost");
  });
});

describe("the end by force", () => {
  it("T-30: a wall-clock limit ends the whole group, grandchildren too", async () => {
    expect(await desk.result("t0", "sleep 300", { wallClockMs: 50 })).toMatchObject({ cause: "timeLimit" });
    desk.run("t1", "/bin/sh -c 'sleep 300 & echo $! > pid; wait'", { wallClockMs: 300_000 });
    const pid = Number(await content(desk.path("workitems/job/job-1/t1/wd/pid")));
    // However long it took to come so far, that is more than this.
    desk.send({ kind: "Constrain", run: "t1", wallClockMs: 1 });
    expect(await desk.ended("t1")).toMatchObject({ cause: "timeLimit" });
    expect(isRunning(pid)).toBe(false);
  });

  it("T-06: a limit can be set, moved and taken away while the run goes on; it counts from the start, and retention is another one only if it is told", async () => {
    desk.run("t1", "sleep 300");
    desk.run("t2", "/bin/sh -c 'while [ ! -e open ]; do sleep 0.05; done'", { wallClockMs: 4_000, retentionMs: 50 });
    await desk.started("t1");
    await desk.started("t2");
    desk.send({ kind: "Constrain", run: "t2" });
    desk.send({ kind: "Constrain", run: "none", wallClockMs: 1 });
    desk.send({ kind: "Constrain", run: "t1", wallClockMs: 4_100, retentionMs: 50 });
    expect(await desk.ended("t1")).toMatchObject({ cause: "timeLimit" });
    await until(() => !existsSync(desk.path("workitems/job/job-1/t1")));
    writeFileSync(desk.path("workitems/job/job-1/t2/wd/open"), "");
    expect(await desk.ended("t2")).toMatchObject({ cause: "exit", exitCode: 0 });
    await until(() => !existsSync(desk.path("workitems/job/job-1/t2")));
  });

  it("a task that returns before its limit has returned", async () => {
    expect(await desk.result("t1", "true", { wallClockMs: 60_000 })).toMatchObject({ cause: "exit", exitCode: 0 });
  });

  it("Kill ends the group and whoever in the session left it; Ended follows when they are gone", async () => {
    desk.run("t1", "/bin/sh -c 'timeout 300 sleep 300 & sleep 300 & echo $! > pid; wait'");
    const leader = await desk.started("t1");
    const pid = Number(await content(desk.path("workitems/job/job-1/t1/wd/pid")));
    await until(() => readdirSync("/proc").some((name) => /^\d+$/.test(name) && isTimeout(name, leader)));
    desk.send({ kind: "Kill", run: "t1" });
    expect(await desk.ended("t1")).toMatchObject({ cause: "killed", exitCode: -9 });
    expect([leader, pid].map(isRunning)).toEqual([false, false]);
    await until(() => !readdirSync("/proc").some((name) => /^\d+$/.test(name) && isTimeout(name, leader)));
  });

  it("Kill right behind Run ends it, whenever that meets it", async () => {
    for (let i = 0; i < 20; i++) {
      desk.run(`t${i}`, "sleep 300");
      if (i % 2 === 1) await new Promise((resolve) => setImmediate(resolve));
      desk.send({ kind: "Kill", run: `t${i}` });
    }
    for (let i = 0; i < 20; i++) expect((await desk.ended(`t${i}`)).cause).toBe("killed");
  });

  it("Kill of an unknown run, or one that is over, is answered with an ending", async () => {
    desk.send({ kind: "Kill", run: "t99" });
    expect(await desk.ended("t99")).toMatchObject({ cause: "killed" });
    await desk.result("t1", "/bin/sh -c 'exit 4'");
    desk.send({ kind: "Kill", run: "t1" });
    await until(() => desk.endings("t1").length === 2);
    expect(desk.endings("t1")[1]).toEqual(desk.endings("t1")[0]);
  });

  it("T-23: what a task leaves in its group is ended with it", async () => {
    expect(await desk.result("t1", "/bin/sh -c 'sleep 300 & echo $!'")).toMatchObject({ cause: "exit", exitCode: 0 });
    expect(isRunning(Number(desk.text("t1")))).toBe(false);
  });

  it("T-23: what it leaves in its session under a group of its own goes soon after", async () => {
    await desk.result("t1", "/bin/sh -c 'timeout 300 sleep 300 & echo $!; sleep 0.2'");
    const pid = Number(desk.text("t1"));
    await until(() => !isRunning(pid));
  });
});

function isTimeout(pid: string, session: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.includes("(timeout)") && stat.split(" ")[5] === String(session) && isRunning(Number(pid));
  } catch {
    return false;
  }
}

describe("multi-instance parts", () => {
  it("T-54, T-55: what a coordination command leaves lives until Kill, whose answer is a second ending; the application goes on in its directory", async () => {
    const directory = "workitems/job/job-1/task";
    desk.run("t1.0", "/bin/sh -c 'sleep 300 & echo $!'", { directory, lingers: true });
    expect(await desk.ended("t1.0")).toMatchObject({ cause: "exit", exitCode: 0 });
    const pid = Number(readFileSync(desk.path(directory, "stdout.txt"), "utf8"));
    expect(isRunning(pid)).toBe(true);
    expect(await desk.result("t1.a", "/bin/sh -c 'echo application'", { directory, continues: true })).toMatchObject({
      exitCode: 0,
    });
    expect(readFileSync(desk.path(directory, "stdout.txt"), "utf8")).toBe(`${pid}\napplication\n`);
    expect(isRunning(pid)).toBe(true);
    desk.send({ kind: "Kill", run: "t1.0" });
    await until(() => desk.endings("t1.0").length === 2);
    expect(desk.endings("t1.0")[1].cause).toBe("killed");
    expect(isRunning(pid)).toBe(false);
  });
});

describe("nodes", () => {
  it("section 18: a node is a tree of directories", () => {
    expect(readdirSync(desk.path()).sort()).toEqual(["applications", "fsmounts", "shared", "startup", "volatile", "workitems"]);
  });

  it("created twice is left as it is and told again", async () => {
    writeFileSync(desk.path("shared", "kept"), "");
    desk.send({ kind: "CreateNode", node: "n1", address: "127.9.9.9", cores: 9 });
    await until(() => desk.heard.filter(({ kind }) => kind === "NodeUp").length === 2);
    expect(desk.heard.findLast(({ kind }) => kind === "NodeUp")).toMatchObject({ address: "127.1.0.1", boot: 1 });
    expect(existsSync(desk.path("shared", "kept"))).toBe(true);
  });

  it("a reboot ends all its processes before NodeUp, also those that have a session of their own, and keeps the disk", async () => {
    desk.run("t1", "/bin/sh -c 'setsid sleep 300 & echo $!; wait'");
    const pid = await desk.started("t1");
    await content(desk.path("workitems/job/job-1/t1/stdout.txt"));
    desk.send({ kind: "RebootNode", node: "n1", wipe: false });
    await desk.told("NodeUp", ({ boot }) => boot === 2);
    expect(desk.endings("t1")).toHaveLength(1);
    expect(isRunning(pid)).toBe(false);
    expect(isRunning(Number(desk.text("t1")))).toBe(false);
  });

  it("what is told to run while it reboots runs afterwards", async () => {
    desk.run("t1", "sleep 300");
    await desk.started("t1");
    desk.send({ kind: "RebootNode", node: "n1", wipe: true });
    expect(await desk.result("t2", "true")).toMatchObject({ cause: "exit", exitCode: 0 });
    const order = desk.heard.map((message) => (message.kind === "Ended" ? message.run : message.kind));
    expect(order.indexOf("t1")).toBeLessThan(order.lastIndexOf("NodeUp"));
    expect(order.lastIndexOf("NodeUp")).toBeLessThan(order.indexOf("t2"));
  });

  it("a wipe empties the disk and makes the tree again", async () => {
    await desk.result("t1", "true");
    desk.send({ kind: "RebootNode", node: "n1", wipe: true });
    await desk.told("NodeUp", ({ boot }) => boot === 2);
    expect(readdirSync(desk.path("workitems"))).toEqual([]);
  });

  it("removed takes its processes and files with it; what was to run there is lost", async () => {
    desk.run("t1", "sleep 300");
    const pid = await desk.started("t1");
    desk.send({ kind: "RemoveNode", node: "n1" });
    desk.run("t2", "true");
    await desk.told("NodeGone", ({ node }) => node === "n1");
    expect(isRunning(pid)).toBe(false);
    expect(existsSync(desk.path())).toBe(false);
    expect((await desk.ended("t1")).cause).toBe("killed");
    expect((await desk.ended("t2")).cause).toBe("lost");
  });

  it.each(["..", "a/b", "", "x\0"])("cannot be called %j", async (node) => {
    desk.send({ kind: "CreateNode", node, address: "127.1.0.2", cores: 1 });
    await desk.told("NodeFailed", (message) => message.node === node);
  });
});

describe("files", () => {
  it("T-14: RemoveFiles takes a directory away, and nothing outside the node", async () => {
    await desk.result("t1", "true");
    mkdirSync(desk.path("..", "n2"));
    desk.send({ kind: "RemoveFiles", node: "n1", directory: "../n2" });
    desk.send({ kind: "RemoveFiles", node: "n1", directory: "workitems/job" });
    expect(existsSync(desk.path("workitems/job"))).toBe(false);
    expect(existsSync(desk.path("..", "n2"))).toBe(true);
  });

  it("T-87: a directory goes when its retention time is over, unless a later run has it", async () => {
    const directory = "workitems/job/job-1/again";
    await desk.result("t1", "true", { retentionMs: 50 });
    await desk.result("t2", "true", { directory, retentionMs: 300 });
    desk.run("t3", "sleep 300", { directory });
    await desk.started("t3");
    await until(() => !existsSync(desk.path("workitems/job/job-1/t1")));
    await desk.result("t4", "true", { retentionMs: 400 });
    await until(() => !existsSync(desk.path("workitems/job/job-1/t4")));
    expect(existsSync(desk.path(directory))).toBe(true);
  });
});

describe("what is remembered", () => {
  it("Hello tells nodes, running runs and endings until they are acknowledged", async () => {
    await desk.result("t1", "/bin/sh -c 'exit 5'");
    await desk.result("t2", "true");
    desk.run("t3", "sleep 300");
    await desk.started("t3");
    desk.send({ kind: "Ack", run: "t2" });
    desk.heard.length = 0;
    desk.connect();
    const hello = await desk.told("Hello", () => true);
    expect(hello.nodes).toEqual([{ node: "n1", address: "127.1.0.1", boot: 1 }]);
    expect(hello.running).toEqual(["t3"]);
    expect(hello.ended).toEqual([expect.objectContaining({ run: "t1", exitCode: 5 })]);
    expect(hello.root).toBe(desk.path(".."));
  });

  it("an agent that ends in good order ends its tasks, and the next one tells of them", async () => {
    await desk.result("t1", "/bin/sh -c 'exit 5'");
    desk.run("t2", "sleep 300");
    const pid = await desk.started("t2");
    await desk.reopen();
    expect(isRunning(pid)).toBe(false);
    const hello = await desk.told("Hello", () => true);
    expect(hello.ended.map(({ run, cause }) => [run, cause])).toEqual([
      ["t1", "exit"],
      ["t2", "killed"],
    ]);
    expect(hello.nodes).toEqual([{ node: "n1", address: "127.1.0.1", boot: 1, interrupted: true }]);
    // Until it boots: from then on nothing of it goes back to the earlier agent.
    desk.send({ kind: "RebootNode", node: "n1", wipe: false });
    expect(await desk.told("NodeUp", ({ boot }) => boot === 2)).not.toHaveProperty("interrupted");
    expect(await desk.result("t3", "true")).toMatchObject({ exitCode: 0 });
  });

  it("ends that nobody hears are kept while there is no connection", async () => {
    desk.run("t1", "/bin/sh -c 'exit 6'");
    await desk.started("t1");
    desk.agent.connect(undefined);
    await until(() => readFileSync(`${desk.root}/agent/records`, "utf8").includes('["over","t1"]'));
    desk.heard.length = 0;
    desk.connect();
    expect((await desk.told("Hello", () => true)).ended).toEqual([expect.objectContaining({ run: "t1", exitCode: 6 })]);
  });
});
