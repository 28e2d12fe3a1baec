import { describe, expect, test } from "vitest";
import { type Command, step, World } from "../../runtime/core/index.ts";
import type { Report } from "../../runtime/core/protocol.ts";
import { type Diagnosis, diagnose } from "../../runtime/serve/doctor/diagnosis.ts";

const T0 = Date.UTC(2026, 0, 5, 8);

/** A world with quotas of 8 cores, and pool `p` of nodes with 2 cores and 1 slot. */
class Patient {
  readonly world = new World({ quotas: { dedicatedCores: 8, lowPriorityCores: 0 }, settings: { sampleDelayMs: 0 } });
  now = T0;

  do(...inputs: (Command | Report)[]): this {
    for (const input of inputs) {
      const { refusal } = step(this.world, input, this.now);
      if (refusal !== undefined) throw new Error(refusal.code);
    }
    return this;
  }

  pool(more: object): this {
    return this.do({ kind: "AddPool", spec: { id: "p", vmSize: "small", coresPerNode: 2, ...more } });
  }

  /** Nodes tvm-1 … are allocated and come up. */
  nodes(count: number): this {
    for (let i = 1; i <= count; i++) {
      const at = { poolId: "p", nodeId: `tvm-${i}` };
      this.do({ kind: "NodeAllocated", ...at }, { kind: "NodeStarted", ...at }, { kind: "NodeReady", ...at });
    }
    return this;
  }

  tasks(count: number, job: object = {}): this {
    this.do({ kind: "AddJob", spec: { id: "j", poolId: "p", ...job } });
    const spec = {
      commandLine: "x",
      requiredSlots: 1,
      maxTaskRetryCount: 0,
      maxWallClockMs: undefined,
      retentionMs: undefined,
    };
    for (let i = 1; i <= count; i++) this.do({ kind: "AddTask", jobId: "j", id: `t${i}`, spec });
    return this;
  }

  passes(ms: number): this {
    for (const end = this.now + ms; this.now < end; ) {
      this.now = Math.min(end, this.now + 15_000);
      step(this.world, { kind: "TimePassed" }, this.now);
    }
    return this;
  }

  diagnosis(agentConnected = true): Diagnosis {
    return diagnose(this.world, "P", { now: this.now, agentConnected })!;
  }
}

const statuses = ({ chain }: Diagnosis) => Object.fromEntries(chain.map(({ link, status }) => [link, status]));

