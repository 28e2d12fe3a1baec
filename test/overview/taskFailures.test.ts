/** How tasks fail, and how a client tells the kinds of failures apart: by exit code, category and code, in every version of the API and on the command line. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { JobsAtWork } from "./jobAtWork.ts";
import { newGate, removeGates, shell } from "./poolAtWork.ts";

let weir: JobsAtWork;
const POOL = "workers";
/** 0xC000013A as the signed number of 32 bits that JSON has. */
const TIMED_OUT = -1_073_741_510;
/** A version of the API from before failureInfo, and the first with it. */
const [OLD, NEW] = ["2017-01-01.4.0", "2017-05-01.5.0"];

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn"));
  await weir.addIdlePool(POOL, 2, { taskSlotsPerNode: 8 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

/** What `weir` says to these arguments, of the service of this file. */
function said(...args: string[]): string {
  const { endpoint, account, key } = weir.server.document;
  const env = {
    ...process.env,
    NO_COLOR: "1",
    AZURE_BATCH_ENDPOINT: endpoint,
    AZURE_BATCH_ACCOUNT: account,
    AZURE_BATCH_ACCESS_KEY: key,
  };
  const ran = spawnSync(process.execPath, [commandPath, ...args], { env, encoding: "utf8" });
  expect(ran.status, ran.stderr).toBe(0);
  return ran.stdout;
}

/** Runs a command line as the task `t` of a new job; how it went. */
async function went(job: string, commandLine: string, more: object = {}): Promise<Execution> {
  await weir.addJob(job, POOL);
  await weir.addTask(job, "t", commandLine, more);
  return (await weir.turns(job, "t", "completed")).executionInfo as Execution;
}

type Execution = Awaited<ReturnType<JobsAtWork["task"]>>["executionInfo"] & { readonly schedulingError?: object };

describe.concurrent("task failures", () => {
  test("row 272: an exit code that is not 0 is a failure of the application: result failure, UserError FailureExitCode; 0 is none", async () => {
    expect(await went("application", shell("echo gone wrong >&2; exit 3"))).toMatchObject({
      exitCode: 3,
      result: "failure",
      retryCount: 0,
      failureInfo: { category: "UserError", code: "FailureExitCode" },
    });
    expect(await weir.output("application", "t", "stderr.txt")).toBe("gone wrong\n");
    const fine = await went("fine", shell("exit 0"));
    expect(fine).toMatchObject({ exitCode: 0, result: "success" });
    expect(fine.failureInfo).toBeUndefined();
  });

  test("row 273: a task is retried by itself up to the number given, and what its last run left is what is there", async () => {
    const { folder } = newGate();
    const run = `echo run >> ${folder}/runs; n=$(wc -l < ${folder}/runs); ls; echo mine > run-$n; echo run $n; exit 1`;
    const constraints = { maxTaskRetryCount: 2 };
    expect(await went("retried", shell(run), { constraints })).toMatchObject({
      exitCode: 1,
      retryCount: 2,
      result: "failure",
      failureInfo: { code: "FailureExitCode" },
    });
    expect(readFileSync(join(folder, "runs"), "utf8")).toBe("run\n".repeat(3));
    // Each run begins with an empty working directory, or `ls` would have something to say.
    expect(await weir.output("retried", "t")).toBe("run 3\n");
    expect(await weir.output("retried", "t", "wd%2Frun-3")).toBe("mine\n");
    await weir.refuses(404, "FileNotFound", "GET", "/jobs/retried/tasks/t/files/wd%2Frun-1");
  });

  test("rows 274 and 275: a task beyond its own maximum wall clock time, or its job's, is a constraint failure: completed, with the code 0xC000013A for its own", async () => {
    await weir.addJob("job-limit", POOL, [shell("exec sleep 1000")], { constraints: { maxWallClockTime: "PT3S" } });
    const own = await went("own-limit", shell("exec sleep 1000"), { constraints: { maxWallClockTime: "PT3S" } });
    expect(own).toMatchObject({
      exitCode: TIMED_OUT,
      result: "failure",
      failureInfo: { category: "ServerError", code: "TaskEnded" },
    });
    expect(own.exitCode! >>> 0).toBe(0xc000013a);
    expect((await weir.jobTurns("job-limit", "completed")).executionInfo.terminateReason).toBe("MaxWallClockTimeExpiry");
    expect(await weir.task("job-limit", "t1")).toMatchObject({
      state: "completed",
      executionInfo: { result: "failure", failureInfo: { code: "TaskEnded" } },
    });
    // For people in hexadecimal, for programs as the service says it.
    for (const lines of [said("task", "list", "own-limit"), said("task", "show", "own-limit", "t")])
      expect(lines).toContain("-1073741510 (0xC000013A)");
    expect(JSON.parse(said("task", "show", "own-limit", "t", "--json"))).toMatchObject({
      executionInfo: { exitCode: TIMED_OUT },
    });
  });

  test("row 276: a time-out is ServerError TaskEnded: in schedulingError for clients of the time before failureInfo, in failureInfo for later ones", async () => {
    await went("versions", shell("exec sleep 1000"), { constraints: { maxWallClockTime: "PT0.5S" } });
    await weir.addTask("versions", "exits", shell("exit 4"));
    await weir.turns("versions", "exits", "completed");
    const infoOf = async (version: string, task: string) =>
      (await weir.readAs<{ executionInfo: Execution }>(version, `/jobs/versions/tasks/${task}`)).executionInfo;
    const before = await infoOf(OLD, "t");
    expect(before).toMatchObject({ exitCode: TIMED_OUT, schedulingError: { category: "ServerError", code: "TaskEnded" } });
    expect(before.failureInfo).toBeUndefined();
    for (const version of [NEW, "2022-10-01.16.0", "2025-06-01"]) {
      const after = await infoOf(version, "t");
      expect(after).toMatchObject({ exitCode: TIMED_OUT, failureInfo: { category: "ServerError", code: "TaskEnded" } });
      expect(after.schedulingError).toBeUndefined();
    }
    // An exit code is no error of scheduling.
    expect(await infoOf(OLD, "exits")).not.toHaveProperty("schedulingError");
    expect(await infoOf(NEW, "exits")).toMatchObject({ exitCode: 4, failureInfo: { code: "FailureExitCode" } });
  });

  test("row 280: the exit code is what the process returned, 42 as 42", async () => {
    await weir.addJob("codes", POOL);
    const codes = [0, 1, 42, 126, 127, 128, 137, 255];
    const value = codes.map((code) => ({ id: `exit-${code}`, commandLine: shell(`exit ${code}`) }));
    await weir.server.post("/jobs/codes/addtaskcollection", { value });
    const found = (await weir.completed("codes")).map(({ id, executionInfo }) => [id, executionInfo.exitCode]);
    expect(found).toEqual(codes.map((code) => [`exit-${code}`, code]));
  });

  test("row 281: the service makes up no exit code: a process that a signal ended has the signal's number, below zero, as the system reports it", async () => {
    await weir.addJob("signals", POOL);
    const signals = { KILL: 9, TERM: 15, SEGV: 11 };
    for (const signal of Object.keys(signals)) await weir.addTask("signals", signal, shell(`kill -${signal} $$`));
    for (const [signal, number] of Object.entries(signals)) {
      const { executionInfo } = await weir.turns("signals", signal, "completed");
      expect(executionInfo).toMatchObject({ exitCode: -number, result: "failure", failureInfo: { code: "FailureExitCode" } });
    }
    // Where none ran there is none.
    const none = await went("no-code", "/no/such/program");
    expect(none).toMatchObject({ result: "failure", failureInfo: { category: "UserError", code: "CommandProgramNotFound" } });
    expect(none.exitCode).toBeUndefined();
  });
});

describe.concurrent("what failures mean", () => {
  const acting = (id: string) =>
    weir.addJob(id, POOL, [], { onTaskFailure: "performexitoptionsjobaction", usesTaskDependencies: true });
  const exits = (code: number, jobAction: string) => ({
    exitConditions: { exitCodes: [{ code, exitOptions: { jobAction, dependencyAction: "satisfy" } }] },
  });

  test("section 12: exit conditions decide by code and by kind what a failure does to the job: nothing, disable it, end it with TaskFailed", async () => {
    const gate = newGate();
    await acting("conditions");
    await weir.addTask("conditions", "none", shell("exit 1"), exits(1, "none"));
    await weir.turns("conditions", "none", "completed");
    expect((await weir.job("conditions")).state).toBe("active");
    await weir.addTask("conditions", "runs", shell(gate.wait));
    await weir.turns("conditions", "runs", "running");
    await weir.addTask("conditions", "disables", shell("exit 2"), exits(2, "disable"));
    await weir.jobTurns("conditions", "disabled");
    // As by the operation: what ran is put back.
    expect(await weir.task("conditions", "runs")).toMatchObject({ state: "active", executionInfo: { requeueCount: 1 } });
    await weir.send("POST", "/jobs/conditions/enable");
    await weir.addTask("conditions", "ends", "/no/such/program", {
      exitConditions: { preProcessingError: { jobAction: "terminate" }, default: { jobAction: "none" } },
    });
    expect((await weir.jobTurns("conditions", "completed")).executionInfo.terminateReason).toBe("TaskFailed");
  });

  test("J-44: a job that was not told to act on failures goes on, and exit conditions with a job action are refused there", async () => {
    await weir.addJob("careless", POOL, [shell("exit 9"), shell("true")]);
    await weir.completed("careless");
    expect((await weir.job("careless")).state).toBe("active");
    const task = { id: "t", commandLine: shell("true"), ...exits(1, "terminate") };
    await weir.refuses(400, "InvalidPropertyValue", "POST", "/jobs/careless/tasks", task);
  });

  test("T-15: a failed task that is reactivated runs anew, its failure forgotten; one that has succeeded or is not over is refused", async () => {
    const gate = newGate();
    expect(await went("anew", shell(`test -e ${gate.path}`), { constraints: { maxTaskRetryCount: 1 } })).toMatchObject({
      result: "failure",
      retryCount: 1,
    });
    gate.open();
    await weir.send("POST", "/jobs/anew/tasks/t/reactivate");
    const { executionInfo } = await weir.turns("anew", "t", "completed");
    expect(executionInfo).toMatchObject({ exitCode: 0, result: "success", retryCount: 0 });
    expect(executionInfo.failureInfo).toBeUndefined();
    await weir.refuses(409, "TaskSucceeded", "POST", "/jobs/anew/tasks/t/reactivate");
    await weir.addTask("anew", "waits", shell("true"), { requiredSlots: 9 });
    await weir.refuses(409, "TaskNotCompleted", "POST", "/jobs/anew/tasks/waits/reactivate");
  });
});
