/** Task dependencies: who waits for whom, by ids and ranges, and what a failed task means for those behind it. Seen on real processes. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { JobsAtWork } from "./jobAtWork.ts";
import { at, type Gate, newGate, removeGates, shell, type Task } from "./poolAtWork.ts";

let weir: JobsAtWork;
const POOL = "workers";

beforeAll(async () => {
  buildOnce();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn"));
  await weir.addIdlePool(POOL, 4, { taskSlotsPerNode: 8 });
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

const dependentJob = (id: string, more: object = {}) => weir.addJob(id, POOL, [], { usesTaskDependencies: true, ...more });
const began = ({ executionInfo }: Task) => at(executionInfo.startTime);
const ended = ({ executionInfo }: Task) => at(executionInfo.endTime);
/** Writes down that its task has run. */
const leaves = ({ folder }: Gate) => shell(`touch ${folder}/$AZ_BATCH_TASK_ID`);
/** Of a task: waits for what it waits for, and then fails when the file of a task that must have run is not there. */
const needs = ({ folder }: Gate, ...tasks: string[]) =>
  shell(`${tasks.map((task) => `test -e ${folder}/${task}`).join(" && ")}`);

/** Waits until so many tasks of the job run or are done; those that are not. */
async function stillActive(job: string, others: number): Promise<string[]> {
  const all = await weir.tasks(job);
  const active = all.filter(({ state }) => state === "active").map(({ id }) => id);
  expect(all.length - active.length).toBe(others);
  return active.sort();
}