describe("the first link that does not hold is named", () => {
  test("nothing is wrong: every link holds", () => {
    const diagnosis = new Patient().pool({ targetDedicatedNodes: 2 }).nodes(2).tasks(1).diagnosis();
    expect(diagnosis).toMatchObject({ pool: "p", healthy: true, link: undefined });
    expect(diagnosis.sentence).toBe("nothing keeps tasks from running: 1 task runs and none waits");
    expect(Object.values(statuses(diagnosis))).toEqual(Array(10).fill("ok"));
  });

  test("there is no such pool", () => {
    expect(diagnose(new World(), "none", { now: 0, agentConnected: true })).toBeUndefined();
  });

  test("formula → samples: one that needs what only nodes measure cannot start from nothing", () => {
    const autoScaleFormula = "$TargetDedicatedNodes = avg($CPUPercent.GetSample(TimeInterval_Minute * 5)) > 50 ? 2 : 1;";
    const patient = new Patient().pool({ enableAutoScale: true, autoScaleFormula });
    expect(patient.diagnosis()).toMatchObject({ link: "evaluation", healthy: false });
    const later = patient.passes(60_000).diagnosis();
    expect(later.link).toBe("samples");
    expect(later.sentence).toContain("$CPUPercent");
    expect(later.sentence).toContain("cannot start from nothing");
  });

  test("evaluation: the service's error and place", () => {
    const autoScaleFormula =
      "$TargetDedicatedNodes = min(1 / 0 > 0 ? 1 : 1, $ActiveTasks.GetSample(1, TimeInterval_Minute * 5, 80));";
    const diagnosis = new Patient().pool({ enableAutoScale: true, autoScaleFormula }).passes(45_000).diagnosis();
    expect(diagnosis.link).toBe("evaluation");
    expect(diagnosis.sentence).toMatch(/^the last evaluation failed with \w+ \(.+\), so the targets stay as they were$/);
  });

  test("target: the formula wants no nodes although tasks wait", () => {
    const patient = new Patient().pool({ enableAutoScale: true, autoScaleFormula: "$TargetDedicatedNodes = 0;" }).tasks(3);
    expect(patient.diagnosis()).toMatchObject({ link: "target", sentence: "the formula wants 0 nodes while 3 tasks wait" });
  });

  test("target: nobody asked for nodes", () => {
    const { sentence, link } = new Patient().pool({ targetDedicatedNodes: 0 }).tasks(1).diagnosis();
    expect({ sentence, link }).toEqual({ link: "target", sentence: "the targets are 0 while 1 task waits: resize the pool" });
  });

  test("L-10 quota: with the numbers", () => {
    const { sentence, link } = new Patient().pool({ targetDedicatedNodes: 6 }).nodes(4).tasks(9).diagnosis();
    expect(link).toBe("quota");
    expect(sentence).toBe(
      "the quota of 8 dedicated cores, of which 8 are in use, leaves room for 0 of 2 missing nodes of 2 cores each",
    );
  });

  test("target: a formula that gives nodes with the samples of now only waits for its next evaluation, and when that is", () => {
    const autoScaleFormula =
      "$TargetDedicatedNodes = $ActiveTasks.GetSamplePercent(TimeInterval_Minute) < 1 ? 0 : min(2, $ActiveTasks.GetSample(1));";
    const patient = new Patient().pool({ enableAutoScale: true, autoScaleFormula }).passes(60_000).tasks(3);
    const { sentence, link } = patient.diagnosis();
    expect({ link, sentence }).toEqual({
      link: "target",
      sentence: "3 tasks wait for the formula's next evaluation, in 840 s: it is the first that can know of them",
    });
    const later = patient.passes(60_000).diagnosis();
    expect(later.sentence).toBe(
      "3 tasks wait for the formula's next evaluation, in 780 s: with the samples of now it gives 2 nodes",
    );
    expect(statuses(later).target).toBe("waiting");
  });

  test("evaluation: one that failed for want of samples and would not now only waits for the next", () => {
    const autoScaleFormula = "$TargetDedicatedNodes = 1 + avg($ActiveTasks.GetSample(TimeInterval_Minute * 5));";
    const patient = new Patient().pool({ enableAutoScale: true, autoScaleFormula });
    expect(statuses(patient.diagnosis()).evaluation).toBe("broken");
    const { sentence, link, chain } = patient.passes(600_000).diagnosis();
    expect(link).toBe("evaluation");
    expect(chain.find((each) => each.link === link)?.status).toBe("waiting");
    expect(sentence).toMatch(
      /^the last evaluation failed with \w+; with the samples of now .* it is evaluated again in 300 s$/,
    );
  });

  const refused = (patient: Patient, message: string, ...nodeIds: string[]) =>
    patient.do({ kind: "AllocationFailed", poolId: "p", nodeIds, code: "AllocationFailed", message });

  test("L-10 quota and the machine's own limit: both are named, with the option that lifts each", () => {
    const patient = new Patient().pool({ targetDedicatedNodes: 6 }).nodes(1);
    const { sentence, remedy, link } = refused(
      patient,
      "this machine hosts 1 nodes at most (--nodes-max)",
      "tvm-2",
      "tvm-3",
      "tvm-4",
    ).diagnosis();
    expect(link).toBe("quota");
    expect(sentence).toContain("the quota of 8 dedicated cores");
    expect(sentence).toContain("this machine hosts 1 nodes at most");
    expect(remedy).toContain("--dedicated-cores");
    expect(remedy).toContain("--nodes-max");
  });

  test("P-36 allocation: what resizing again cannot help with has a remedy of its own", () => {
    const short = (message: string) =>
      refused(new Patient().pool({ targetDedicatedNodes: 2 }).nodes(1), message, "tvm-2").diagnosis();
    const hosted = short("this machine hosts 1 nodes at most (--nodes-max)");
    expect(hosted).toMatchObject({ link: "allocation", remedy: expect.stringContaining("a larger --nodes-max") });
    const full = short("the subnet /a/b has no free address: 3 are for nodes, 5 are the platform's");
    expect(full).toMatchObject({ link: "allocation", remedy: expect.stringContaining("larger subnet") });
    for (const { sentence } of [hosted, full]) expect(sentence).not.toContain("resize it again");
  });

  test("node: when none takes tasks, that comes before the nodes that are missing", () => {
    const patient = refused(new Patient().pool({ targetDedicatedNodes: 2 }).nodes(1), "full", "tvm-2");
    patient.do({
      kind: "NodeUnusable",
      poolId: "p",
      nodeId: "tvm-1",
      errors: [{ code: "CommunicationBlocked", message: "no." }],
    });
    const diagnosis = patient.tasks(1).diagnosis();
    expect(diagnosis.sentence).toContain("no node takes tasks: node tvm-1 is unusable: CommunicationBlocked");
    expect(statuses(diagnosis)).toMatchObject({ allocation: "broken", node: "broken" });
  });

  test("numbers and their verbs agree", () => {
    const { chain } = new Patient().pool({ targetDedicatedNodes: 1 }).nodes(1).diagnosis();
    const texts = chain.map(({ text }) => text);
    expect(texts).toEqual(expect.arrayContaining(["1 of 1 node takes tasks", "1 of 1 slot is free"]));
  });

  test("P-36 allocation: the last resize ended short, and how to go on", () => {
    const patient = new Patient().pool({ targetDedicatedNodes: 2 });
    patient.do({
      kind: "AllocationFailed",
      poolId: "p",
      nodeIds: ["tvm-1", "tvm-2"],
      code: "AllocationFailed",
      message: "full",
    });
    const { sentence, link } = patient.diagnosis();
    expect(link).toBe("allocation");
    expect(sentence).toMatch(/^2 nodes are missing: the last resize ended with AllocationFailed \(full.*\); resize it again$/);
  });

  test("node: a start task that failed, with its exit code", () => {
    const startTask = { commandLine: "x", maxTaskRetryCount: 0, waitForSuccess: true };
    const patient = new Patient().pool({ targetDedicatedNodes: 1, startTask }).nodes(1);
    patient.do({ kind: "StartTaskEnded", poolId: "p", nodeId: "tvm-1", exitCode: 7, failure: undefined });
    const { sentence, link } = patient.tasks(1).diagnosis();
    expect(link).toBe("node");
    expect(sentence).toContain("tvm-1 is starttaskfailed");
    expect(sentence).toContain("ended with 7, see startup/stderr.txt");
  });

  test("node: the agent is away", () => {
    const patient = new Patient()
      .pool({ targetDedicatedNodes: 1 })
      .nodes(1)
      .do({ kind: "NodeLost", poolId: "p", nodeId: "tvm-1" });
    expect(patient.diagnosis(false)).toMatchObject({ link: "node" });
    expect(patient.diagnosis(false).sentence).toContain("the agent that runs the nodes is not connected");
  });

  test("node: an unusable one with the node's own error", () => {
    const patient = new Patient().pool({ targetDedicatedNodes: 1 }).nodes(1);
    patient.do({ kind: "NodeUnusable", poolId: "p", nodeId: "tvm-1", errors: [{ code: "DiskFull", message: "no room." }] });
    expect(patient.tasks(1).diagnosis().sentence).toBe("no node takes tasks: node tvm-1 is unusable: DiskFull (no room)");
  });

  test("slots: all are in use, which passes", () => {
    const diagnosis = new Patient().pool({ targetDedicatedNodes: 1 }).nodes(1).tasks(3).diagnosis();
    expect(diagnosis).toMatchObject({
      link: "slots",
      sentence: "all 1 slot is in use by 1 running task; 2 tasks wait for one",
    });
    expect(statuses(diagnosis).slots).toBe("waiting");
  });

  test("task: its job is disabled", () => {
    const patient = new Patient().pool({ targetDedicatedNodes: 2 }).nodes(2).tasks(1);
    patient.do({ kind: "DisableJob", jobId: "j", disableTasks: "requeue" });
    patient.do({
      kind: "TaskEnded",
      attempt: [...patient.world.attempts][0].id,
      cause: "killed",
      exitCode: undefined,
      failure: undefined,
    });
    expect(patient.diagnosis()).toMatchObject({ link: "task", sentence: "task t1 of job j waits: its job j is disabled" });
  });
});

