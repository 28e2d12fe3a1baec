/** Constraints of jobs and tasks: time limits, retries, retention. What ran is told by the processes themselves and by the directories they leave. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, served } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { JobsAtWork, NOTE_PID } from "./jobAtWork.ts";
import { at, type Gate, newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;
let data: string;
const POOL = "workers";
/** What the service reports for a run that took too long, as the signed number of 32 bits that JSON has. */
const TIMED_OUT = 0xc000013a | 0;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn", "--data", data));
  await weir.addIdlePool(POOL, 2, { taskSlotsPerNode: 8 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** A line of the file `runs` for each run that began. */
const counted = ({ folder }: Gate) => `echo run >> ${folder}/runs`;
const runsOf = ({ folder }: Gate) => readFileSync(join(folder, "runs"), "utf8").trim().split("\n").length;

describe.concurrent("constraints", () => {
  test("row 109: when a job's maximum wall clock time is over it and its tasks end, with the reason MaxWallClockTimeExpiry", async () => {
    await weir.addJob("limited", POOL, [shell(`${NOTE_PID}; exec sleep 1000`)], { constraints: { maxWallClockTime: "PT1H" } });
    const process = await weir.process("limited", "t1");
    // The task runs for certain before the time is up, however slow this machine is just now.
    await weir.send("PATCH", "/jobs/limited", { constraints: { maxWallClockTime: "PT3S" } });
    const job = await weir.jobTurns("limited", "completed");
    expect(job.executionInfo.terminateReason).toBe("MaxWallClockTimeExpiry");
    expect(at(job.executionInfo.endTime) - at(job.creationTime)).toBeGreaterThanOrEqual(3000);
    const { state, executionInfo } = await weir.task("limited", "t1");
    expect(state).toBe("completed");
    expect(executionInfo).toMatchObject({ result: "failure", failureInfo: { code: "TaskEnded" } });
    await process.ends();
    await weir.refuses(409, "JobCompleted", "POST", "/jobs/limited/tasks", { id: "late", commandLine: shell("true") });
  });

  test("row 143: a task that runs longer than it may is ended, with all it has started, and not retried", async () => {
    await weir.addJob("long", POOL, [shell(`${NOTE_PID}; sleep 1000 & echo $! >> pid; wait`)], {
      constraints: { maxTaskRetryCount: 3 },
    });
    await weir.addTask("long", "t2", shell(`${NOTE_PID}; sleep 1000 & echo $! >> pid; wait`), {
      constraints: { maxWallClockTime: "PT10M", maxTaskRetryCount: 3 },
    });
    const pids = await weir.pids("long", "t2", 2);
    const shorter = { constraints: { maxWallClockTime: "PT1S", maxTaskRetryCount: 3 } };
    await weir.send("PUT", "/jobs/long/tasks/t2", shorter);
    const { executionInfo } = await weir.turns("long", "t2", "completed");
    expect(executionInfo).toMatchObject({
      exitCode: TIMED_OUT,
      result: "failure",
      retryCount: 0,
      failureInfo: { category: "ServerError", code: "TaskEnded" },
    });
    expect(at(executionInfo.endTime) - at(executionInfo.startTime)).toBeGreaterThanOrEqual(1000);
    await eventually("its processes to end", () => (pids.some(isRunning) ? undefined : true));
    // The other task has no limit.
    expect((await weir.task("long", "t1")).state).toBe("running");
    await weir.send("POST", "/jobs/long/tasks/t1/terminate");
  });

  test("T-30: the limit is of one run: a task that fails late and is retried has all of it again", async () => {
    const gate = newGate();
    const isLast = `test $(wc -l < ${gate.folder}/runs) -eq 9`;
    await weir.addJob("again", POOL);
    // Each run takes far less than the limit, and all nine together take longer; the last one succeeds.
    await weir.addTask("again", "t", shell(`${counted(gate)}; sleep 1; ${isLast}`), {
      constraints: { maxWallClockTime: "PT8S", maxTaskRetryCount: 8 },
    });
    const { executionInfo } = await weir.turns("again", "t", "completed");
    expect(executionInfo).toMatchObject({ exitCode: 0, retryCount: 8, result: "success" });
    expect(runsOf(gate)).toBe(9);
  });

  test("T-06: constraints that are changed while a task runs hold for that run: a time limit from its start, the retention of its directory, more retries", async () => {
    const gate = newGate();
    await weir.addJob("changed", POOL);
    await weir.addTask("changed", "hangs", shell(`${NOTE_PID}; exec sleep 1000`));
    const process = await weir.process("changed", "hangs");
    await weir.send("PUT", "/jobs/changed/tasks/hangs", { constraints: { maxWallClockTime: "PT0.5S", retentionTime: "PT1S" } });
    const { executionInfo, nodeInfo } = await weir.turns("changed", "hangs", "completed");
    expect(executionInfo).toMatchObject({ exitCode: TIMED_OUT, failureInfo: { code: "TaskEnded" } });
    await eventually("its process to be gone", () => (process.isAlive() ? undefined : true));
    const directory = join(data, "nodes", `${POOL}.${nodeInfo!.nodeId}`, "workitems/changed/job-1/hangs");
    await eventually("the directory to be deleted", () => (existsSync(directory) ? undefined : true));
    await weir.addTask("changed", "freed", shell(gate.wait), { constraints: { maxWallClockTime: "PT1M" } });
    await weir.turns("changed", "freed", "running");
    await weir.send("PUT", "/jobs/changed/tasks/freed", { constraints: { maxTaskRetryCount: 3 } });
    const { constraints } = await weir.server.get<{ constraints: object }>("/jobs/changed/tasks/freed");
    expect(constraints).toMatchObject({ maxTaskRetryCount: 3, retentionTime: "P7D" });
    gate.open();
    expect((await weir.turns("changed", "freed", "completed")).executionInfo.result).toBe("success");
    await weir.refuses(409, "TaskCompleted", "PUT", "/jobs/changed/tasks/freed", { constraints: {} });
  });

  test("row 110: a job's maximum of retries holds for tasks that say nothing, and a task's own goes before it", async () => {
    const [own, jobs] = [newGate(), newGate()];
    await weir.addJob("defaults", POOL, [], { constraints: { maxTaskRetryCount: 2 } });
    await weir.addTask("defaults", "jobs", shell(`${counted(jobs)}; exit 1`));
    await weir.addTask("defaults", "own", shell(`${counted(own)}; exit 1`), { constraints: { maxTaskRetryCount: 1 } });
    await weir.completed("defaults");
    expect((await weir.task("defaults", "jobs")).executionInfo).toMatchObject({ retryCount: 2, result: "failure" });
    expect((await weir.task("defaults", "own")).executionInfo).toMatchObject({ retryCount: 1, result: "failure" });
    expect([runsOf(jobs), runsOf(own)]).toEqual([3, 2]);
  });

  test("row 111: retries without end stop only when the task is terminated, and with 0 it runs once", async () => {
    const [always, never] = [newGate(), newGate()];
    await weir.addJob("ends", POOL);
    await weir.addTask("ends", "always", shell(`${counted(always)}; exit 1`), { constraints: { maxTaskRetryCount: -1 } });
    await weir.addTask("ends", "never", shell(`${counted(never)}; exit 1`), { constraints: { maxTaskRetryCount: 0 } });
    expect((await weir.turns("ends", "never", "completed")).executionInfo).toMatchObject({ retryCount: 0, exitCode: 1 });
    // More often than any count would have been meant by mistake, and never completed meanwhile.
    await weir.untilTask("ends", "always", "30 retries", ({ state, executionInfo }) => {
      expect(state).not.toBe("completed");
      return executionInfo.retryCount >= 30;
    });
    await weir.send("POST", "/jobs/ends/tasks/always/terminate");
    const ended = await weir.turns("ends", "always", "completed");
    expect(ended.executionInfo.failureInfo).toMatchObject({ code: "TaskEnded", category: "UserError" });
    expect(ended.executionInfo.retryCount).toBeGreaterThanOrEqual(30);
    // The node is free for others again, and the task's count stays where it was.
    await weir.addTask("ends", "next", shell("true"));
    await weir.turns("ends", "next", "completed");
    expect((await weir.task("ends", "always")).executionInfo).toEqual(ended.executionInfo);
    // The last run was begun before the task was terminated.
    expect(runsOf(always)).toBeGreaterThanOrEqual(30);
    expect(runsOf(always)).toBeLessThanOrEqual(ended.executionInfo.retryCount + 1);
    expect(runsOf(never)).toBe(1);
  });

  test("row 112: a retry puts the task back into the queue, active, before it runs again, and is counted", async () => {
    const [fails, other] = [newGate(), newGate()];
    await weir.addIdlePool("single", 1);
    await weir.addJob("queued", "single");
    await weir.addTask("queued", "t", shell(`${fails.wait}; rm ${fails.path}; exit 7`), {
      constraints: { maxTaskRetryCount: 2 },
    });
    await weir.turns("queued", "t", "running");
    // A task of a higher job stands in line, and takes the only slot when the first run has failed.
    await weir.addJob("urgent", "single", [shell(other.wait)], { priority: 10 });
    fails.open();
    const between = await weir.untilTask(
      "queued",
      "t",
      "the first retry",
      ({ executionInfo }) => executionInfo.retryCount === 1,
    );
    expect(between.state).toBe("active");
    expect(between.executionInfo.endTime).toBeUndefined();
    expect((await weir.task("urgent", "t1")).state).toBe("running");
    other.open();
    await weir.untilTask("queued", "t", "the second run", ({ state }) => state === "running");
    fails.open();
    await weir.untilTask("queued", "t", "the second retry", ({ executionInfo }) => executionInfo.retryCount === 2);
    fails.open();
    const { executionInfo } = await weir.turns("queued", "t", "completed");
    expect(executionInfo).toMatchObject({ exitCode: 7, retryCount: 2, requeueCount: 0, result: "failure" });
  });

  test("row 144: a task with 3 retries runs 4 times when it fails, and no more often than until it succeeds", async () => {
    const [fails, succeeds] = [newGate(), newGate()];
    await weir.addJob("retried", POOL);
    const constraints = { maxTaskRetryCount: 3 };
    await weir.addTask("retried", "fails", shell(`${counted(fails)}; exit 1`), { constraints });
    const third = `test $(wc -l < ${succeeds.folder}/runs) -eq 3`;
    await weir.addTask("retried", "succeeds", shell(`${counted(succeeds)}; ${third}`), { constraints });
    await weir.completed("retried");
    expect((await weir.task("retried", "fails")).executionInfo).toMatchObject({ retryCount: 3, result: "failure" });
    expect((await weir.task("retried", "succeeds")).executionInfo).toMatchObject({ retryCount: 2, result: "success" });
    expect([runsOf(fails), runsOf(succeeds)]).toEqual([4, 3]);
  });

  test("row 145: a task's directory is kept for its retention time and then deleted, and its files are 409 TaskFilesCleanedup", async () => {
    await weir.addIdlePool("kept", 1);
    await weir.addJob("kept", "kept", [shell("echo data > file; echo said")]);
    const gate = newGate();
    await weir.turns("kept", "t1", "completed");
    await weir.addTask("kept", "short", shell(`echo data > file; echo said; ${gate.wait}`), {
      constraints: { retentionTime: "PT3S" },
    });
    const { nodeInfo } = await weir.turns("kept", "short", "running");
    const directoryOf = (task: string) => join(data, "nodes", `kept.${nodeInfo!.nodeId}`, `workitems/kept/job-1/${task}`);
    const [short, kept] = ["short", "t1"].map(directoryOf);
    const said = join(short, "stdout.txt");
    await eventually("what it says", () => (existsSync(said) && readFileSync(said, "utf8") === "said\n" ? true : undefined));
    expect(await weir.output("kept", "short", "wd/file")).toBe("data\n");
    const openedAt = performance.now();
    gate.open();
    await weir.turns("kept", "short", "completed");
    await eventually("the directory to be deleted", () => (existsSync(short) ? undefined : true));
    // Not before its time. The node counts from the end that it saw, of which the service hears later.
    expect(performance.now() - openedAt).toBeGreaterThanOrEqual(2_990);
    for (const path of ["files", "files/stdout.txt", "files/wd%2Ffile"])
      await weir.refuses(409, "TaskFilesCleanedup", "GET", `/jobs/kept/tasks/short/${path}`);
    expect(existsSync(join(kept, "wd", "file"))).toBe(true);
    expect(await weir.output("kept", "t1")).toBe("said\n");
  });
});
