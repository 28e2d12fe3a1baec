/**
 * Every row of every state machine happens in a storm, but for those named here with the reason; and those do not happen. Whatever else the core
 * might do has no row and is refused (`machines.test.ts`).
 */
import { expect, it } from "vitest";
import { Machine } from "../../runtime/core/machine.ts";
import { certificateMachine } from "../../runtime/core/certificate.ts";
import { machines as allMachines } from "../../runtime/core/machines.ts";
import type { NodeState } from "../../runtime/core/node.ts";
import type { World } from "../../runtime/core/world.ts";
import { Cluster, MINUTE } from "../core/cluster.ts";
import { addJob, addTasks, job } from "../core/jobs.ts";
import { runStorm } from "./storm.ts";

/** Certificates are no entities of the world; what becomes of them is seen over the wire. */
const machines = allMachines.filter(({ name }) => name !== certificateMachine.name);
const emptied = "a node whose work was ended is idle for the rest of the step in which it goes on";
const never: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "pool allocation": { "resizing > (none)": "a resize to nothing is over, and steady, before the pool's record goes" },
  node: {
    "running > offline": emptied,
    "running > rebooting": emptied,
    "running > reimaging": emptied,
    "running > leavingpool": emptied,
  },
  job: {
    "enabling > terminating": "enabling lasts no longer than the step that enables",
    "enabling > deleting": "enabling lasts no longer than the step that enables",
    "disabled > disabling": "disabling what is disabled leaves it as it is (J-20)",
  },
};
const STORMS = 40;

/** What a storm seldom does. */
const stories: readonly (() => void)[] = [
  () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 2, configuration: "cloudService" });
    cluster.ok({ kind: "UpgradePoolOS", poolId: "p", targetOSVersion: "v2" });
    cluster.ok({ kind: "DeletePool", poolId: "p" });
  },
  () => {
    const cluster = new Cluster();
    cluster.readyPool({ targetDedicatedNodes: 1 });
    const recurrence = { doNotRunUntil: undefined, doNotRunAfter: undefined, startWindowMs: undefined };
    const jobSpecification = job(cluster, addJob(cluster).id).spec;
    const schedule = { ...recurrence, recurrenceIntervalMs: 10 * MINUTE };
    cluster.ok({ kind: "AddJobSchedule", spec: { id: "s", schedule, jobSpecification } });
    addTasks(cluster, ["a"], {}, "s:job-1");
    cluster.ok({ kind: "TerminateJobSchedule", jobScheduleId: "s" });
    cluster.ok({ kind: "DeleteJobSchedule", jobScheduleId: "s" });
  },
  () => {
    const pool = { vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 1 };
    const autoPool = { idPrefix: "own", lifetime: "job", keepAlive: false, pool } as const;
    addJob(new Cluster({ quotas: { pools: 0 } }), { autoPool });
  },
];

it(`every row happens, or is named with the reason why not: ${STORMS} storms`, { timeout: 60_000 }, () => {
  const seen = new Map(machines.map(({ name }) => [name, new Set<string>()]));
  // Not a spy, which would keep every call.
  for (const machine of machines) {
    const rows = seen.get(machine.name)!;
    machine.check = (from, to) => {
      rows.add(`${from} > ${to}`);
      Machine.prototype.check.call(machine, from, to);
    };
  }
  // Placement writes running and idle without an event of their own.
  const states = new Map<object, NodeState>();
  const watch = (world: World) => {
    for (const pool of world.pools.values())
      for (const node of pool.nodes.values()) {
        const before = states.get(node) ?? node.state;
        if (before !== node.state && [before, node.state].every((state) => state === "idle" || state === "running"))
          seen.get("node")!.add(`${before} > ${node.state}`);
        states.set(node, node.state);
      }
  };
  for (const story of stories) story();
  for (let seed = 1; seed <= STORMS; seed++) runStorm(seed, watch);
  const missing = machines.map(({ name, transitions }) => {
    const rows = [...new Set(transitions.map(({ from, to }) => `${from} > ${to}`))];
    return [name, rows.filter((row) => !seen.get(name)!.has(row)).sort()];
  });
  expect(Object.fromEntries(missing)).toEqual(
    Object.fromEntries(machines.map(({ name }) => [name, Object.keys(never[name] ?? {}).sort()])),
  );
});