describe("what waits by itself is told apart from what waits for ever", () => {
  const two = () => new Patient().pool({ targetDedicatedNodes: 1, taskSlotsPerNode: 4 }).nodes(1);
  const spec = { commandLine: "x", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined };

  test("node: while the only node waits for its start task nothing is broken", () => {
    const startTask = { commandLine: "x", maxTaskRetryCount: 0, waitForSuccess: true };
    const diagnosis = new Patient().pool({ targetDedicatedNodes: 1, startTask }).nodes(1).tasks(1).diagnosis();
    expect(diagnosis.link).toBe("node");
    expect(statuses(diagnosis)).toMatchObject({ node: "waiting", task: "waiting" });
  });

  test("maxParallelTasks reached passes by itself", () => {
    const diagnosis = two().tasks(2, { maxParallelTasks: 1 }).diagnosis();
    expect(diagnosis.link).toBe("task");
    expect(statuses(diagnosis).task).toBe("waiting");
  });

  test("T-41: a parent that the job lacks, or that failed, is broken and comes with a remedy", () => {
    const patient = two().do({ kind: "AddJob", spec: { id: "j", poolId: "p", usesTaskDependencies: true } });
    patient.do({
      kind: "AddTask",
      jobId: "j",
      id: "child",
      spec: { ...spec, dependsOn: { taskIds: ["parent"], taskIdRanges: [] } },
    });
    expect(patient.diagnosis()).toMatchObject({
      link: "task",
      sentence: "task child of job j waits: it depends on task parent, and the job has no such task",
      remedy: "add task parent to job j",
    });
    patient.do({ kind: "AddTask", jobId: "j", id: "parent", spec });
    expect(statuses(patient.diagnosis()).task).toBe("waiting");
    const attempt = [...patient.world.attempts][0].id;
    patient.do({ kind: "TaskEnded", attempt, cause: "exit", exitCode: 1, failure: undefined });
    const { sentence, remedy, chain } = patient.diagnosis();
    expect(sentence).toContain("it depends on task parent, which is completed and does not satisfy its dependants");
    expect(remedy).toMatch(/^reactivate task parent/);
    expect(chain.at(-1)).toMatchObject({ link: "task", status: "broken" });
  });

  test("a task that can never run is named before one of a disabled job with a higher priority", () => {
    const patient = two();
    patient.do(
      { kind: "AddJob", spec: { id: "off", poolId: "p", priority: 9 } },
      { kind: "DisableJob", jobId: "off", disableTasks: "requeue" },
    );
    patient.do({ kind: "AddTask", jobId: "off", id: "t", spec });
    expect(patient.diagnosis()).toMatchObject({
      sentence: "task t of job off waits: its job off is disabled",
      remedy: "enable job off",
    });
    patient.do({ kind: "AddJob", spec: { id: "k", poolId: "p" } });
    patient.do({ kind: "AddTask", jobId: "k", id: "big", spec: { ...spec, requiredSlots: 5 } });
    expect(patient.diagnosis()).toMatchObject({
      sentence: "task big of job k waits: it needs 5 slots and a node has 4: it can never run here",
      remedy: "ask for at most 4 requiredSlots, or use a pool with a larger taskSlotsPerNode",
    });
  });

  test("node: one that an operator took out of scheduling is to be enabled", () => {
    const patient = two().do({
      kind: "DisableScheduling",
      poolId: "p",
      nodeId: "tvm-1",
      nodeDisableSchedulingOption: "requeue",
    });
    expect(patient.diagnosis()).toMatchObject({ link: "node", remedy: "enable scheduling on tvm-1" });
  });
});

