/** The links of the chain, in its order: how each is examined. Functions are small and read counters; only the last two look at nodes and tasks one by one. */
import { parse } from "../../../src/language/index.ts";
import { check } from "../../../src/language/index.ts";
import { explainNode } from "../../core/explain/pools.ts";
import type { ComputeNode } from "../../core/node.ts";
import type { Pool } from "../../core/pool.ts";
import { nodesWithinQuota, shortfall } from "../../core/resize/reconcile.ts";
import type { World } from "../../core/world.ts";
import type { Examine, LinkName, Verdict } from "./diagnosis.ts";
import { nextEvaluation, waitingTasksAreNewer } from "./nextEvaluation.ts";
import { waitingTask } from "./waitingTask.ts";

/** In the order in which a pool is looked at. */
export const links: readonly (readonly [LinkName, Examine])[] = [
  ["pool", examinePool],
  ["formula", formula],
  ["samples", samples],
  ["evaluation", evaluation],
  ["target", target],
  ["quota", quota],
  ["allocation", allocation],
  ["node", node],
  ["slots", slots],
  ["task", task],
];

const verdict = (status: Verdict["status"], text: string, evidence: Verdict["evidence"] = {}): Verdict => ({
  status,
  text,
  evidence,
});
/** A broken link with what to do about it. */
const broken = (text: string, evidence: Verdict["evidence"], remedy: string): Verdict => ({
  status: "broken",
  text,
  evidence,
  remedy,
});
const ok = (text: string, evidence: Verdict["evidence"] = {}) => verdict("ok", text, evidence);

function examinePool(pool: Pool): Verdict {
  const evidence = { state: pool.state, allocationState: pool.allocationState };
  if (pool.state === "deleting")
    return verdict("broken", `pool ${pool.id} is being deleted: its tasks wait for another pool`, evidence);
  return ok(`pool ${pool.id} is ${pool.state}`, evidence);
}

function formula(pool: Pool): Verdict {
  const { autoScale } = pool;
  if (autoScale === undefined) return ok("autoscale is off: the targets are those that were asked for");
  const { refusal, diagnostics } = autoScale.prepared;
  const [first] = diagnostics;
  if (refusal !== undefined)
    return verdict("broken", `the formula does not parse: ${first?.message ?? refusal.code}`, { code: refusal.code });
  return ok(`the formula is evaluated every ${seconds(autoScale.intervalMs)}`, { intervalMs: autoScale.intervalMs });
}

/** Metrics that the formula reads. */
function metricsRead({ autoScale }: Pool): string[] {
  const tree = autoScale === undefined ? undefined : parse(autoScale.prepared.source).formula;
  return tree === undefined ? [] : check(tree).reads.filter((name) => !/^\$(Target|NodeDeallocationOption)/.test(name));
}

/** Metrics that the formula reads and that have no sample yet. */
function samples(pool: Pool): Verdict {
  const { autoScale, store } = pool;
  if (autoScale === undefined) return ok("no samples are needed");
  const read = metricsRead(pool);
  const sampled = new Set(store?.names() ?? []);
  const missing = read.filter((name) => !sampled.has(name));
  const newest = store?.lastSampleTime();
  const evidence = { reads: read.join(" "), missing: missing.join(" "), newest: newest === undefined ? "" : String(newest) };
  if (missing.length === 0)
    return ok(read.length === 0 ? "the formula reads no metric" : `there are samples of ${read.join(", ")}`, evidence);
  const usable =
    pool.dedicated.byState.idle +
    pool.dedicated.byState.running +
    pool.lowPriority.byState.idle +
    pool.lowPriority.byState.running;
  if (store === undefined || sampled.size === 0)
    return verdict(
      "waiting",
      `there are no samples yet of ${missing.join(", ")}: the first come after a sample period`,
      evidence,
    );
  if (usable === 0)
    return broken(
      `there are no samples of ${missing.join(", ")}: nodes measure it, and the pool has none that is up, so a formula that needs it cannot start from nothing`,
      evidence,
      `guard it: ${missing[0]}.GetSamplePercent(TimeInterval_Minute * 5) < 70 ? 1 : …`,
    );
  return verdict("waiting", `there are no samples yet of ${missing.join(", ")}`, evidence);
}

function evaluation(pool: Pool, world: World, { now }: { now: number }): Verdict {
  const { autoScale, autoScaleRuns } = pool;
  if (autoScale === undefined) return ok("nothing is evaluated");
  const last = autoScaleRuns[autoScaleRuns.length - 1];
  if (last === undefined) return verdict("waiting", "the formula was not evaluated yet");
  const { error, results, timestamp } = last.run;
  if (error === null) return ok(`the last evaluation gave ${results}`, { timestamp, results });
  const next = nextEvaluation(world, pool, now);
  if (next !== undefined && !next.fails)
    return verdict(
      "waiting",
      `the last evaluation failed with ${error.code}; with the samples of now the formula gives ${counted(next.nodes, "node")}, and it is evaluated again in ${next.inSeconds} s`,
      { timestamp, code: error.code, ...next },
    );
  const why = error.values.map(({ value }) => value).join("; ");
  return broken(
    `the last evaluation failed with ${error.code}${why === "" ? "" : ` (${why})`}, so the targets stay as they were`,
    { timestamp, code: error.code },
    error.code === "InsufficientSampleData"
      ? "test GetSamplePercent before reading samples, or ask for a smaller part of them"
      : "correct the formula (`weir validate` and `weir explain` say more) and enable autoscale with it",
  );
}

