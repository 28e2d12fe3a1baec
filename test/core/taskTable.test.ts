/** Every situation of a task × every report and every command about its node or job that may end its run (sections 8 and 5, T-25, J-20, P-95). */
import { describe, expect, it } from "vitest";
import { Cluster, MINUTE } from "./cluster.ts";
import { addJob, addTasks, PREPARATION } from "./jobs.ts";

const at = { poolId: "p", nodeId: "tvm-1" };
const GRACE = 2 * MINUTE;

/** A cluster with one low-priority node and a task `a` in this situation; without a node where it is to wait. */
const situations: Readonly<Record<string, () => Cluster>> = {
  active: () => clusterOf({}, 0),
  preparing: () => clusterOf({ preparation: PREPARATION }),
  running: () => clusterOf({}),
  retriable: () => clusterOf({ maxTaskRetryCount: 1 }),
  requeued: () => {
    const cluster = clusterOf({});
    cluster.ok({ kind: "RebootNode", ...at });
    return cluster;
  },
  silent: () => {
    const cluster = clusterOf({});
    cluster.do({ kind: "NodeLost", ...at });
    return cluster;
  },
  succeeded: () => {
    const cluster = clusterOf({});
    cluster.endTask("j", "a", 0);
    return cluster;
  },
  failed: () => {
    const cluster = clusterOf({});
    cluster.endTask("j", "a", 1);
    return cluster;
  },
};

function clusterOf(spec: object, nodes = 1): Cluster {
  const cluster = new Cluster({ settings: { unknownGraceMs: GRACE } });
  cluster.readyPool({ targetDedicatedNodes: 0, targetLowPriorityNodes: nodes });
  addJob(cluster, spec);
  addTasks(cluster, ["a"]);
  return cluster;
}

/** What a test did last to the task: the id of its run, also when that is over. */
function runOf(cluster: Cluster): number {
  const placed = cluster.events.findLast((event) => event.kind === "TaskPlaced");
  return placed?.kind === "TaskPlaced" ? placed.attempt.id : -1;
}

const ended =
  (cause: "exit" | "preprocessing" | "upload" | "timeLimit" | "killed" | "lost", exitCode?: number) => (cluster: Cluster) =>
    void cluster.do({ kind: "TaskEnded", attempt: runOf(cluster), cause, exitCode, failure: undefined });

const inputs: Readonly<Record<string, (cluster: Cluster) => void>> = {
  exit0: ended("exit", 0),
  exit1: ended("exit", 1),
  preprocessing: ended("preprocessing"),
  upload: ended("upload", 0),
  timeLimit: ended("timeLimit"),
  killed: ended("killed", -9),
  unseen: ended("lost"),
  nodeLost: (cluster) => {
    cluster.do({ kind: "NodeLost", ...at });
    cluster.advance(GRACE);
  },
  preempted: (cluster) => void cluster.do({ kind: "NodePreempted", ...at }),
  unusable: (cluster) => void cluster.do({ kind: "NodeUnusable", ...at, errors: [{ code: "DiskFull", message: "m" }] }),
  released: (cluster) => void cluster.do({ kind: "NodeReleased", ...at }),
  reboot: (cluster) => {
    cluster.do({ kind: "RebootNode", ...at, nodeRebootOption: "requeue" });
    cluster.serve(["KillTask", "KillSpecial"]);
  },
  terminateJob: (cluster) => {
    cluster.do({ kind: "TerminateJob", jobId: "j" });
    cluster.serve(["KillTask", "KillSpecial"]);
  },
  disableJob: (cluster) => {
    cluster.do({ kind: "DisableJob", jobId: "j", disableTasks: "terminate" });
    cluster.serve(["KillTask", "KillSpecial"]);
  },
  deleteJob: (cluster) => {
    cluster.do({ kind: "DeleteJob", jobId: "j" });
    cluster.serve(["KillTask", "KillSpecial", "RemoveJobFiles"]);
  },
};

/**
 * The task after it: `-` for a report that is recorded as stale, `ok` and `bad` for completed with success and failure, `gone`, else its state; then
 * retries (t), requeues (q) and recoveries (v), where there are any.
 */
const table = `
           exit0 exit1      preprocessing upload    timeLimit killed    unseen     nodeLost  preempted unusable  released  reboot    terminateJob disableJob deleteJob
active     -     -          -             -         -         -         -          -         -         -         -         active    active       active     gone
preparing  -     -          -             -         -         -         -          active+v1 active+v1 active+v1 active+v1 active+q1 bad          bad        gone
running    ok    bad        bad           bad       bad       bad       running+v1 active+v1 active+v1 active+v1 active+v1 active+q1 bad          bad        gone
retriable  ok    running+t1 bad           bad       bad       bad       running+v1 active+v1 active+v1 active+v1 active+v1 active+q1 bad          bad        gone
requeued   ok    active+q1  active+q1     active+q1 active+q1 active+q1 active+q1  active+q1 active+q1 active+q1 active+q1 active+q1 bad          bad        gone
silent     ok    bad        bad           bad       bad       bad       active+v1  active+v1 active+v1 -         active+v1 running   bad          bad        gone
succeeded  -     -          -             -         -         -         -          ok        ok        ok        ok        ok        ok           ok         gone
failed     -     -          -             -         -         -         -          bad       bad       bad       bad       bad       bad          bad        gone`;

function outcome(cluster: Cluster, input: (cluster: Cluster) => void): string {
  const before = cluster.events.length;
  input(cluster);
  const stale = cluster.events.slice(before).every(({ kind }) => kind === "StaleReport") && cluster.events.length > before;
  if (stale) return "-";
  const task = cluster.world.job("j")?.tasks.get("a");
  if (task === undefined) return "gone";
  const state = task.state !== "completed" ? task.state : task.result === "success" ? "ok" : "bad";
  const counts = [`t${task.retryCount}`, `q${task.requeueCount}`, `v${task.recoveryCount}`].filter(
    (count) => !count.endsWith("0"),
  );
  return [state, ...counts].join("+");
}

const [columns, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/));

describe("every situation of a task × whatever may end its run", () => {
  it.each(
    rows.flatMap(([situation, ...cells]) => columns.map((name, i) => [situation, name, cells[i]] as const)),
  )("%s, %s: %s", (situation, name, expected) => {
    const cluster = situations[situation]();
    expect(outcome(cluster, inputs[name])).toBe(expected);
    // Whatever happened, a task that is told of no more holds no slot.
    const live = [...cluster.world.attempts].length;
    expect(live).toBeLessThanOrEqual(cluster.world.job("j") === undefined ? 0 : 1);
  });

  it("has a row for every situation and a cell for every input", () => {
    expect(rows.map(([situation]) => situation)).toEqual(Object.keys(situations));
    expect(columns).toEqual(Object.keys(inputs));
    expect(new Set(rows.map(({ length }) => length - 1))).toEqual(new Set([columns.length]));
  });
});
