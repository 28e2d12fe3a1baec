/** Dependencies between tasks (T-40 to T-46) and what an end means for them (section 12). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exitMeaning } from "../../runtime/core/schedule/exits.ts";
import { SatisfiedIntegers } from "../../runtime/core/schedule/satisfied.ts";
import type { Ending } from "../../runtime/core/taskOutcome.ts";
import type { TaskDependencies } from "../../runtime/core/taskSpec.ts";
import { Cluster } from "./cluster.ts";
import { addJob, addTasks, job, task } from "./jobs.ts";

function ready(): Cluster {
  const cluster = new Cluster();
  cluster.readyPool({ targetDedicatedNodes: 10 });
  addJob(cluster, { usesTaskDependencies: true });
  return cluster;
}

const on = (taskIds: string[], ...ranges: [number, number][]): { dependsOn: TaskDependencies } => ({
  dependsOn: { taskIds, taskIdRanges: ranges.map(([start, end]) => ({ start, end })) },
});

describe("waiting", () => {
  it("T-40, T-41: ids and ranges together, all must be satisfied", () => {
    const cluster = ready();
    addTasks(cluster, ["a", "1", "2", "3"]);
    const [child] = addTasks(cluster, ["child"], on(["A"], [1, 3]));
    for (const id of ["2", "a", "1"]) cluster.endTask("j", id);
    expect([child.state, child.openDependencies]).toEqual(["active", 1]);
    cluster.endTask("j", "3");
    expect(child.state).toBe("running");
  });

  it("T-41: a failed parent blocks for ever, unless its exit condition satisfies", () => {
    const cluster = ready();
    addTasks(cluster, ["bad"]);
    addTasks(cluster, ["fine"], { exitConditions: { exitCodes: [{ code: 3, options: { dependencyAction: "satisfy" } }] } });
    const [one] = addTasks(cluster, ["one"], on(["bad"]));
    const [two] = addTasks(cluster, ["two"], on(["fine"]));
    cluster.endTask("j", "bad", 3);
    cluster.endTask("j", "fine", 3);
    expect([one.state, two.state]).toEqual(["active", "running"]);
  });

  it("T-42: 4, 04 and 004 are one task, the first to complete satisfies; 5flamingoes is none", () => {
    const cluster = ready();
    addTasks(cluster, ["04", "004", "5flamingoes"]);
    const [four] = addTasks(cluster, ["four"], on([], [4, 4]));
    const [five] = addTasks(cluster, ["five"], on([], [5, 5]));
    cluster.endTask("j", "5flamingoes");
    cluster.endTask("j", "004");
    expect([four.state, five.state]).toEqual(["running", "active"]);
  });

  it("T-43, T-45: parents may come later or never, cycles and oneself wait, a removed parent does not satisfy", () => {
    const cluster = ready();
    const [child] = addTasks(cluster, ["child"], on(["later"], [7, 8]));
    addTasks(cluster, ["self"], on(["self"]));
    addTasks(cluster, ["x"], on(["y"]));
    addTasks(cluster, ["y"], on(["x"]));
    addTasks(cluster, ["7", "8", "later"]);
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "later" });
    for (const id of ["7", "8"]) cluster.endTask("j", id);
    expect(child.state).toBe("active");
    cluster.serve(["KillTask"]);
    addTasks(cluster, ["later"]);
    cluster.endTask("j", "later");
    expect([child.state, ...["self", "x", "y"].map((id) => task(cluster, id).state)]).toEqual([
      "running",
      "active",
      "active",
      "active",
    ]);
    cluster.ok({ kind: "DeleteTask", jobId: "j", taskId: "7" });
    const [late] = addTasks(cluster, ["late"], on([], [7, 8]));
    expect(late.state).toBe("active");
  });

  it("T-46: tasks with open dependencies are active but not counted as ready", () => {
    const cluster = new Cluster();
    const pool = cluster.addPool();
    addJob(cluster, { usesTaskDependencies: true });
    addTasks(cluster, ["a"]);
    addTasks(cluster, ["b", "c"], on(["a"]));
    expect([pool.tasks.active, job(cluster).counts.active, job(cluster).counts.blocked]).toEqual([1, 3, 2]);
  });

  it("T-43: a range of two thousand million ids costs nothing and waits", () => {
    const cluster = ready();
    const [child] = addTasks(cluster, ["child"], on([], [0, 2 ** 31 - 1]));
    expect([child.state, child.openDependencies]).toEqual(["active", 1]);
  });
});

describe("satisfied numbers", () => {
  it("T-42: the next missing number is what a set of counts gives", () => {
    const number = fc.nat({ max: 2200 });
    const operation = fc.tuple(fc.constantFrom("add", "add", "run", "remove", "ask"), number);
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (operations) => {
        const set = new SatisfiedIntegers();
        const counts = new Map<number, number>();
        for (const [what, at] of operations) {
          const until = what === "run" ? at + 1100 : at;
          for (let n = at; n <= until && what !== "ask" && what !== "remove"; n++) {
            set.add(n);
            counts.set(n, (counts.get(n) ?? 0) + 1);
          }
          if (what === "remove" && (counts.get(at) ?? 0) > 0) {
            set.remove(at);
            counts.set(at, counts.get(at)! - 1);
          }
          let missing = at;
          while ((counts.get(missing) ?? 0) > 0) missing++;
          expect(set.nextMissing(at)).toBe(missing);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("exit conditions, section 12", () => {
  const options = (jobAction: "none" | "disable" | "terminate") => ({ jobAction });
  const conditions = {
    exitCodes: [{ code: 2, options: options("none") }],
    exitCodeRanges: [
      { start: 1, end: 5, options: options("disable") },
      { start: 3, end: 9, options: options("none") },
    ],
    preProcessingError: { dependencyAction: "satisfy" as const },
    fileUploadError: options("disable"),
    default: { jobAction: "none" as const, dependencyAction: "satisfy" as const },
  };
  const ending = (cause: Ending["cause"], exitCode?: number): Ending => ({ cause, exitCode, failure: undefined });
  const { preProcessingError: _p, fileUploadError: _f, ...onlyDefault } = conditions;

  it.each([
    ["1 preprocessing error", conditions, ending("preprocessing"), "terminate", "satisfy"],
    ["1 preprocessing error, default", onlyDefault, ending("preprocessing"), "none", "satisfy"],
    ["2 exit code", conditions, ending("exit", 2), "none", "block"],
    ["2 first range", conditions, ending("exit", 3), "disable", "block"],
    ["2 range, inclusive", conditions, ending("exit", 9), "none", "block"],
    ["3 matched, in spite of an upload error", conditions, ending("upload", 2), "none", "block"],
    ["4 upload error", conditions, ending("upload", 0), "disable", "block"],
    ["4 upload error, default", onlyDefault, ending("upload", 0), "none", "satisfy"],
    ["5 exit 0 is success, default does not apply", conditions, ending("exit", 0), "none", "satisfy"],
    ["6 nonzero, default", conditions, ending("exit", 99), "none", "satisfy"],
    ["6 ended, default", conditions, ending("killed"), "none", "satisfy"],
    ["6 timed out, default", conditions, ending("timeLimit", -1073741510), "none", "satisfy"],
    ["built-in failure", undefined, ending("exit", 1), "terminate", "block"],
    ["built-in success", undefined, ending("exit", 0), "none", "satisfy"],
    ["6 without default", { exitCodes: [] }, ending("killed"), "terminate", "block"],
  ] as const)("%s", (_name, given, end, jobAction, dependencyAction) => {
    expect(exitMeaning(given, end)).toEqual({ jobAction, dependencyAction });
  });
});
