/** Nodes that talk to each other, or may not: servers on a node's own address, placement in one cluster or in many, and what that costs. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isolationProblem } from "../../runtime/agent/node/nodeNetworks.ts";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { added, allNodes, cloudPool, nodesOf, type PlacedNode, steady } from "./cloud.ts";

let server: Served;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--nodes-max", "12", "--cluster-nodes", "3", "--log-level", "error");
}, 120_000);
afterAll(endAll, 30_000);

type Task = { state: string; nodeInfo?: { nodeId: string }; executionInfo: { exitCode?: number } };

async function completed(at: Served, job: string, id: string): Promise<Task> {
  return await eventually(`task ${id} of job ${job} to complete`, async () => {
    const task = await at.get<Task>(`/jobs/${job}/tasks/${id}`);
    return task.state === "completed" ? task : undefined;
  });
}

const stdout = async (at: Served, job: string, id: string): Promise<string> =>
  (await at.ask("GET", `/jobs/${job}/tasks/${id}/files/stdout.txt`)).text.trim();

/** A task that listens at its node's address, and tells when it does. */
const listener = (address: string, ports: readonly number[]) =>
  `node -e 'let n = 0; for (const port of [${ports.join(",")}]) require("net").createServer((s) => s.end("hello")).listen(port, "${address}", () => ++n === ${ports.length} && console.log("listening"))'`;

/** A task that connects and says what came of it, a line for each port. */
const caller = (address: string, ports: readonly number[]) =>
  `node -e 'const next = ([port, ...rest]) => { if (port === undefined) return; const s = require("net").connect(port, "${address}"); let text = ""; s.on("data", (d) => (text += d)); s.on("error", (e) => (text = e.code)); s.on("close", () => { console.log(port + " " + text); next(rest); }); }; next([${ports.join(",")}])'`;

/** What a task on one node of the pool gets from servers of a task on another node, by port; and from the servers' own node. */
async function heard(at: Served, pool: string, ports: readonly number[]): Promise<{ other: string; same: string }> {
  const [first, second] = await allNodes(at, pool, "idle");
  const job = `talk-${pool}`;
  await at.post("/jobs", { id: job, poolInfo: { poolId: pool } });
  const address = first.ipAddress!;
  const on = ({ affinityId }: PlacedNode, id: string, commandLine: string) =>
    at.post(`/jobs/${job}/tasks`, { id, affinityInfo: { affinityId }, commandLine });
  await on(first, "server", listener(address, ports));
  await eventually("the server to listen", async () => ((await stdout(at, job, "server")) === "listening" ? true : undefined));
  await on(second, "other", caller(address, ports));
  expect((await completed(at, job, "other")).nodeInfo?.nodeId).toBe(second.id);
  await on(first, "same", caller(address, ports));
  expect((await completed(at, job, "same")).nodeInfo?.nodeId).toBe(first.id);
  await at.post(`/jobs/${job}/terminate`, {});
  return { other: await stdout(at, job, "other"), same: await stdout(at, job, "same") };
}

test("row 90: with inter-node communication a task listens at its node's own address, and a task on another node reaches it", async () => {
  await added(server, poolBody("talk", { targetDedicatedNodes: 2, taskSlotsPerNode: 2, enableInterNodeCommunication: true }));
  expect((await heard(server, "talk", [7_001, 12_345])).other).toBe("7001 hello\n12345 hello");
  await gone("talk");
});

test("row 94: with inter-node communication all nodes of a pool are in one cluster, without they come from many", async () => {
  const clusterOf = ({ affinityId }: PlacedNode) => /@(cluster-\d+)$/.exec(affinityId)?.[1];
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
  expect((await completed(server, "wish", "t")).nodeInfo?.nodeId).toBe(id);
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
  await eventually(`pool ${pool} to go`, async () =>
    (await server.ask("GET", `/pools/${pool}`)).status === 404 ? true : undefined,
  );
}

describe.skipIf(isolationProblem() !== undefined)("nodes with networks of their own (root on Linux)", () => {
  let isolated: Served;
  beforeAll(async () => {
    isolated = await served("--fast", "--isolate-nodes", "--log-level", "error");
  }, 60_000);

  const two = { targetDedicatedNodes: 2, taskSlotsPerNode: 2 };

  test("row 89: unless it is enabled a task does not reach the server of a task on another node of its pool, while on its own node it does", async () => {
    await added(isolated, poolBody("alone", two));
    const { other, same } = await heard(isolated, "alone", [7_001]);
    expect(other).toBe("7001 ECONNREFUSED");
    expect(same).toBe("7001 hello");
  });

  test("row 91: nodes of cloud services pools talk to each other on ports above 1100 only", async () => {
    await added(isolated, cloudPool("cloud", { ...two, vmSize: "medium", enableInterNodeCommunication: true }));
    expect((await heard(isolated, "cloud", [900, 1_100, 1_101, 2_000])).other).toBe(
      "900 EACCES\n1100 EACCES\n1101 hello\n2000 hello",
    );
  });

  test("row 92: nodes of virtual machine pools talk to each other on every port", async () => {
    await added(isolated, poolBody("machines", { ...two, enableInterNodeCommunication: true }));
    expect((await heard(isolated, "machines", [900, 2_000, 65_000])).other).toBe("900 hello\n2000 hello\n65000 hello");
  });
});
