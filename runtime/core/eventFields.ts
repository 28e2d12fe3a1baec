/**
 * What of an event is kept: the ids and numbers by which it can be written to a row, printed in a trace, or hashed. One row a kind; the compiler
 * refuses a kind without one. Fields come in a fixed order; what an entity looks like later is no part of the event.
 */
import type { Attempt } from "./attempt.ts";
import type { Job, SpecialRun } from "./job.ts";
import type { ComputeNode } from "./node.ts";
import type { Pool, Resize } from "./pool.ts";
import type { Event } from "./protocol/events.ts";
import type { Task } from "./task.ts";
import type { FailureInfo } from "./taskOutcome.ts";

/** Whoever reads fields: a hash, a row, a printer. An absent number is NaN, an absent text is empty. */
export interface FieldReader {
  text(name: string, value: string): void;
  number(name: string, value: number): void;
  /** An entity that an earlier event brought in. `mark` stands for its id: a number that is the same in every run of the same inputs. */
  id(name: string, id: string, mark: number): void;
}

type Row<E> = (event: E, to: FieldReader) => void;
type Rows = { readonly [Kind in Event["kind"]]: Row<Extract<Event, { kind: Kind }>> };

const ofPool = (pool: Pool, to: FieldReader) => to.id("pool", pool.id, pool.mark);
const ofJob = (job: Job, to: FieldReader) => to.id("job", job.id, job.mark);

function ofNode(node: ComputeNode, to: FieldReader): void {
  to.id("pool", node.pool.id, node.pool.mark);
  to.id("node", node.id, node.mark);
}

function ofTask(task: Task, to: FieldReader): void {
  to.id("job", task.job.id, task.job.mark);
  // Its place in the job's order is its own; TaskAdded says which id stands there.
  to.id("task", task.id, task.sequence);
}

function ofAttempt(attempt: Attempt, to: FieldReader): void {
  ofTask(attempt.task, to);
  to.number("attempt", attempt.id);
}

function ofRun(run: SpecialRun, to: FieldReader): void {
  to.text("special", run.kind);
  ofJob(run.job, to);
  ofNode(run.node, to);
  to.number("run", run.id);
}

/** P-40: growth has no deallocation option. */
function ofResize({ number, by, option, before, wanted }: Resize, to: FieldReader): void {
  const grows = wanted.dedicated >= before.dedicated && wanted.lowPriority >= before.lowPriority;
  to.number("resize", number);
  to.text("by", by);
  to.text("option", grows ? "invalid" : option);
  to.number("beforeDedicated", before.dedicated);
  to.number("beforeLowPriority", before.lowPriority);
  to.number("targetDedicated", wanted.dedicated);
  to.number("targetLowPriority", wanted.lowPriority);
}

function ending(exitCode: number | undefined, failure: FailureInfo | undefined, to: FieldReader): void {
  to.number("exitCode", exitCode ?? Number.NaN);
  to.text("failure", failure?.code ?? "");
}

