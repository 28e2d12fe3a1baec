/**
 * What becomes of running tasks when the service stops. Requeue and end use the core's own way: scheduling is disabled on every node with that option,
 * and enabled again by the next start, which finds the nodes in a record.
 */
import type { ComputeNode } from "../core/node.ts";
import type { World } from "../core/world.ts";
import type { Service } from "../host/service.ts";

const KIND = "serve";
const KEY = "disabledToStop";
/** How long kills are waited for, real milliseconds. */
const WAIT_MS = 15_000;
const POLL_MS = 20;

type NodeName = readonly [poolId: string, nodeId: string];

/** Empties all nodes; resolves when nothing runs, or when it has taken too long. Whether all is empty. */
export async function emptyNodes(service: Service, option: "requeue" | "terminate"): Promise<boolean> {
  const { world } = service;
  const enabled = nodesOf(world).filter(({ schedulingState }) => schedulingState === "enabled");
  // All in one turn: a task that is sent away from one node must not be placed on the next, to be sent away again.
  const asked = await Promise.all(
    enabled.map(async ({ pool, id }) => {
      const command = { kind: "DisableScheduling", poolId: pool.id, nodeId: id, nodeDisableSchedulingOption: option } as const;
      const { refusal } = await service.submit(command);
      return refusal === undefined ? [[pool.id, id] as const] : [];
    }),
  );
  const disabled: NodeName[] = asked.flat();
  await service.records.put(KIND, KEY, disabled);
  const until = performance.now() + WAIT_MS;
  while (world.attempts.size > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  return world.attempts.size === 0;
}

/** Undoes what the last stop did. */
export async function enableAgain(service: Service): Promise<void> {
  const disabled = service.records.get(KIND, KEY) as readonly NodeName[] | undefined;
  if (disabled === undefined) return;
  await Promise.all(disabled.map(([poolId, nodeId]) => service.submit({ kind: "EnableScheduling", poolId, nodeId })));
  await service.records.delete(KIND, KEY);
}

function nodesOf(world: World): ComputeNode[] {
  return [...world.pools.values()].flatMap((pool) => [...pool.nodes.values()]);
}
