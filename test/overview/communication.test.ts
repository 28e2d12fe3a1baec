/** Nodes that talk to each other: servers on a node's own address, placement in one cluster or in many, and what that costs. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { added, allNodes, nodesOf, type PlacedNode, steady } from "./cloud.ts";

let server: Served;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--nodes-max", "12", "--cluster-nodes", "3", "--log-level", "error");
}, 120_000);
afterAll(endAll, 30_000);

const clusterOf = ({ affinityId }: PlacedNode) => /@(cluster-\d+)$/.exec(affinityId)?.[1];

test("row 94: with inter-node communication all nodes of a pool are in one cluster, without they come from many", async () => {
  await added(server, poolBody("together", { targetDedicatedNodes: 3, enableInterNodeCommunication: true }));
  await added(server, poolBody("apart", { targetDedicatedNodes: 3 }));
  const together = (await allNodes(server, "together", "idle")).map(clusterOf);
  const apart = (await allNodes(server, "apart", "idle")).map(clusterOf);
  expect([...together, ...apart]).not.toContain(undefined);
  expect(new Set(together).size).toBe(1);
  expect(new Set(apart).size).toBe(3);
  // A task can still wish for the node.
  const [{ id, affinityId }] = await nodesOf(server, "apart");
  await server.post("/jobs", { id: "wish", poolInfo: { poolId: "apart" } });
  await server.post("/jobs/wish/tasks", { id: "t", affinityInfo: { affinityId }, commandLine: "/bin/true" });
  type Task = { state: string; nodeInfo?: { nodeId: string } };
  const done = await eventually("the task to complete", async () => {
    const task = await server.get<Task>("/jobs/wish/tasks/t");
    return task.state === "completed" ? task : undefined;
  });
  expect(done.nodeInfo?.nodeId).toBe(id);
  for (const pool of ["together", "apart"]) await gone(pool);
});

test("row 93: one cluster holds only so many nodes: a pool with inter-node communication gets these, and a resize error for the rest", async () => {
  await added(server, poolBody("limited", { targetDedicatedNodes: 5, enableInterNodeCommunication: true }));
  expect(await steady(server, "limited")).toMatchObject({
    targetDedicatedNodes: 5,
    currentDedicatedNodes: 3,
    resizeErrors: [{ code: "CommunicationEnabledPoolReachedMaxVMCount" }],
  });
  await added(server, poolBody("unlimited", { targetDedicatedNodes: 5 }));
  const free = await steady(server, "unlimited");
  expect(free.currentDedicatedNodes).toBe(5);
  expect(free.resizeErrors).toBeUndefined();
  for (const pool of ["limited", "unlimited"]) await gone(pool);
});

async function gone(pool: string): Promise<void> {
  await server.ask("DELETE", `/pools/${pool}`);
  await eventually(`pool ${pool} to go`, async () => ((await server.ask("GET", `/pools/${pool}`)).status === 404 ? true : undefined));
}
