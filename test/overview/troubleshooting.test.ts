/**
 * What one does about a node that misbehaves: find it by the tasks that failed on it, reboot, reimage or remove it, or take it out of scheduling, look
 * around and put it back; and what each of these does to the tasks that run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { dataDirectory, endAll, served } from "../serve/servedProcess.ts";
import { isRunning, processesUnder } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import {
  expectFate,
  expectFinished,
  expectRequeued,
  expectTerminated,
  expectUntouched,
  hold,
  OPTIONS,
  type Option,
} from "./heldTask.ts";
import { at, AtWork, removeGates, shell } from "./poolAtWork.ts";

// A machine with much else to do takes longer than any of this does.

let weir: AtWork;
let data: string;

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  weir = new AtWork(await served("--data", data, "--on-stop", "end", "--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

const cloud = { cloudServiceConfiguration: { osFamily: "5" }, virtualMachineConfiguration: undefined, vmSize: "small" };
const directoryOf = (pool: string, node: string) => join(data, "nodes", `${pool}.${node}`);
const nodePath = (pool: string, node: string, rest = "") => `/pools/${pool}/nodes/${node}${rest}`;
const isThere = async (pool: string, node: string) => (await weir.server.ask("GET", nodePath(pool, node))).status === 200;

/** Start and preparation task write a line each into the shared directory, so that one sees how often they ran. */
const noted = (what: string) => shell(`echo ${what} >> $AZ_BATCH_NODE_SHARED_DIR/notes`);
const notes = (pool: string, node: string) =>
  readFileSync(join(directoryOf(pool, node), "shared", "notes"), "utf8")
    .trim()
    .split("\n");

describe.concurrent("finding the node", () => {
  test("rows 293 and 294: failures of a job, grouped by the node id in each task's metadata, name the one node that is broken, and `weir doctor` does so by itself", async () => {
    await weir.addIdlePool("sick", 3);
    writeFileSync(join(directoryOf("sick", "tvm-2"), "shared", "broken"), "");
    await weir.addJob(
      "sick",
      "sick",
      Array(12).fill(shell("echo $AZ_BATCH_NODE_ID; sleep 0.05; test ! -e $AZ_BATCH_NODE_SHARED_DIR/broken")),
    );
    for (const { id, nodeInfo } of await weir.completed("sick"))
      expect(await weir.output("sick", id)).toBe(`${nodeInfo?.nodeId}\n`);
    const failed = await weir.tasks("sick", "executionInfo/result eq 'failure'");
    const byNode = new Map<string | undefined, number>();
    for (const { nodeInfo } of failed) byNode.set(nodeInfo?.nodeId, (byNode.get(nodeInfo?.nodeId) ?? 0) + 1);
    expect([...byNode.keys()]).toEqual(["tvm-2"]);
    expect(byNode.get("tvm-2")).toBeGreaterThan(0);
    expect(new Set((await weir.nodes("sick")).map(({ id }) => id)).size).toBe(3);

    const { endpoint, account, key } = weir.server.document;
    const args = [commandPath, "doctor", "sick", "--endpoint", endpoint, "--account", account, "--key", key];
    const said = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect([said.status, said.stderr]).toEqual([0, ""]);
    const count = byNode.get("tvm-2");
    expect(said.stdout).toContain(`tvm-2      ${count} of ${count} task${count === 1 ? "" : "s"} failed on it, the last was`);
    expect(said.stdout).not.toContain("tvm-1");
    const document = JSON.parse(spawnSync(process.execPath, [...args, "--json"], { encoding: "utf8" }).stdout) as object;
    expect(document).toMatchObject({ failures: [{ node: "tvm-2", failed: count, succeeded: 0, isSuspect: count! >= 3 }] });
    if (count! >= 3) expect(said.stdout).toContain("Tasks fail on tvm-2 far more often than on the other nodes");
  });
});

