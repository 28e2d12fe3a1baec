/** Every situation of a pool × every command about pools: its states after it, or the refusal and nothing else (sections 2, 3 and 6, P-20, P-30 to P-32, P-125). */
import { describe, expect, it } from "vitest";
import type { AddPoolSpec } from "../../runtime/core/pool.ts";
import type { Command, PoolCommand } from "../../runtime/core/protocol/commands.ts";
import { Cluster, MINUTE } from "./cluster.ts";

const poolId = "p";
const toFive = "$TargetDedicatedNodes = 5;";
const spec = { targetDedicatedNodes: 2, configuration: "cloudService" } as const;
const scaled = {
  enableAutoScale: true,
  autoScaleFormula: "$TargetDedicatedNodes = 2;",
  configuration: "cloudService",
} as const;

const after =
  (pool: Partial<AddPoolSpec>, ...commands: readonly Command[]) =>
  (): Cluster => {
    const cluster = new Cluster();
    cluster.readyPool(pool);
    for (const command of commands) {
      // Enabling autoscale twice within half a minute is refused.
      cluster.now += MINUTE;
      cluster.ok(command);
    }
    cluster.now += MINUTE;
    return cluster;
  };

const situations: Readonly<Record<string, () => Cluster>> = {
  steady: after(spec),
  growing: after(spec, { kind: "ResizePool", poolId, targetDedicatedNodes: 4 }),
  shrinking: after(spec, { kind: "ResizePool", poolId, targetDedicatedNodes: 1 }),
  stopping: after(spec, { kind: "ResizePool", poolId, targetDedicatedNodes: 1 }, { kind: "StopResize", poolId }),
  scaled: after(scaled),
  scaling: after(scaled, { kind: "EnableAutoScale", poolId, autoScaleFormula: toFive }),
  upgrading: after(spec, { kind: "UpgradePoolOS", poolId, targetOSVersion: "v2" }),
  deleting: after(spec, { kind: "DeletePool", poolId }),
};

const inputs: { readonly [Kind in PoolCommand["kind"]]: Extract<PoolCommand, { kind: Kind }> } = {
  AddPool: { kind: "AddPool", spec: { id: "P", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 1 } },
  DeletePool: { kind: "DeletePool", poolId },
  ResizePool: { kind: "ResizePool", poolId, targetDedicatedNodes: 6 },
  StopResize: { kind: "StopResize", poolId },
  RemoveNodes: { kind: "RemoveNodes", poolId, nodeIds: ["tvm-1"] },
  EnableAutoScale: { kind: "EnableAutoScale", poolId, autoScaleFormula: toFive },
  DisableAutoScale: { kind: "DisableAutoScale", poolId },
  EvaluateAutoScale: { kind: "EvaluateAutoScale", poolId, autoScaleFormula: toFive },
  ReplacePoolProperties: { kind: "ReplacePoolProperties", poolId },
  PatchPool: { kind: "PatchPool", poolId },
  UpgradePoolOS: { kind: "UpgradePoolOS", poolId, targetOSVersion: "v3" },
};

const refusals: Readonly<Record<string, string>> = {
  Exists: "PoolExists",
  Deleting: "PoolBeingDeleted",
  Resized: "PoolBeingResized",
  State: "OperationInvalidForCurrentState",
  Pool: "OperationNotValidOnPool",
  Conflict: "UpgradePoolVersionConflict",
};

/** The allocation state, behind the pool's own where that is not active; with a capital what it is refused with. */
const table = `
            AddPool  DeletePool        ResizePool         StopResize RemoveNodes        EnableAutoScale    DisableAutoScale EvaluateAutoScale ReplacePoolProperties PatchPool        UpgradePoolOS
steady      Exists   deleting/resizing resizing           State      resizing           resizing           Pool             Pool              steady                steady           upgrading/steady
growing     Exists   deleting/resizing Resized            steady     Resized            Resized            Pool             Pool              resizing              resizing         upgrading/resizing
shrinking   Exists   deleting/resizing Resized            stopping   Resized            Resized            Pool             Pool              resizing              resizing         upgrading/resizing
stopping    Exists   deleting/resizing Resized            State      Resized            Resized            Pool             Pool              stopping              stopping         upgrading/stopping
scaled      Exists   deleting/resizing Pool               State      Pool               resizing           steady           steady            steady                steady           upgrading/steady
scaling     Exists   deleting/resizing Pool               steady     Pool               Resized            resizing         resizing          resizing              resizing         upgrading/resizing
upgrading   Exists   deleting/resizing upgrading/resizing State      upgrading/resizing upgrading/resizing Pool             Pool              upgrading/steady      upgrading/steady Conflict
deleting    Exists   Deleting          Deleting           Deleting   Deleting           Deleting           Deleting         Deleting          Deleting              Deleting         Deleting`;

const [columns, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/));

function outcome(cluster: Cluster, command: Command): string {
  const code = cluster.refused(command);
  if (code !== undefined) return Object.keys(refusals).find((short) => refusals[short] === code) ?? code;
  const pool = cluster.world.pool(poolId);
  if (pool === undefined) return "gone";
  return pool.state === "active" ? pool.allocationState : `${pool.state}/${pool.allocationState}`;
}

describe("every situation of a pool × every command about pools", () => {
  it.each(
    rows.flatMap(([situation, ...cells]) => columns.map((name, i) => [situation, name, cells[i]] as const)),
  )("%s, %s: %s", (situation, name, expected) => {
    const cluster = situations[situation]();
    expect(outcome(cluster, inputs[name as PoolCommand["kind"]])).toBe(expected);
    // It ends well: whatever was begun comes to its end when the provider answers.
    cluster.serve();
    expect(cluster.world.pool(poolId)?.state ?? "gone").toMatch(/^(active|gone)$/);
    expect(cluster.world.pool(poolId)?.allocationState ?? "steady").toBe("steady");
  });

  it("has a row for every situation and a cell for every command", () => {
    expect(rows.map(([situation]) => situation)).toEqual(Object.keys(situations));
    expect(columns).toEqual(Object.keys(inputs));
    expect(new Set(rows.map(({ length }) => length - 1))).toEqual(new Set([columns.length]));
  });
});