function target(pool: Pool, world: World, { now }: { now: number }): Verdict {
  const dedicated = pool.dedicated.target;
  const lowPriority = pool.lowPriority.target;
  const { active } = pool.tasks;
  const evidence = { dedicated, lowPriority, activeTasks: active };
  const held = pool.heldTargets;
  if (held !== undefined)
    return verdict(
      "waiting",
      `targets ${held.dedicated} and ${held.lowPriority} wait until nodes that drain are through`,
      evidence,
    );
  if (dedicated + lowPriority === 0 && active > 0) {
    const awaited = evaluationAwaited(pool, world, now);
    if (awaited !== undefined) return verdict("waiting", awaited, evidence);
    return pool.autoScale === undefined
      ? verdict(
          "broken",
          `the targets are 0 while ${counted(active, "task")} ${agree(active, "wait")}: resize the pool`,
          evidence,
        )
      : broken(
          `the formula wants 0 nodes while ${counted(active, "task")} ${agree(active, "wait")}`,
          evidence,
          "let the formula keep a node while $PendingTasks is not 0",
        );
  }
  return ok(`the targets are ${dedicated} dedicated and ${lowPriority} low-priority`, evidence);
}

/** Why tasks that wait for a pool without nodes only have to wait for the formula's next evaluation; undefined: that will not help them. */
function evaluationAwaited(pool: Pool, world: World, now: number): string | undefined {
  const next = nextEvaluation(world, pool, now);
  if (next === undefined || next.fails) return undefined;
  const tasks = `${counted(pool.tasks.active, "task")} ${agree(pool.tasks.active, "wait")}`;
  if (next.nodes > 0)
    return `${tasks} for the formula's next evaluation, in ${next.inSeconds} s: with the samples of now it gives ${counted(next.nodes, "node")}`;
  // One that reads no metric gives the same for ever.
  if (metricsRead(pool).length === 0 || !waitingTasksAreNewer(world, pool)) return undefined;
  return `${tasks} for the formula's next evaluation, in ${next.inSeconds} s: it is the first that can know of them`;
}

/** What keeps a pool from more nodes besides the account's cores: what the last resize was told by who allocates. */
const allocationError = (pool: Pool) => pool.resizeErrors.find(({ code }) => code === "AllocationFailed");

/** Remedies for what this service itself runs out of, by what its errors say; asking again alone helps with none of them. */
const LIMIT_REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/--nodes-max/, "start the service with a larger --nodes-max, or make a pool smaller, and resize again"],
  [
    /^the subnet .* has no free address/,
    "make a pool in a larger subnet: the platform keeps five of its addresses, and a pool cannot change its subnet",
  ],
  [/copies of the image/, "make a pool with more copies of the image in osDisk.imageUris"],
];

const remedyForLimit = (message: string) => LIMIT_REMEDIES.find(([pattern]) => pattern.test(message))?.[1];

function quota(pool: Pool, world: World): Verdict {
  for (const isDedicated of [true, false]) {
    const missing = shortfall(pool, isDedicated);
    const allowed = nodesWithinQuota(world, pool, isDedicated);
    if (missing === 0 || allowed >= missing) continue;
    const kind = isDedicated ? "dedicated" : "low-priority";
    const most = isDedicated ? world.quotas.dedicatedCores : world.quotas.lowPriorityCores;
    const used = isDedicated ? world.dedicatedCores : world.lowPriorityCores;
    const text = `the quota of ${most} ${kind} cores, of which ${used} are in use, leaves room for ${allowed} of ${counted(missing, "missing node")} of ${pool.spec.coresPerNode} cores each`;
    const evidence = { kind, missing, allowed, quota: most, used };
    const remedy = `make a pool smaller, or start the service with a larger --${kind}-cores, and resize again`;
    // Another limit was met first, or as well: whoever lifts one of them only would come back.
    const other = allocationError(pool);
    if (other === undefined) return broken(text, evidence, remedy);
    const otherRemedy = remedyForLimit(other.message);
    const both = otherRemedy === undefined ? remedy : `${remedy}; and for the other limit ${otherRemedy}`;
    return broken(`${text}; besides, ${other.message}`, { ...evidence, other: other.code }, both);
  }
  return ok("the quota has room for what is missing", {
    dedicatedCores: world.quotas.dedicatedCores,
    used: world.dedicatedCores,
  });
}