describe.concurrent("rebooting and reimaging", () => {
  /** The numbers that processes of a node have written down. */
  const stuck = (pool: string, node: string) => readdirSync(join(directoryOf(pool, node), "shared", "stuck")).map(Number);

  test("row 295: a reboot clears stuck processes: those that ignore signals, that left their group and session, even their environment", async () => {
    await weir.addIdlePool("stuck", 1);
    const dir = "mkdir -p $AZ_BATCH_NODE_SHARED_DIR/stuck; cd $AZ_BATCH_NODE_SHARED_DIR/stuck;";
    const deaf = `trap "" TERM INT HUP; touch $$; while :; do sleep 1; done`;
    writeFileSync(join(directoryOf("stuck", "tvm-1"), "shared", "deaf.sh"), deaf);
    const run = "$AZ_BATCH_NODE_SHARED_DIR/deaf.sh";
    await weir.addJob("stuck", "stuck", [
      shell(`${dir} sh ${run} & ${dir} setsid sh ${run} & ${dir} setsid env -i /bin/sh ${run} & ${dir} exec sh ${run}`),
    ]);
    const pids = await eventually("four processes that are stuck", () => {
      const found = existsSync(join(directoryOf("stuck", "tvm-1"), "shared", "stuck")) ? stuck("stuck", "tvm-1") : [];
      return found.length === 4 ? found : undefined;
    });
    expect(pids.filter(isRunning)).toHaveLength(4);
    const { lastBootTime } = await weir.node("stuck", "tvm-1");
    await weir.server.post("/jobs/stuck/disable", { disableTasks: "requeue" });
    await weir.server.post(nodePath("stuck", "tvm-1", "/reboot"), { nodeRebootOption: "terminate" });
    const node = await weir.reaches("stuck", "tvm-1", "idle");
    expect(at(node.lastBootTime)).toBeGreaterThan(at(lastBootTime));
    expect(pids.filter(isRunning)).toEqual([]);
    expect(processesUnder(directoryOf("stuck", "tvm-1"))).toEqual([]);
  });

  /** `preparation`: what the job says of its preparation task beside the command. */
  const rerun = async (name: string, pool: object, action: string, preparation: object = {}) => {
    const startTask = { commandLine: noted("start"), waitForSuccess: true };
    await weir.addIdlePool(name, 1, { startTask, ...pool });
    const task = noted("task");
    await weir.addJob(name, name, [task], {
      jobPreparationTask: { commandLine: noted("preparation"), ...preparation },
    });
    await weir.completed(name);
    const before = notes(name, "tvm-1");
    writeFileSync(join(directoryOf(name, "tvm-1"), "workitems", "left"), "");
    const { lastBootTime } = await weir.node(name, "tvm-1");
    await weir.server.post(nodePath(name, "tvm-1", `/${action}`), {});
    const node = await eventually(`node of ${name} to be up again`, async () => {
      const found = await weir.node(name, "tvm-1");
      return found.state === "idle" && found.lastBootTime !== lastBootTime ? found : undefined;
    });
    expect(at(node.startTaskInfo?.startTime)).toBeGreaterThanOrEqual(at(node.lastBootTime));
    const between = notes(name, "tvm-1");
    const isLeft = existsSync(join(directoryOf(name, "tvm-1"), "workitems", "left"));
    await weir.server.post(`/jobs/${name}/tasks`, { id: "second", commandLine: task });
    await weir.turns(name, "second", "completed");
    return { before, between, after: notes(name, "tvm-1"), isLeft };
  };

  test("row 296: after a reboot the start task has run again, the preparation task runs again before the job's next task, and the disk is as it was", async () => {
    const first = ["start", "preparation", "task"];
    expect(await rerun("boot", {}, "reboot")).toEqual({
      before: first,
      between: [...first, "start"],
      after: [...first, "start", "preparation", "task"],
      isLeft: true,
    });
  });

  test("row 296: a preparation task that has succeeded does not run again after a reboot when rerunOnNodeRebootAfterSuccess is false (J-63)", async () => {
    const first = ["start", "preparation", "task"];
    expect(await rerun("once", {}, "reboot", { rerunOnNodeRebootAfterSuccess: false })).toEqual({
      before: first,
      between: [...first, "start"],
      after: [...first, "start", "task"],
      isLeft: true,
    });
  });

  test("rows 297 and 298: a reimage empties the node's directory, and then start and preparation tasks run as on a new node", async () => {
    const first = ["start", "preparation", "task"];
    expect(await rerun("image", cloud, "reimage")).toEqual({
      before: first,
      between: ["start"],
      after: first,
      isLeft: false,
    });
  });
});

