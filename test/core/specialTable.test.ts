/** Every situation of a job preparation and a job release task × every report and command that may touch it (section 6, J-60 to J-68, P-58). */
import { describe, expect, it } from "vitest";
import type { SpecialRun } from "../../runtime/core/job.ts";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, PREPARATION, RELEASE } from "./jobs.ts";

const at = { poolId: "p", nodeId: "tvm-1" };
const GRACE = 2 * MINUTE;

/** A job with both special tasks and a task `a` that waits on the one node for its preparation. */
function preparing(changes: object = {}): Cluster {
  const cluster = new Cluster({ settings: { unknownGraceMs: GRACE } });
  cluster.readyPool({ targetDedicatedNodes: 0, targetLowPriorityNodes: 1, configuration: "cloudService" });
  addJob(cluster, { preparation: { ...PREPARATION, ...changes }, release: RELEASE });
  addTasks(cluster, ["a"]);
  return cluster;
}

/** Its preparation is done and the task has run; the job ends, so its release task runs. */
function releasing(): Cluster {
  const cluster = preparing();
  cluster.serve(["RunPreparation"]);
  cluster.endTask("j", "a", 0);
  cluster.ok({ kind: "TerminateJob", jobId: "j" });
  return cluster;
}

const situations: Readonly<Record<string, () => Cluster>> = {
  preparation: () => preparing(),
  retriable: () => preparing({ maxTaskRetryCount: 1 }),
  unawaited: () => preparing({ waitForSuccess: false }),
  prepared: () => {
    const cluster = preparing();
    cluster.serve(["RunPreparation"]);
    return cluster;
  },
  refused: () => {
    const cluster = preparing();
    endSpecial(cluster, 1);
    return cluster;
  },
  release: releasing,
  postponed: () => {
    const cluster = releasing();
    cluster.do({ kind: "NodeLost", ...at });
    cluster.advance(GRACE);
    return cluster;
  },
  released: () => {
    const cluster = releasing();
    cluster.serve(["RunRelease"]);
    return cluster;
  },
};

/** The latest run of a special task, over or not. */
function latest(cluster: Cluster): SpecialRun {
  const started = cluster.events.findLast((event) => event.kind === "SpecialStarted");
  if (started?.kind !== "SpecialStarted") throw new Error("no special task ran");
  return started.run;
}

function endSpecial(cluster: Cluster, exitCode: number): void {
  const run = latest(cluster);
  const kind = run.kind === "preparation" ? "PreparationEnded" : "ReleaseEnded";
  cluster.do({ kind, jobId: "j", run: run.id, exitCode, failure: undefined });
}

/** What ran is killed and ends no other way; what is begun afterwards ends well. */
function restart(cluster: Cluster, kind: "RebootNode" | "ReimageNode"): void {
  cluster.take("RunPreparation");
  cluster.take("RunRelease");
  cluster.do({ kind, ...at });
  cluster.serve();
}

const inputs: Readonly<Record<string, (cluster: Cluster) => void>> = {
  exit0: (cluster) => endSpecial(cluster, 0),
  exit1: (cluster) => endSpecial(cluster, 1),
  lost: (cluster) => {
    cluster.do({ kind: "NodeLost", ...at });
    cluster.advance(GRACE);
  },
  preempted: (cluster) => void cluster.do({ kind: "NodePreempted", ...at }),
  unusable: (cluster) => void cluster.do({ kind: "NodeUnusable", ...at, errors: [{ code: "DiskFull", message: "m" }] }),
  removed: (cluster) => void cluster.do({ kind: "NodeReleased", ...at }),
  reboot: (cluster) => restart(cluster, "RebootNode"),
  reimage: (cluster) => restart(cluster, "ReimageNode"),
  terminateTask: (cluster) => {
    cluster.do({ kind: "TerminateTask", jobId: "j", taskId: "a" });
    cluster.serve(["KillTask", "KillSpecial"]);
  },
  deleteJob: (cluster) => {
    cluster.do({ kind: "DeleteJob", jobId: "j" });
    cluster.serve(["KillTask", "KillSpecial", "RemoveJobFiles"]);
  },
};

/**
 * After it: the job (a active, t terminating, d deleting, c completed, gone), the latest special run (prep or rel, `+` running, `?` waits for its node,
 * `=` success, `!` failure), and the task (active, preparing, running, ok, bad). `-` for a report that is recorded as stale.
 */
const table = `
            exit0           exit1             lost           preempted      unusable       removed        reboot          reimage         terminateTask deleteJob
preparation a,prep=,running a,prep!,active    a,prep!,active a,prep!,active a,prep!,active a,prep!,active a,prep=,running a,prep=,running a,prep!,bad   gone,prep!
retriable   a,prep=,running a,prep+,preparing a,prep!,active a,prep!,active a,prep!,active a,prep!,active a,prep=,running a,prep=,running a,prep!,bad   gone,prep!
unawaited   a,prep=,running a,prep!,running   a,prep!,active a,prep!,active a,prep!,active a,prep!,active a,prep=,running a,prep=,running a,prep+,bad   gone,prep!
prepared    -               -                 a,prep=,active a,prep=,active a,prep=,active a,prep=,active a,prep=,running a,prep=,running a,prep=,bad   d,rel+,bad
refused     -               -                 a,prep!,active a,prep!,active a,prep!,active a,prep!,active a,prep!,active  a,prep=,running a,prep!,bad   gone,prep!
release     c,rel=,ok       c,rel!,ok         t,rel?,ok      c,rel!,ok      c,rel!,ok      c,rel!,ok      c,rel=,ok       c,rel!,ok       t,rel+,ok     d,rel+,ok
postponed   -               -                 t,rel?,ok      c,rel!,ok      -              c,rel!,ok      c,rel=,ok       c,rel=,ok       t,rel?,ok     d,rel?,ok
released    -               -                 c,rel=,ok      c,rel=,ok      c,rel=,ok      c,rel=,ok      c,rel=,ok       c,rel=,ok       c,rel=,ok     gone,rel=`;

function outcome(cluster: Cluster, input: (cluster: Cluster) => void): string {
  const before = cluster.events.length;
  input(cluster);
  const told = cluster.events.slice(before);
  if (told.length > 0 && told.every(({ kind }) => kind === "StaleReport")) return "-";
  const job = cluster.world.job("j");
  const run = latest(cluster);
  const special = run.state === "running" ? (run.awaitsNode ? "?" : "+") : run.result === "success" ? "=" : "!";
  const task = job?.tasks.get("a");
  const state = task === undefined ? "" : task.state !== "completed" ? task.state : task.result === "success" ? "ok" : "bad";
  return [job?.state[0] ?? "gone", `${run.kind === "preparation" ? "prep" : "rel"}${special}`, state]
    .filter((part) => part !== "")
    .join(",");
}

const [columns, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/));

describe("every situation of a special task × whatever may touch it", () => {
  it.each(
    rows.flatMap(([situation, ...cells]) => columns.map((name, i) => [situation, name, cells[i]] as const)),
  )("%s, %s: %s", (situation, name, expected) => {
    const cluster = situations[situation]();
    expect(outcome(cluster, inputs[name])).toBe(expected);
  });

  it("has a row for every situation and a cell for every input", () => {
    expect(rows.map(([situation]) => situation)).toEqual(Object.keys(situations));
    expect(columns).toEqual(Object.keys(inputs));
    expect(new Set(rows.map(({ length }) => length - 1))).toEqual(new Set([columns.length]));
  });
});
