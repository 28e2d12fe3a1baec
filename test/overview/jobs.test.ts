/** What a job is: tasks in a pool, alone or beside others; when it ends by itself, and how it is stopped and let go again. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { type Job, JobsAtWork, NOTE_PID } from "./jobAtWork.ts";
import { newGate, removeGates, shell, type Task } from "./poolAtWork.ts";

let weir: JobsAtWork;
const POOL = "workers";

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn"));
  await weir.addIdlePool(POOL, 2, { taskSlotsPerNode: 8 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

const poolsOf = (tasks: readonly Task[]) => tasks.map(({ nodeInfo }) => nodeInfo?.poolId);

describe.concurrent("a job and its pool", () => {
  test("row 102: a job is a collection of tasks, which are listed in pages, and no other job's among them", async () => {
    const ids = Array.from({ length: 25 }, (_, i) => `task-${i + 1}`);
    await weir.addJob("list", POOL);
    await weir.addJob("other", POOL, [shell("true")]);
    await weir.server.post("/jobs/list/addtaskcollection", { value: ids.map((id) => ({ id, commandLine: shell("true") })) });
    const listed: string[] = [];
    let path: string | undefined = "/jobs/list/tasks?maxresults=10";
    for (let pages = 1; path !== undefined; pages++) {
      const page: { value: Task[]; "odata.nextLink"?: string } = await weir.server.get(path);
      expect(page.value).toHaveLength(pages < 3 ? 10 : 5);
      listed.push(...page.value.map(({ id }) => id));
      const link: URL | undefined = page["odata.nextLink"] === undefined ? undefined : new URL(page["odata.nextLink"]);
      // The client sends the version itself.
      link?.searchParams.delete("api-version");
      path = link && link.pathname + link.search;
    }
    expect(listed.sort()).toEqual(ids.sort());
    expect((await weir.completed("list")).map(({ executionInfo }) => executionInfo.result)).toEqual(Array(25).fill("success"));
  });

  test("row 103: a job has to name its pool, in one way; one that is not there yet is waited for", async () => {
    const autoPoolSpecification = { poolLifetimeOption: "job", pool: { vmSize: "standard_d2s_v3" } };
    await weir.refuses(400, "MissingRequiredProperty", "POST", "/jobs", { id: "nowhere" });
    for (const poolInfo of [{}, { poolId: POOL, autoPoolSpecification }])
      expect((await weir.server.ask("POST", "/jobs", { id: "nowhere", poolInfo })).status).toBe(400);
    await weir.refuses(404, "JobNotFound", "GET", "/jobs/nowhere");
    await weir.addJob("early", "later", [shell("true")]);
    expect((await weir.job("early")).poolInfo).toEqual({ poolId: "later" });
    expect((await weir.task("early", "t1")).state).toBe("active");
    await weir.addPool("later", { targetDedicatedNodes: 1 });
    expect(poolsOf(await weir.completed("early"))).toEqual(["later"]);
  });

  test("row 104: one pool serves many jobs, and each job can have a pool of its own", async () => {
    await weir.addIdlePool("many", 1);
    for (const job of ["many-a", "many-b"]) await weir.addJob(job, "many", [shell("true"), shell("true")]);
    const shared = [...(await weir.completed("many-a")), ...(await weir.completed("many-b"))];
    expect(poolsOf(shared)).toEqual(Array(4).fill("many"));
    expect(new Set(shared.map(({ nodeInfo }) => nodeInfo?.nodeId)).size).toBe(1);
    for (const name of ["own-a", "own-b"]) {
      await weir.addIdlePool(name, 1);
      await weir.addJob(name, name, [shell("echo $AZ_BATCH_POOL_ID")]);
    }
    for (const name of ["own-a", "own-b"]) {
      expect(poolsOf(await weir.completed(name))).toEqual([name]);
      expect(await weir.output(name, "t1")).toBe(`${name}\n`);
    }
  });
});

describe.concurrent("the end of a job", () => {
  const ending = (id: string, onAllTasksComplete: string, more: object = {}) =>
    weir.addJob(id, POOL, [], { onAllTasksComplete, ...more });

  test("row 119: a job stays active when all its tasks are done, and takes more", async () => {
    await weir.addJob("stays", POOL, [shell("true"), shell("false")]);
    await weir.completed("stays");
    expect(await weir.job("stays")).toMatchObject({ state: "active", onAllTasksComplete: "noaction" });
    await weir.addTask("stays", "more", shell("true"));
    expect((await weir.turns("stays", "more", "completed")).executionInfo.result).toBe("success");
    expect((await weir.job("stays")).executionInfo.endTime).toBeUndefined();
  });

  test("rows 120 and 123: tasks are added under noaction, the job is then patched to terminatejob, ends with AllTasksComplete, and there is no way back", async () => {
    const gate = newGate();
    await ending("late", "noaction");
    for (const id of ["a", "b"]) await weir.addTask("late", id, shell(`${gate.wait}; test $AZ_BATCH_TASK_ID = a`));
    await weir.send("PATCH", "/jobs/late", { onAllTasksComplete: "terminatejob" });
    await weir.refuses(400, "InvalidPropertyValue", "PATCH", "/jobs/late", { onAllTasksComplete: "noaction" });
    // What a PUT leaves out goes back to its default, which is noaction.
    await weir.refuses(400, "InvalidPropertyValue", "PUT", "/jobs/late", { poolInfo: { poolId: POOL } });
    expect(await weir.job("late")).toMatchObject({ state: "active", onAllTasksComplete: "terminatejob" });
    gate.open();
    const job = await weir.jobTurns("late", "completed");
    expect(job.executionInfo.terminateReason).toBe("AllTasksComplete");
    // Failed or not, complete is complete.
    expect((await weir.tasks("late")).map(({ state, executionInfo }) => [state, executionInfo.result])).toEqual([
      ["completed", "success"],
      ["completed", "failure"],
    ]);
  });

  test("row 121: a job without tasks counts as complete, so terminatejob ends it at once", async () => {
    await ending("empty", "terminatejob");
    const { state, executionInfo }: Job = await weir.job("empty");
    expect(`${state} ${executionInfo.terminateReason}`).toBe("completed AllTasksComplete");
    await ending("emptied", "noaction");
    expect((await weir.job("emptied")).state).toBe("active");
    await weir.send("PATCH", "/jobs/emptied", { onAllTasksComplete: "terminatejob" });
    expect((await weir.job("emptied")).state).toBe("completed");
    await weir.refuses(409, "JobCompleted", "POST", "/jobs/empty/tasks", { id: "t", commandLine: shell("true") });
  });

  test("row 122: with terminatejob from the start it is the manager task, which counts as a task, that keeps the job alive while tasks are added", async () => {
    const [managing, working] = [newGate(), newGate()];
    const jobManagerTask = {
      id: "manager",
      commandLine: shell(managing.wait),
      killJobOnCompletion: false,
      runExclusive: false,
    };
    await ending("managed", "terminatejob", { jobManagerTask });
    await weir.turns("managed", "manager", "running");
    await weir.addTask("managed", "first", shell("true"));
    await weir.turns("managed", "first", "completed");
    // All but the manager is complete, and the job takes more.
    expect((await weir.job("managed")).state).toBe("active");
    await weir.addTask("managed", "second", shell(working.wait));
    managing.open();
    await weir.turns("managed", "manager", "completed");
    expect((await weir.job("managed")).state).toBe("active");
    working.open();
    expect((await weir.jobTurns("managed", "completed")).executionInfo.terminateReason).toBe("AllTasksComplete");
    expect((await weir.tasks("managed")).map(({ id }) => id)).toEqual(["manager", "first", "second"]);
  });
});

describe.concurrent("stopping a job", () => {
  const endless = shell(`${NOTE_PID}; exec sleep 1000`);
  const disable = (job: string, disableTasks: string) => weir.send("POST", `/jobs/${job}/disable`, { disableTasks });

  test("J-20, J-22: disabling with requeue kills what runs and puts it back; nothing starts until the job is enabled, then it runs anew", async () => {
    await weir.addJob("requeued", POOL, [endless]);
    const first = await weir.process("requeued", "t1");
    await disable("requeued", "requeue");
    await weir.jobTurns("requeued", "disabled");
    await first.ends();
    await weir.addTask("requeued", "t2", shell("true"));
    await weir.addJob("beside", POOL, [shell("true")]);
    await weir.completed("beside");
    expect((await weir.tasks("requeued")).map(({ state, executionInfo }) => [state, executionInfo.requeueCount])).toEqual([
      ["active", 1],
      ["active", 0],
    ]);
    await weir.refuses(409, "OperationInvalidForCurrentState", "POST", "/jobs/beside/enable");
    await weir.send("POST", "/jobs/requeued/enable");
    await weir.turns("requeued", "t2", "completed");
    const second = await weir.process("requeued", "t1");
    expect(second.pid).not.toBe(first.pid);
    await weir.send("DELETE", "/jobs/requeued");
    await second.ends();
  });

  test("J-20: disabling with terminate completes what runs as ended; with wait it runs to its end and the job is disabling until then", async () => {
    const gate = newGate();
    await weir.addJob("ended", POOL, [endless]);
    const process = await weir.process("ended", "t1");
    await disable("ended", "terminate");
    await weir.jobTurns("ended", "disabled");
    await process.ends();
    expect((await weir.task("ended", "t1")).executionInfo).toMatchObject({
      result: "failure",
      requeueCount: 0,
      failureInfo: { code: "TaskEnded", category: "UserError" },
    });
    await weir.addJob("waiting", POOL, [shell(`${NOTE_PID}; ${gate.wait}`)]);
    const kept = await weir.process("waiting", "t1");
    await disable("waiting", "wait");
    expect((await weir.job("waiting")).state).toBe("disabling");
    expect(kept.isAlive()).toBe(true);
    gate.open();
    await weir.jobTurns("waiting", "disabled");
    expect((await weir.task("waiting", "t1")).executionInfo).toMatchObject({ result: "success", requeueCount: 0 });
  });

  test("J-25, J-26: terminating kills what runs, leaves alone what waits, and keeps the reason that was given", async () => {
    await weir.addIdlePool("small", 1);
    await weir.addJob("over", "small", [endless, endless]);
    const process = await weir.process("over", "t1");
    await weir.send("POST", "/jobs/over/terminate", { terminateReason: "had enough" });
    const job = await weir.jobTurns("over", "completed");
    expect(job.executionInfo.terminateReason).toBe("had enough");
    await process.ends();
    expect((await weir.tasks("over")).map(({ state }) => state)).toEqual(["completed", "active"]);
    await weir.refuses(409, "JobCompleted", "POST", "/jobs/over/disable", { disableTasks: "wait" });
    await weir.refuses(409, "JobCompleted", "POST", "/jobs/over/tasks/t1/reactivate");
  });
});