describe.concurrent("removing", () => {
  test("row 299: a node that is removed is gone from the pool, with its files, and is not replaced; the others stay", async () => {
    await weir.addIdlePool("fewer", 3);
    await weir.server.post("/pools/fewer/removenodes", { nodeList: ["tvm-2"] });
    const nodes = await weir.idle("fewer", 2);
    expect(nodes.map(({ id }) => id).sort()).toEqual(["tvm-1", "tvm-3"]);
    expect(await weir.pool("fewer")).toMatchObject({ targetDedicatedNodes: 2, currentDedicatedNodes: 2 });
    expect((await weir.server.ask("GET", nodePath("fewer", "tvm-2"))).status).toBe(404);
    await eventually("its files to go", () => (existsSync(directoryOf("fewer", "tvm-2")) ? undefined : true));
  });
});

describe.concurrent("taking a node out of scheduling", () => {
  test("rows 300, 301 and 303: a node taken out of scheduling takes no more tasks and stays, what a failed task left can be read for as long as one looks, and enabled again it works", async () => {
    await weir.addIdlePool("look", 1);
    await weir.addJob("look", "look", [shell("echo seen > evidence; echo why >&2; exit 7")], {});
    await weir.completed("look");
    await weir.server.post(nodePath("look", "tvm-1", "/disablescheduling"), {});
    expect(await weir.reaches("look", "tvm-1", "offline")).toMatchObject({ schedulingState: "disabled" });
    await weir.server.post("/jobs/look/tasks", { id: "next", commandLine: "/bin/true" });
    expect((await weir.pool("look")).currentDedicatedNodes).toBe(1);

    const root = (await weir.task("look", "t1")).nodeInfo!.taskRootDirectory;
    expect(await weir.output("look", "t1", "wd/evidence")).toBe("seen\n");
    expect(await weir.output("look", "t1", "stderr.txt")).toBe("why\n");
    const onNode = await weir.server.ask("GET", nodePath("look", "tvm-1", `/files/${root}/wd/evidence`));
    expect([onNode.status, onNode.text]).toEqual([200, "seen\n"]);
    const { value } = await weir.server.get<{ value: { name: string }[] }>(nodePath("look", "tvm-1", "/files?recursive=true"));
    expect(value.map(({ name }) => name)).toContain(`${root}/wd/evidence`);
    expect(readFileSync(join(directoryOf("look", "tvm-1"), root, "wd", "evidence"), "utf8")).toBe("seen\n");

    // Another pool's node takes a task meanwhile: the scheduler has had its turn, and this one's waits all the same.
    await weir.addIdlePool("other", 1);
    await weir.addJob("other", "other", ["/bin/true"]);
    await weir.completed("other");
    expect((await weir.task("look", "next")).state).toBe("active");
    expect((await weir.node("look", "tvm-1")).state).toBe("offline");

    await weir.server.post(nodePath("look", "tvm-1", "/enablescheduling"), {});
    expect((await weir.turns("look", "next", "completed")).nodeInfo?.nodeId).toBe("tvm-1");
    expect(await weir.reaches("look", "tvm-1", "idle")).toMatchObject({ schedulingState: "enabled" });
  });

  const disabled = async (option: Option) => {
    const name = `off-${option}`;
    await weir.addIdlePool(name, 1);
    const task = await hold(weir, name, name);
    await weir.server.post(nodePath(name, "tvm-1", "/disablescheduling"), { nodeDisableSchedulingOption: option });
    expect((await weir.node(name, "tvm-1")).schedulingState).toBe("disabled");
    return task;
  };

  test("row 305: disabling scheduling with Terminate ends the running task as failed, and the node is offline", async () => {
    const task = await disabled("terminate");
    await expectTerminated(weir, task);
    await weir.reaches("off-terminate", "tvm-1", "offline");
  });

  test("row 305: disabling scheduling with Requeue ends the running task and runs it on another node", async () => {
    const task = await disabled("requeue");
    expect((await expectRequeued(weir, task)).state).toBe("active");
    await weir.reaches("off-requeue", "tvm-1", "offline");
    await weir.server.post("/pools/off-requeue/resize", { targetDedicatedNodes: 2 });
    expect((await weir.turns("off-requeue", "t1", "running")).nodeInfo?.nodeId).toBe("tvm-2");
    task.gate.open();
    expect((await weir.turns("off-requeue", "t1", "completed")).executionInfo.result).toBe("success");
    expect((await weir.node("off-requeue", "tvm-1")).state).toBe("offline");
  });

  test("row 305: disabling scheduling with TaskCompletion lets the running task finish; only then is the node offline", async () => {
    const task = await disabled("taskcompletion");
    await expectUntouched(weir, task);
    expect((await weir.node("off-taskcompletion", "tvm-1")).state).toBe("running");
    await expectFinished(weir, task);
    await weir.reaches("off-taskcompletion", "tvm-1", "offline");
  });
});

