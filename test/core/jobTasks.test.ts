/** How a job keeps its tasks: found by id, walked in order of addition, with instants in shared blocks; held against plain maps and arrays. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Job } from "../../runtime/core/job.ts";
import { JobTasks } from "../../runtime/core/jobTasks.ts";
import { Task } from "../../runtime/core/task.ts";
import { fullJobSpec } from "../../runtime/core/commands/jobChecks.ts";
import { TASK } from "./jobs.ts";

const newJob = () => new Job(fullJobSpec({ id: "j", poolId: "p" }), "j", 0, undefined);
const newTask = (job: Job, id: string, sequence: number) => new Task(job, id, sequence, "user", TASK, 1000 + sequence);

/** Adds under fresh ids, deletes and asks; `name` makes an id of a number. */
function agreesWithMap(
  actions: readonly (readonly [kind: "add" | "delete" | "ask", number: number])[],
  name: (n: number) => string,
) {
  const job = newJob();
  const tasks = new JobTasks();
  const model = new Map<string, Task>();
  let sequence = 0;
  for (const [kind, number] of actions) {
    const id = name(number);
    if (kind === "add" && !model.has(id)) {
      const task = newTask(job, id, ++sequence);
      tasks.set(id, task);
      model.set(id, task);
    }
    if (kind === "delete") expect(tasks.delete(id)).toBe(model.delete(id));
    expect([tasks.get(id), tasks.has(id), tasks.size]).toEqual([model.get(id), model.has(id), model.size]);
  }
  for (const [id, task] of model) expect(tasks.get(id)).toBe(task);
  expect([...tasks.values()]).toEqual([...model.values()]);
  expect([...tasks].map(([id]) => id)).toEqual([...model.keys()]);
  return sequence;
}

describe("tasks of a job", () => {
  it("are found and walked as a map's are, whether ids rise, fall or come in any order, and whatever is deleted", () => {
    const action = fc.tuple(fc.constantFrom("add" as const, "add" as const, "delete" as const, "ask" as const), fc.nat(300));
    let added = 0;
    fc.assert(
      fc.property(
        fc.array(action, { minLength: 50, maxLength: 300, size: "max" }),
        fc.boolean(),
        fc.boolean(),
        (actions, sorted, padded) => {
          const list = sorted ? [...actions].sort((a, b) => a[1] - b[1]) : actions;
          added += agreesWithMap(list, (n) => (padded ? `t-${String(n).padStart(3, "0")}` : String(n)));
        },
      ),
    );
    expect(added).toBeGreaterThan(1000);
  });

  it("ten thousand numbered ones are found, also after the first was deleted, and ids between, before and behind them are not", () => {
    const job = newJob();
    const tasks = new JobTasks();
    for (let n = 1; n <= 10_000; n++) tasks.set(String(2 * n), newTask(job, String(2 * n), n));
    const found = () => [2, 4, 9998, 20_000].map((n) => tasks.get(String(n))?.sequence);
    const absent = ["0", "3", "19999", "20001", "", "x", "02"];
    expect([found(), absent.filter((id) => tasks.has(id))]).toEqual([[1, 2, 4999, 10_000], []]);
    tasks.delete("2");
    expect([found(), absent.filter((id) => tasks.has(id))]).toEqual([[undefined, 2, 4999, 10_000], []]);
  });

  it("a walk goes on where it was when tasks are added and nine of ten are deleted meanwhile", () => {
    const job = newJob();
    const tasks = new JobTasks();
    for (let n = 1; n <= 1000; n++) tasks.set(`t${n}`, newTask(job, `t${n}`, n));
    const walk = tasks.values();
    const seen = Array.from({ length: 500 }, () => walk.next().value?.sequence);
    for (let n = 1; n <= 1000; n++) if (n % 10 > 0) tasks.delete(`t${n}`);
    tasks.set("late", newTask(job, "late", 1001));
    const rest = [...walk].map(({ sequence }) => sequence);
    expect(seen).toEqual(Array.from({ length: 500 }, (_, i) => i + 1));
    expect(rest).toEqual([...Array.from({ length: 50 }, (_, i) => 510 + 10 * i), 1001]);
  });

  it("refuses an id that is there", () => {
    const job = newJob();
    const tasks = new JobTasks();
    for (const [i, id] of ["b", "a"].entries()) tasks.set(id, newTask(job, id, i + 1));
    expect(() => tasks.set("a", newTask(job, "a", 3))).toThrow("a task has an id of its own");
  });
});

describe("a task's instants and rare members", () => {
  it("each task keeps its own, across blocks and for numbers that skip, as after a restart", () => {
    const job = newJob();
    const numbers = [...Array.from({ length: 3000 }, (_, i) => i + 1), 10_000, 10_001, 5];
    const tasks = numbers.map((n) => newTask(job, `t${n}`, n));
    for (const task of tasks) if (task.sequence % 3 === 0) task.startAt = 5000.25 + task.sequence;
    for (const task of tasks) if (task.sequence % 6 === 0) task.endAt = 9000.5 + task.sequence;
    for (const task of tasks) {
      const n = task.sequence;
      expect([task.creationAt, task.startAt, task.endAt]).toEqual([
        1000 + n,
        n % 3 === 0 ? 5000.25 + n : undefined,
        n % 6 === 0 ? 9000.5 + n : undefined,
      ]);
    }
    tasks[2].startAt = undefined;
    expect([tasks[2].startAt, tasks[1].startAt, tasks[5].startAt]).toEqual([undefined, undefined, 5006.25]);
  });

  it("what few tasks have is as if it were a member", () => {
    const task = newTask(newJob(), "t", 1);
    expect([task.retryCount, task.lastRetryAt, task.openDependencies, task.passedOver]).toEqual([0, undefined, 0, false]);
    task.retryCount++;
    task.lastRetryAt = 7;
    task.requeueCount = 2;
    task.lastRequeueAt = 8;
    task.recoveryCount = 3;
    task.openDependencies = 4;
    task.passedOver = true;
    task.stateTransitionAt = 9;
    expect([task.retryCount, task.lastRetryAt, task.requeueCount, task.lastRequeueAt]).toEqual([1, 7, 2, 8]);
    expect([task.recoveryCount, task.openDependencies, task.passedOver, task.stateTransitionAt]).toEqual([3, 4, true, 9]);
  });
});