describe.concurrent("dependencies", () => {
  test("rows 186 and 189: B depends on A: while A runs B waits on free nodes, and begins when A has completed", async () => {
    const gate = newGate();
    await dependentJob("one");
    await weir.addTask("one", "B", needs(gate, "A"), { dependsOn: { taskIds: ["A"] } });
    // A need not be there when B is added, and nothing of B runs meanwhile although nodes are idle.
    await weir.addTask("one", "free", shell("true"));
    await weir.turns("one", "free", "completed");
    await weir.addTask("one", "A", shell(`touch ${gate.folder}/A; ${gate.wait}`));
    await weir.turns("one", "A", "running");
    await weir.addTask("one", "free-too", shell("true"));
    await weir.turns("one", "free-too", "completed");
    const waiting = await weir.task("one", "B");
    expect(waiting.state).toBe("active");
    expect(waiting.executionInfo.startTime).toBeUndefined();
    gate.open();
    const b = await weir.turns("one", "B", "completed");
    expect(b.executionInfo.result).toBe("success");
    expect(began(b)).toBeGreaterThanOrEqual(ended(await weir.task("one", "A")));
  });

  test("T-41: behind a task that fails nothing runs, unless its exit conditions say that this code satisfies; a reactivated task can still satisfy", async () => {
    const gate = newGate();
    const retried = newGate();
    await dependentJob("failing");
    const exitConditions = { exitCodes: [{ code: 3, exitOptions: { dependencyAction: "satisfy" } }] };
    await weir.addTask("failing", "satisfies", shell(`touch ${gate.folder}/satisfies; exit 3`), { exitConditions });
    await weir.addTask("failing", "behind", needs(gate, "satisfies"), { dependsOn: { taskIds: ["satisfies"] } });
    await weir.addTask("failing", "blocks", shell(`test -e ${retried.path}`), { exitConditions });
    await weir.addTask("failing", "blocked", shell("true"), { dependsOn: { taskIds: ["blocks"] } });
    await weir.addTask("failing", "both", shell("true"), { dependsOn: { taskIds: ["satisfies", "blocks"] } });
    await weir.addTask("failing", "zero-blocks", shell("true"), {
      exitConditions: { exitCodes: [{ code: 0, exitOptions: { dependencyAction: "block" } }] },
    });
    await weir.addTask("failing", "behind-zero", shell("true"), { dependsOn: { taskIds: ["zero-blocks"] } });
    expect((await weir.turns("failing", "behind", "completed")).executionInfo.result).toBe("success");
    expect((await weir.turns("failing", "blocks", "completed")).executionInfo.exitCode).toBe(1);
    await weir.turns("failing", "zero-blocks", "completed");
    expect(await stillActive("failing", 4)).toEqual(["behind-zero", "blocked", "both"]);
    retried.open();
    await weir.send("POST", "/jobs/failing/tasks/blocks/reactivate");
    for (const id of ["blocked", "both"])
      expect((await weir.turns("failing", id, "completed")).executionInfo.result).toBe("success");
    expect(await stillActive("failing", 6)).toEqual(["behind-zero"]);
  });

  test("row 187: a downstream task consumes what the upstream task left in the shared directory of their node", async () => {
    await weir.addIdlePool("shared", 1, { taskSlotsPerNode: 2 });
    await weir.addJob("stream", "shared", [], { usesTaskDependencies: true });
    await weir.addTask("stream", "down", shell("sort -rn $AZ_BATCH_NODE_SHARED_DIR/numbers | head -1"), {
      dependsOn: { taskIds: ["up"] },
    });
    await weir.addTask("stream", "up", shell("seq 1 1000 > $AZ_BATCH_NODE_SHARED_DIR/numbers"));
    expect((await weir.turns("stream", "down", "completed")).executionInfo.result).toBe("success");
    expect(await weir.output("stream", "down")).toBe("1000\n");
  });

  test("row 188: dependencies have to be enabled on the job: otherwise such a task is 400 TaskDependenciesNotSpecifiedOnJob, alone and in a collection", async () => {
    await weir.addJob("plain", POOL);
    const task = { id: "t", commandLine: shell("true"), dependsOn: { taskIds: ["u"] } };
    await weir.refuses(400, "TaskDependenciesNotSpecifiedOnJob", "POST", "/jobs/plain/tasks", task);
    const added = await weir.server.post("/jobs/plain/addtaskcollection", { value: [task] });
    expect(added.body).toMatchObject({
      value: [{ taskId: "t", status: "clienterror", error: { code: "TaskDependenciesNotSpecifiedOnJob" } }],
    });
    expect(await weir.tasks("plain")).toEqual([]);
    await weir.server.post("/jobs", { id: "enabled", poolInfo: { poolId: POOL }, usesTaskDependencies: true });
    expect((await weir.server.ask("POST", "/jobs/enabled/tasks", task)).status).toBe(201);
  });

  test("row 190: C depends on A and B, and begins when the later of the two has completed", async () => {
    const [gate, left] = [newGate(), newGate()];
    await dependentJob("many");
    await weir.addTask("many", "C", needs(left, "A", "B"), { dependsOn: { taskIds: ["A", "B"] } });
    await weir.addTask("many", "A", leaves(left));
    await weir.addTask("many", "B", shell(`${gate.wait}; touch ${left.folder}/B`));
    await weir.turns("many", "A", "completed");
    await weir.turns("many", "B", "running");
    expect(await stillActive("many", 2)).toEqual(["C"]);
    gate.open();
    const c = await weir.turns("many", "C", "completed");
    expect(c.executionInfo.result).toBe("success");
    for (const id of ["A", "B"]) expect(began(c)).toBeGreaterThanOrEqual(ended(await weir.task("many", id)));
  });

  test("row 191: D depends on the range 1 to 10: all ten have run before it, a member that is missing is waited for, 007 counts as 7 and 7seas as nothing", async () => {
    const left = newGate();
    await dependentJob("range");
    const ids = ["1", "2", "3", "4", "5", "6", "007", "8", "9"];
    await weir.addTask("range", "D", needs(left, ...ids, "10"), { dependsOn: { taskIdRanges: [{ start: 1, end: 10 }] } });
    const value = [...ids, "10more", "11", "7seas"].map((id) => ({ id, commandLine: leaves(left) }));
    await weir.server.post("/jobs/range/addtaskcollection", { value });
    for (const { id } of value) await weir.turns("range", id, "completed");
    expect(await stillActive("range", value.length)).toEqual(["D"]);
    await weir.addTask("range", "10", leaves(left));
    const d = await weir.turns("range", "D", "completed");
    expect(d.executionInfo.result).toBe("success");
    for (const id of [...ids, "10"]) {
      expect(existsSync(join(left.folder, id))).toBe(true);
      expect(began(d)).toBeGreaterThanOrEqual(ended(await weir.task("range", id)));
    }
  });

  test("T-40: ids and ranges together have to be satisfied both", async () => {
    const left = newGate();
    await dependentJob("mixed");
    const dependsOn = { taskIds: ["setup"], taskIdRanges: [{ start: 1, end: 2 }] };
    await weir.addTask("mixed", "last", needs(left, "setup", "1", "2"), { dependsOn });
    for (const id of ["1", "2"]) await weir.addTask("mixed", id, leaves(left));
    for (const id of ["1", "2"]) await weir.turns("mixed", id, "completed");
    expect(await stillActive("mixed", 2)).toEqual(["last"]);
    await weir.addTask("mixed", "setup", leaves(left));
    expect((await weir.turns("mixed", "last", "completed")).executionInfo.result).toBe("success");
  });
});