describe("failures by node", () => {
  /** Runs 12 tasks on three nodes; those on the nodes that are named fail. */
  function ran(...failing: string[]): Diagnosis["failures"] {
    const patient = new Patient().pool({ targetDedicatedNodes: 3 }).nodes(3).tasks(12);
    for (let i = 0; i < 12; i++) {
      const [{ id: attempt, task }] = patient.world.attempts;
      const exitCode = failing.includes(task.node!.id) ? 3 : 0;
      patient.do({ kind: "TaskEnded", attempt, cause: "exit", exitCode, failure: undefined });
    }
    return patient.diagnosis().failures;
  }

  test("nothing has failed: there is none", () => {
    expect(ran()).toEqual([]);
  });

  test("one node on which tasks fail and on others do not is suspect, and its latest failure is named", () => {
    const failures = ran("tvm-2");
    expect(failures).toMatchObject([{ node: "tvm-2", isGone: false, succeeded: 0, isSuspect: true }]);
    expect(failures[0].failed).toBeGreaterThanOrEqual(3);
    expect(failures[0].latest).toMatchObject({ job: "j", reason: "exit code 3" });
  });

  test("tasks that fail everywhere make no node suspect", () => {
    const failures = ran("tvm-1", "tvm-2", "tvm-3");
    expect(failures.map(({ node }) => node).sort()).toEqual(["tvm-1", "tvm-2", "tvm-3"]);
    expect(failures.map(({ isSuspect }) => isSuspect)).toEqual([false, false, false]);
  });
});
