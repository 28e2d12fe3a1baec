/** What runs on nodes besides plain tasks, with real processes: groups, start, preparation and release tasks, node and task files. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "./servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";

let server: Served;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "warn");
}, 120_000);
afterAll(endAll, 60_000);

type Task = { state: string; executionInfo: { exitCode?: number; result?: string }; nodeInfo: { nodeId: string } };
const task = (job: string, id: string) => server.get<Task>(`/jobs/${job}/tasks/${id}`);
const completed = (job: string, id: string) =>
  until(async () => (await task(job, id)).state === "completed", `task ${id} of job ${job}`);
const text = async (path: string) => (await server.ask("GET", path)).text;

describe("multi-instance tasks", () => {
  beforeAll(async () => {
    await server.post("/pools", poolBody("group", { targetDedicatedNodes: 3, enableInterNodeCommunication: true }));
  }, 60_000);

  const group = (id: string, coordinationCommandLine: string, commandLine: string) => ({
    id,
    commandLine,
    multiInstanceSettings: { numberOfInstances: 3, coordinationCommandLine },
  });

  test("T-54, T-55: coordination on every node, then the application on one; what it left running lives until then and no longer", async () => {
    await server.post("/jobs", { id: "m", poolInfo: { poolId: "group" } });
    const coordination = "/bin/sh -c 'echo coordinated $AZ_BATCH_IS_CURRENT_NODE_MASTER; sleep 1000 & echo $! > daemon'";
    const application = "/bin/sh -c 'kill -0 $(cat daemon) && echo alive; cat daemon; echo $AZ_BATCH_HOST_LIST; exit 5'";
    await server.post("/jobs/m/tasks", group("t", coordination, application));
    await completed("m", "t");
    expect((await task("m", "t")).executionInfo).toMatchObject({ exitCode: 5, result: "failure" });
    const [first, alive, daemon, hosts] = (await text("/jobs/m/tasks/t/files/stdout.txt")).trim().split("\n");
    expect([first, alive]).toEqual(["coordinated true", "alive"]);
    expect(new Set(hosts.split(",")).size).toBe(3);
    expect(Number(daemon)).toBeGreaterThan(1);
    await until(() => !isRunning(Number(daemon)), "what the coordination command left to end");
    const nodes = ["tvm-1", "tvm-2", "tvm-3"];
    const said = await Promise.all(
      nodes.flatMap((id) =>
        [1, 2].map((n) => server.ask("GET", `/pools/group/nodes/${id}/files/workitems/m/job-1/t/${n}/stdout.txt`)),
      ),
    );
    expect(said.filter(({ status }) => status === 200).map((each) => each.text)).toEqual([
      "coordinated false\n",
      "coordinated false\n",
    ]);
  });

  test("T-56: one coordination command that fails ends the task before its application runs", async () => {
    const coordination = "/bin/sh -c 'test $AZ_BATCH_IS_CURRENT_NODE_MASTER = true || exit 3'";
    await server.post("/jobs/m/tasks", group("f", coordination, "/bin/sh -c 'echo applied'"));
    await completed("m", "f");
    expect((await task("m", "f")).executionInfo).toMatchObject({ exitCode: 3, result: "failure" });
    expect(await text("/jobs/m/tasks/f/files/stdout.txt")).not.toContain("applied");
  });
});

test("P-101 to P-107: a start task runs before any task and leaves its output in startup", async () => {
  const startTask = {
    commandLine: "/bin/sh -c 'echo started; echo data > $AZ_BATCH_NODE_SHARED_DIR/data'",
    waitForSuccess: true,
  };
  await server.post("/pools", poolBody("start", { targetDedicatedNodes: 1, startTask }));
  await server.post("/jobs", { id: "s", poolInfo: { poolId: "start" } });
  await server.post("/jobs/s/tasks", { id: "t", commandLine: "/bin/sh -c 'cat $AZ_BATCH_NODE_SHARED_DIR/data'" });
  await completed("s", "t");
  expect(await text("/jobs/s/tasks/t/files/stdout.txt")).toBe("data\n");
  expect(await text("/pools/start/nodes/tvm-1/files/startup/stdout.txt")).toBe("started\n");
  type Node = { startTaskInfo: object };
  expect((await server.get<Node>("/pools/start/nodes/tvm-1")).startTaskInfo).toMatchObject({
    state: "completed",
    exitCode: 0,
    result: "success",
  });
});

test("J-60 to J-67: preparation before the first task of a job on a node, release when the job ends", async () => {
  await server.post("/jobs", {
    id: "pr",
    poolInfo: { poolId: "start" },
    jobPreparationTask: { commandLine: "/bin/sh -c 'echo prepared > file'" },
    jobReleaseTask: { commandLine: "/bin/sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/file'" },
  });
  await server.post("/jobs/pr/tasks", { id: "t", commandLine: "/bin/sh -c 'cat $AZ_BATCH_JOB_PREP_WORKING_DIR/file'" });
  await completed("pr", "t");
  expect(await text("/jobs/pr/tasks/t/files/stdout.txt")).toBe("prepared\n");
  await server.post("/jobs/pr/terminate", {});
  await until(async () => (await server.get<{ state: string }>("/jobs/pr")).state === "completed", "the job to end");
  expect(await text("/pools/start/nodes/tvm-1/files/workitems/pr/job-1/jobrelease/stdout.txt")).toBe("prepared\n");
});

test("ComputeNode_Reboot: the disk stays, the start task runs again; File_DeleteFromTask and Task_Delete: files go", async () => {
  await server.post("/pools/start/nodes/tvm-1/reboot", {});
  type Node = { state: string; startTaskInfo: { startTime: string } };
  await until(async () => (await server.get<Node>("/pools/start/nodes/tvm-1")).state === "idle", "the node to be up again");
  expect(await text("/jobs/s/tasks/t/files/stdout.txt")).toBe("data\n");
  expect((await server.ask("DELETE", "/jobs/s/tasks/t/files/stdout.txt")).status).toBe(200);
  expect((await server.ask("GET", "/jobs/s/tasks/t/files/stdout.txt")).status).toBe(404);
  expect((await server.ask("DELETE", "/jobs/s/tasks/t")).status).toBe(200);
  const left = () => server.ask("GET", "/pools/start/nodes/tvm-1/files/workitems/s/job-1/t/stderr.txt");
  await until(async () => (await left()).status === 404, "the task's directory to go");
});

test("T-20, section 11: a program that is not there is a failure of its own, not an exit code", async () => {
  await server.post("/jobs/s/tasks", { id: "none", commandLine: "/no/such/program" });
  await completed("s", "none");
  const { executionInfo } = await task("s", "none");
  expect(executionInfo).toMatchObject({
    result: "failure",
    failureInfo: { code: "CommandProgramNotFound", category: "UserError" },
  });
  expect(executionInfo.exitCode).toBeUndefined();
});