function allocation(pool: Pool, _world: World, { now }: { now: number }): Verdict {
  const missing = shortfall(pool, true) + shortfall(pool, false);
  const requested = pool.dedicated.requested + pool.lowPriority.requested;
  const evidence = { missing, requested, allocationState: pool.allocationState };
  if (missing > 0 && pool.allocationState === "steady") {
    const [error] = pool.resizeErrors;
    const again = pool.autoScale === undefined ? "resize it again" : "an evaluation with the same targets does not try again";
    const why = error === undefined ? "nobody asks for them" : `the last resize ended with ${error.code} (${error.message})`;
    const remedy = error === undefined ? undefined : remedyForLimit(error.message);
    if (pool.seekTimer === undefined && remedy !== undefined)
      return broken(`${counted(missing, "node")} ${missing === 1 ? "is" : "are"} missing: ${why}`, evidence, remedy);
    if (pool.seekTimer === undefined)
      return verdict(
        "broken",
        `${counted(missing, "node")} ${missing === 1 ? "is" : "are"} missing: ${why}; ${again}`,
        evidence,
      );
    return verdict(
      "waiting",
      `${counted(missing, "low-priority node")} ${missing === 1 ? "is" : "are"} missing and asked for again and again`,
      evidence,
    );
  }
  if (requested > 0) return verdict("waiting", `${counted(requested, "node")} asked for and not there yet`, evidence);
  if (pool.allocationState !== "steady" && pool.resize !== undefined)
    return verdict(
      "waiting",
      `the pool has been ${pool.allocationState} for ${seconds(now - pool.resize.startedAt)}`,
      evidence,
    );
  return ok(`the pool has the ${counted(pool.nodes.size, "node")} it wants`, evidence);
}

function node(pool: Pool, _world: World, { agentConnected }: { agentConnected: boolean | undefined }): Verdict {
  const nodes = [...pool.nodes.values()];
  const usable = nodes.filter((each) => each.schedulable).length;
  const evidence = { nodes: nodes.length, usable };
  if (usable > 0) return ok(`${usable} of ${counted(nodes.length, "node")} ${agree(usable, "take")} tasks`, evidence);
  if (nodes.length === 0)
    return pool.tasks.active > 0
      ? verdict("waiting", `pool ${pool.id} has no nodes`, evidence)
      : ok("there are no nodes, and no task needs one");
  if (agentConnected === false)
    return verdict(
      "broken",
      "the agent that runs the nodes is not connected; it is being started anew, its log is agent/agent.log",
      evidence,
    );
  const coming = nodes.filter(({ state }) => /^(creating|starting|waitingforstarttask|rebooting|reimaging)$/.test(state));
  if (coming.length > 0)
    return verdict(
      "waiting",
      `${counted(coming.length, "node")} on the way up: ${explainNode(coming[0])?.text ?? coming[0].state}`,
      evidence,
    );
  const [first] = nodes;
  const startTask =
    first.state === "starttaskfailed"
      ? `; its start task ended with ${first.startTaskInfo?.exitCode ?? first.startTaskInfo?.failure?.message}, see startup/stderr.txt`
      : "";
  const error = first.errors[0] === undefined ? "" : ` (${first.errors[0].message.replace(/\.$/, "")})`;
  const text = `no node takes tasks: ${explainNode(first)?.text ?? first.state}${error}${startTask}`;
  const remedy = remedyFor(first);
  return remedy === undefined ? verdict("broken", text, evidence) : broken(text, evidence, remedy);
}

function remedyFor({ id, state, drain, schedulingState }: ComputeNode): string | undefined {
  if (state === "starttaskfailed") return `correct the pool's start task, then reboot ${id}`;
  if (state === "unusable") return `reboot ${id}, or remove it from the pool`;
  return schedulingState === "disabled" && drain === undefined ? `enable scheduling on ${id}` : undefined;
}

function slots(pool: Pool): Verdict {
  let free = 0;
  let all = 0;
  for (const each of pool.nodes.values()) {
    if (!each.schedulable) continue;
    all += each.slots;
    free += each.slots - each.usedSlots;
  }
  const evidence = { free, slots: all, runningTasks: pool.tasks.running, activeTasks: pool.tasks.active };
  if (free > 0 || all === 0 || pool.tasks.active === 0)
    return ok(`${free} of ${counted(all, "slot")} ${free === 1 || all === 1 ? "is" : "are"} free`, evidence);
  return verdict(
    "waiting",
    `all ${counted(all, "slot")} ${all === 1 ? "is" : "are"} in use by ${counted(pool.tasks.running, "running task")}; ${counted(pool.tasks.active, "task")} ${agree(pool.tasks.active, "wait")} for one`,
    evidence,
  );
}

/** Of the tasks that wait, the one that says most. */
function task(pool: Pool, world: World): Verdict {
  const { active, running } = pool.tasks;
  return (
    waitingTask(pool, world) ??
    ok(running === 0 ? "no task waits" : `${counted(running, "task")} ${agree(running, "run")} and none waits`, {
      active,
      running,
    })
  );
}

const seconds = (ms: number) => `${Math.round(ms / 1000)} s`;
const agree = (count: number, verb: string) => (count === 1 ? `${verb}s` : verb);
const counted = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