export const eventFields: Rows = {
  TaskAdded: ({ task }, to) => {
    ofJob(task.job, to);
    to.text("task", task.id);
  },
  TaskPlaced: ({ attempt, preparing }, to) => {
    ofAttempt(attempt, to);
    to.id("node", attempt.node.id, attempt.node.mark);
    to.number("preparing", preparing ? 1 : 0);
  },
  TaskStarted: ({ task }, to) => ofTask(task, to),
  KillRequested: ({ attempt, intent }, to) => {
    ofAttempt(attempt, to);
    to.text("intent", intent);
  },
  AttemptEnded: ({ attempt, exitCode, subtasks }, to) => {
    ofAttempt(attempt, to);
    to.number("exitCode", exitCode ?? Number.NaN);
    // Exit codes of subtasks 1, 2 …; `-` for one that did not return.
    if (subtasks !== undefined) to.text("subtasks", subtasks.ended.map((each) => each.exitCode ?? "-").join(" "));
  },
  AttemptNodeLost: ({ attempt, node }, to) => {
    ofAttempt(attempt, to);
    to.id("node", node.id, node.mark);
  },
  TaskCompleted: ({ task, exitCode, failure, dependencyAction }, to) => {
    ofTask(task, to);
    ending(exitCode, failure, to);
    to.text("dependencyAction", dependencyAction);
  },
  TaskReturned: ({ task, by }, to) => {
    ofTask(task, to);
    to.text("by", by);
  },
  TaskReactivated: ({ task }, to) => ofTask(task, to),
  TaskChanged: ({ task }, to) => ofTask(task, to),
  TaskScheduleFailed: ({ task, failure }, to) => {
    ofTask(task, to);
    to.text("failure", failure.code);
  },
  DependencySatisfied: ({ task, open }, to) => {
    ofTask(task, to);
    to.number("open", open);
  },
  TaskRemoved: ({ task }, to) => ofTask(task, to),
  JobAdded: ({ job }, to) => ofJob(job, to),
  JobChanged: ({ job }, to) => ofJob(job, to),
  JobStateChanged: ({ job, to: state, reason }, to) => {
    ofJob(job, to);
    to.text("to", state);
    to.text("reason", reason ?? "");
  },
  JobBound: ({ job, pool }, to) => {
    ofJob(job, to);
    to.text("pool", pool?.id ?? "");
  },
  JobSchedulingFailed: ({ job, error }, to) => {
    ofJob(job, to);
    to.text("failure", error.code);
  },
  JobRemoved: ({ job }, to) => ofJob(job, to),
  SpecialStarted: ({ run }, to) => ofRun(run, to),
  SpecialRetried: ({ run }, to) => ofRun(run, to),
  SpecialEnded: ({ run, exitCode, failure }, to) => {
    ofRun(run, to);
    ending(exitCode, failure, to);
  },
  SpecialLapsed: ({ run, wiped }, to) => {
    ofRun(run, to);
    to.number("wiped", wiped ? 1 : 0);
  },
  SpecialPostponed: ({ run }, to) => ofRun(run, to),
  LifetimeWatched: ({ job, task }, to) => {
    ofJob(job, to);
    to.text("task", task?.id ?? "");
  },
  JobScheduleDue: ({ schedule, nextRunAt }, to) => {
    to.text("jobSchedule", schedule.id);
    to.number("nextRunAt", nextRunAt ?? Number.NaN);
  },
  JobScheduleAdded: ({ schedule }, to) => to.text("jobSchedule", schedule.id),
  JobScheduleChanged: ({ schedule }, to) => to.text("jobSchedule", schedule.id),
  JobScheduleStateChanged: ({ schedule, to: state }, to) => {
    to.text("jobSchedule", schedule.id);
    to.text("to", state);
  },
  JobScheduleRemoved: ({ schedule }, to) => to.text("jobSchedule", schedule.id),
  NodesRequested: ({ pool, dedicated, nodeIds }, to) => {
    ofPool(pool, to);
    to.text("nodeKind", dedicated ? "dedicated" : "lowPriority");
    to.number("nodes", nodeIds.length);
    to.text("first", nodeIds[0] ?? "");
  },
  NodeRequestCancelled: ({ pool, nodeId }, to) => {
    ofPool(pool, to);
    to.text("node", nodeId);
  },
  NodeRequestEnded: ({ pool, nodeId }, to) => {
    ofPool(pool, to);
    to.text("node", nodeId);
  },
  NodeCreated: ({ node }, to) => {
    ofNode(node, to);
    to.text("nodeKind", node.isDedicated ? "dedicated" : "lowPriority");
  },
  NodeStateChanged: ({ node, to: state, errors }, to) => {
    ofNode(node, to);
    to.text("to", state);
    for (const error of errors) to.text("error", error.code);
  },
  NodeDrainStarted: ({ node, drain }, to) => {
    ofNode(node, to);
    to.text("purpose", drain.purpose);
    to.text("option", drain.option);
    to.text("why", drain.reason);
  },
  NodeDrainEnded: ({ node }, to) => ofNode(node, to),
  ReplacementSought: ({ node, sought }, to) => {
    ofNode(node, to);
    to.number("sought", sought ? 1 : 0);
  },
  NodeSchedulingChanged: ({ node, to: state }, to) => {
    ofNode(node, to);
    to.text("to", state);
  },
  StartTaskStarted: ({ node, retryCount }, to) => {
    ofNode(node, to);
    to.number("retryCount", retryCount);
  },
  StartTaskCompleted: ({ node, exitCode, failure }, to) => {
    ofNode(node, to);
    ending(exitCode, failure, to);
  },
  NodeRemoved: ({ node }, to) => ofNode(node, to),
  PoolAdded: ({ pool }, to) => ofPool(pool, to),
  PoolPropertiesChanged: ({ pool }, to) => ofPool(pool, to),
  PoolTargetsChanged: ({ pool, dedicated, lowPriority }, to) => {
    ofPool(pool, to);
    to.number("dedicated", dedicated);
    to.number("lowPriority", lowPriority);
  },
  QuotasChanged: ({ quotas }, to) => {
    for (const [name, value] of Object.entries(quotas)) to.number(name, value);
  },
  ResizeStarted: ({ pool, resize }, to) => {
    ofPool(pool, to);
    ofResize(resize, to);
  },
  ResizeTroubled: ({ pool, error }, to) => {
    ofPool(pool, to);
    to.text("error", error.code);
  },
  ResizeStopping: ({ pool }, to) => ofPool(pool, to),
  ResizeCompleted: ({ pool, resize, after, errors }, to) => {
    ofPool(pool, to);
    ofResize(resize, to);
    to.number("startedAt", resize.startedAt);
    to.number("currentDedicated", after.dedicated);
    to.number("currentLowPriority", after.lowPriority);
    for (const error of errors) to.text("error", error.code);
  },
  TargetsHeld: ({ pool, held }, to) => {
    ofPool(pool, to);
    to.number("dedicated", held?.dedicated ?? Number.NaN);
    to.number("lowPriority", held?.lowPriority ?? Number.NaN);
  },
  AutoScaleEnabled: ({ pool, autoScale }, to) => {
    ofPool(pool, to);
    to.text("formula", autoScale.formula);
    to.number("intervalMs", autoScale.intervalMs);
  },
  AutoScaleDisabled: ({ pool }, to) => ofPool(pool, to),
  AutoScaleEvaluated: ({ pool, record }, to) => {
    ofPool(pool, to);
    to.text("outcome", record.outcome);
    to.text("results", record.run.results);
    to.text("error", record.run.error?.code ?? "");
  },
  PoolUpgradeStarted: ({ pool, targetOSVersion }, to) => {
    ofPool(pool, to);
    to.text("targetOSVersion", targetOSVersion);
  },
  PoolUpgradeReached: ({ node }, to) => ofNode(node, to),
  PoolUpgradeCompleted: ({ pool }, to) => ofPool(pool, to),
  PoolDeletionStarted: ({ pool }, to) => ofPool(pool, to),
  PoolRemoved: ({ pool }, to) => {
    ofPool(pool, to);
    // Nobody else can tell afterwards what its nodes were.
    to.text("vmSize", pool.spec.vmSize);
    to.number("coresPerNode", pool.spec.coresPerNode);
  },
  StaleReport: ({ report, about }, to) => {
    to.text("report", report);
    to.text("about", about);
  },
};

/** The row of an event, to be called with it. The table has one for every kind, each typed for its own: one look-up, no switch. */
export function rowOf(kind: Event["kind"]): (event: Event, to: FieldReader) => void {
  return eventFields[kind] as Row<Event>;
}

/** Hands an event's fields to a reader, in their order. */
export function readFields(event: Event, to: FieldReader): void {
  rowOf(event.kind)(event, to);
}

/** An event as a flat row: kind, then its fields. A name that comes twice (errors) becomes a list joined by commas. */
export function eventRow(event: Event): Record<string, string | number> {
  const row: Record<string, string | number> = { kind: event.kind };
  readFields(event, {
    id(name, id) {
      row[name] = id;
    },
    text(name, value) {
      if (value === "") return;
      row[name] = name in row ? `${row[name]},${value}` : value;
    },
    number(name, value) {
      if (!Number.isNaN(value)) row[name] = value;
    },
  });
  return row;
}
