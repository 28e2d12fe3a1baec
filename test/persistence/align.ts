/**
 * Makes a restored world equal to the living one in what is not stored, so that what happens to both can be compared step by step: whose turn it is,
 * the order of timers that are due at the same instant, which numbers of attempts are passed over, the order of attempts on a node and of draining nodes.
 * It throws where the two differ in more than that.
 */
import { expect } from "vitest";
import { sameShape } from "../../runtime/core/schedule/lane.ts";
import type { Lane } from "../../runtime/core/schedule/lane.ts";
import type { ReadyQueue } from "../../runtime/core/schedule/queue.ts";
import type { Alarm, Timer } from "../../runtime/core/timers.ts";
import type { World } from "../../runtime/core/world.ts";

/** What an alarm is for, in a word. */
function nameOf(alarm: Alarm): string {
  switch (alarm.kind) {
    case "nodeRecovery":
    case "retentionEnd":
      return `${alarm.kind} ${alarm.node.pool.key}/${alarm.node.id}`;
    case "jobTimeLimit":
      return `${alarm.kind} ${alarm.job.key}`;
    case "taskLifetime":
      return `${alarm.kind} ${alarm.task.job.key}/${alarm.task.id}`;
    case "scheduleDue":
      return `${alarm.kind} ${alarm.schedule.key}`;
    default:
      return `${alarm.kind} ${alarm.pool.key}`;
  }
}

/** Timers that would do something, by name and due time. */
function timersOf(world: World): Map<string, Timer> {
  const timers = new Map<string, Timer>();
  for (const timer of world.timers.pending()) {
    const { alarm } = timer;
    // Those of tasks are found anew (T-16); those that try a release again have an effect that is outstanding anyway.
    if (alarm.kind === "taskLifetime" || alarm.kind === "releaseAgain") continue;
    if (alarm.kind === "nodeRecovery" && (alarm.node.gone || alarm.node.stateNumber !== alarm.stateNumber)) continue;
    if (alarm.kind === "resizeTimeout" && alarm.pool.resize?.number !== alarm.resizeNumber) continue;
    if (alarm.kind === "retentionEnd") {
      const { node } = alarm;
      if (node.gone || node.drain?.option !== "retaineddata" || !node.empty || node.state === "leavingpool") continue;
    }
    // Has rung already, and a second time changes nothing: the node waits for something else.
    if (alarm.kind === "nodeRecovery" && timer.dueAt <= world.now) continue;
    timers.set(nameOf(alarm), timer);
  }
  return timers;
}

function alignTimers(live: World, restored: World): void {
  const [wanted, found] = [timersOf(live), timersOf(restored)];
  const due = (timers: Map<string, Timer>) =>
    [...timers]
      .filter(([name]) => !name.startsWith("retentionEnd"))
      .map(([name, { dueAt }]) => `${name} ${dueAt}`)
      .sort();
  expect(due(found)).toEqual(due(wanted));
  for (const [name, timer] of found) {
    const sequence = wanted.get(name)?.sequence;
    if (sequence !== undefined) Object.assign(timer, { sequence });
  }
  const inner = restored.timers as unknown as { heap: Timer[]; sequence: number };
  inner.heap.sort((a, b) => a.dueAt - b.dueAt || a.sequence - b.sequence);
  inner.sequence = (live.timers as unknown as { sequence: number }).sequence;
}

function alignQueues(live: World, restored: World): void {
  for (const [key, pool] of live.pools) {
    const other = restored.pools.get(key)!;
    const lanes = new Map<Lane, Lane>();
    for (const [jobKey, job] of live.jobs) {
      for (const lane of job.ready.lanes) {
        const twin = restored.jobs.get(jobKey)!.ready.lanes.find(({ shape }) => sameShape(shape, lane.shape));
        if (lane.size === 0) continue;
        if (twin === undefined) throw new Error(`job ${jobKey} lacks a lane`);
        expect([...twin.tasks()].map(({ id }) => id).sort()).toEqual([...lane.tasks()].map(({ id }) => id).sort());
        if (lane.ring === undefined || job.queuedIn !== pool) continue;
        lanes.set(lane, twin);
      }
    }
    for (const twin of lanes.values()) other.queue.unlink(twin);
    for (const [lane, twin] of [...lanes].sort((a, b) => b[0].turn - a[0].turn)) {
      twin.roomSought = lane.roomSought;
      other.queue.link(twin);
    }
    for (const [lane, twin] of [...lanes].sort((a, b) => a[0].turn - b[0].turn)) {
      if (lane.turn === 0) continue;
      other.queue.unlink(twin);
      other.queue.link(twin);
      twin.turn = lane.turn;
    }
    expect(other.queue.size).toBe(pool.queue.size);
    const turns = (queue: ReadyQueue) => queue as unknown as { turns: number; pass: number };
    turns(other.queue).turns = turns(pool.queue).turns;
  }
}

function alignOrders(live: World, restored: World): void {
  for (const [key, pool] of live.pools) {
    const other = restored.pools.get(key)!;
    const draining = Array.from(pool.draining, ({ id }) => other.nodes.get(id)!);
    other.draining.clear();
    for (const node of draining) other.draining.add(node);
    for (const [nodeKey, node] of pool.nodes) {
      const order = node.attempts.map(({ id }) => id);
      other.nodes.get(nodeKey)!.attempts.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    }
    if (pool.upgrade === undefined || other.upgrade === undefined) continue;
    const pending = pool.upgrade.pending.flatMap(({ id, gone }) => (gone ? [] : (other.nodes.get(id) ?? [])));
    other.upgrade.pending.splice(0, other.upgrade.pending.length, ...pending);
  }
  for (const [key, jobs] of live.jobsByPool) {
    const others = restored.jobsByPool.get(key)!;
    const order = Array.from(jobs, (job) => restored.jobs.get(job.key)!);
    expect(order.length).toBe(others.size);
    others.clear();
    for (const job of order) others.add(job);
  }
  alignRetained(live, restored);
  // A job that excluded a node once tells of tasks that were passed over in other words, also when none is excluded any more.
  for (const [key, { excluded }] of live.jobs) if (excluded?.size === 0) restored.jobs.get(key)!.excluded = new Set();
  const [from, to] = [live.attempts, restored.attempts] as unknown as { places: unknown[]; grow(): void }[];
  while (to.places.length < from.places.length) to.grow();
}

/** Directories that are retained are found anew from the tasks; at one and the same instant that cannot tell before a wipe from after it. */
function alignRetained(live: World, restored: World): void {
  restored.listsRetained = live.listsRetained;
  for (const [key, pool] of live.pools) {
    for (const [nodeKey, node] of pool.nodes) {
      const twin = restored.pools.get(key)!.nodes.get(nodeKey)!;
      twin.retained = node.retained.flatMap((task) => {
        const other =
          task.gone || task.job.gone ? undefined : restored.jobs.get(task.job.key)?.tasks.get(task.id.toLowerCase());
        return other === undefined ? [] : [other];
      });
      twin.retainedTidyAt = node.retainedTidyAt;
    }
  }
}

/** Makes the restored world go on exactly like the live one, in what they may differ in. */
export function align(live: World, restored: World): void {
  alignTimers(live, restored);
  alignQueues(live, restored);
  alignOrders(live, restored);
}
