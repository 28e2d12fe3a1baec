/**
 * The commands of a scenario in order of time: the pool and the jobs at the beginning, then the tasks of the workload. A task remembers its row by
 * its place in its job, so that a million tasks of a workload need neither specs nor maps of their own.
 */
import type { Input } from "../core/protocol.ts";
import type { Task } from "../core/task.ts";
import type { TaskSpec } from "../core/taskSpec.ts";
import type { InputSource } from "../providers/provider.ts";
import type { Scenario } from "./scenario.ts";

export const POOL_ID = "pool";

/** Carried by each job: the workload's rows of its tasks, in order. */
interface JobRows {
  readonly rows: Int32Array;
}

/** The row of the workload that a task was made of. */
export function rowOf(task: Task): number {
  return (task.job.spec.opaque as JobRows).rows[task.sequence - 1];
}

export class Submissions implements InputSource {
  private readonly scenario: Scenario;
  private readonly setup: readonly Input[];
  private readonly specs: readonly TaskSpec[];
  private readonly specOf: Int32Array;
  private made = 0;
  /** Tasks submitted so far. */
  row = 0;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.setup = [addPool(scenario), ...addJobs(scenario)];
    const { slots, count } = scenario.workload;
    const specs: TaskSpec[] = [];
    const places = new Map<number, number>();
    this.specs = specs;
    this.specOf = new Int32Array(count);
    for (let row = 0; row < count; row++) {
      let place = places.get(slots[row]);
      if (place === undefined) {
        place = specs.push(taskSpec(slots[row], scenario.maxTaskRetryCount)) - 1;
        places.set(slots[row], place);
      }
      this.specOf[row] = place;
    }
  }

  nextDueAt(): number {
    const { startAt, workload } = this.scenario;
    if (this.made < this.setup.length) return startAt;
    return this.row < workload.count ? startAt + workload.submitMs[this.row] : Number.POSITIVE_INFINITY;
  }

  take(): Input {
    if (this.made < this.setup.length) return this.setup[this.made++];
    const { jobs, job } = this.scenario.workload;
    const row = this.row++;
    return { kind: "AddTask", jobId: jobs[job[row]].id, id: String(row + 1), spec: this.specs[this.specOf[row]] };
  }
}

function addPool({ pool }: Scenario): Input {
  const scale =
    pool.formula === undefined
      ? { targetDedicatedNodes: pool.targetDedicatedNodes, targetLowPriorityNodes: pool.targetLowPriorityNodes }
      : {
          enableAutoScale: true,
          autoScaleFormula: pool.formula,
          autoScaleEvaluationIntervalMs: pool.autoScaleEvaluationIntervalMs,
        };
  const { startTask } = pool;
  return {
    kind: "AddPool",
    spec: {
      id: POOL_ID,
      vmSize: pool.vmSize,
      coresPerNode: pool.coresPerNode,
      taskSlotsPerNode: pool.taskSlotsPerNode,
      nodeFillType: pool.nodeFillType,
      ...scale,
      ...(startTask === undefined
        ? {}
        : {
            startTask: {
              commandLine: "start",
              maxTaskRetryCount: startTask.maxTaskRetryCount,
              waitForSuccess: startTask.waitForSuccess,
            },
          }),
    },
  };
}

function addJobs({ workload }: Scenario): Input[] {
  const sizes = new Int32Array(workload.jobs.length);
  for (let row = 0; row < workload.count; row++) sizes[workload.job[row]]++;
  const rows = [...sizes].map((size) => new Int32Array(size));
  const filled = new Int32Array(workload.jobs.length);
  for (let row = 0; row < workload.count; row++) rows[workload.job[row]][filled[workload.job[row]]++] = row;
  return workload.jobs.map((job, place) => ({
    kind: "AddJob",
    spec: { id: job.id, priority: job.priority, poolId: POOL_ID, opaque: { rows: rows[place] } satisfies JobRows },
  }));
}

function taskSpec(requiredSlots: number, maxTaskRetryCount: number): TaskSpec {
  return { commandLine: "task", requiredSlots, maxTaskRetryCount, maxWallClockMs: undefined, retentionMs: undefined };
}