describe.concurrent("each action says what becomes of running tasks", () => {
  const restarts = (action: "reboot" | "reimage", pool: object) => async (option: Option) => {
    const name = `${action}-${option}`;
    await weir.addIdlePool(name, 1, pool);
    const task = await hold(weir, name, name);
    const { lastBootTime } = await weir.node(name, "tvm-1");
    const body = action === "reboot" ? { nodeRebootOption: option } : { nodeReimageOption: option };
    await weir.server.post(nodePath(name, "tvm-1", `/${action}`), body);
    await expectFate(weir, task, option, {
      isPending: async () => (await weir.node(name, "tvm-1")).lastBootTime === lastBootTime,
      isDone: async () => {
        const node = await weir.node(name, "tvm-1");
        return node.lastBootTime !== lastBootTime && (node.state === "idle" || node.state === "running");
      },
    });
    if (option === "requeue") await weir.turns(name, "t1", "running").then(() => task.gate.open());
  };

  test("row 304: a reboot terminates or requeues the task that runs, or waits for it, or for its data too, as its option says", async () => {
    await Promise.all(OPTIONS.map(restarts("reboot", {})));
  });

  test("row 304: a reimage terminates or requeues the task that runs, or waits for it, or for its data too, as its option says", async () => {
    await Promise.all(OPTIONS.map(restarts("reimage", cloud)));
  });

  const removal = async (option: Option) => {
    const name = `remove-${option}`;
    await weir.addIdlePool(name, 1);
    const task = await hold(weir, name, name);
    await weir.server.post(`/pools/${name}/removenodes`, { nodeList: ["tvm-1"], nodeDeallocationOption: option });
    await expectFate(weir, task, option, {
      isPending: () => isThere(name, "tvm-1"),
      isDone: async () => !(await isThere(name, "tvm-1")),
    });
  };

  test("row 304: removing a node terminates or requeues the task that runs, or waits for it, or for its data too, as its option says", async () => {
    await Promise.all(OPTIONS.map(removal));
  });

  test("row 304: disabling scheduling takes terminate, requeue and taskcompletion (row 305), and refuses retaineddata and what is no option", async () => {
    await weir.addIdlePool("off", 1);
    const path = nodePath("off", "tvm-1", "/disablescheduling");
    for (const nodeDisableSchedulingOption of ["retaineddata", "wait"]) {
      const { status, body } = await weir.server.ask("POST", path, { nodeDisableSchedulingOption });
      expect([status, (body as { code: string }).code]).toEqual([400, "InvalidPropertyValue"]);
    }
    expect(await weir.node("off", "tvm-1")).toMatchObject({ state: "idle", schedulingState: "enabled" });
  });
});
