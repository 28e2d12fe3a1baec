/** Ways in to nodes from outside: front-end ports that lead to ports of the nodes, and rules that close them. */
import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { added, allNodes, type PlacedNode, refusal } from "./cloud.ts";
import { Owner } from "./owner.ts";

let server: Served;

beforeAll(async () => {
  buildOnce();
  server = await served("--fast", "--log-level", "error");
}, 120_000);
afterAll(endAll, 30_000);

const nat = (name: string, backendPort: number, from: number, ...rules: object[]) => ({
  name,
  protocol: "tcp",
  backendPort,
  frontendPortRangeStart: from,
  frontendPortRangeEnd: from + 99,
  ...(rules.length === 0 ? {} : { networkSecurityGroupRules: rules }),
});
const withEndpoints = (...inboundNATPools: object[]) => ({
  networkConfiguration: { endpointConfiguration: { inboundNATPools } },
});
const access = (priority: number, kind: "allow" | "deny", sourceAddressPrefix: string) => ({
  priority,
  access: kind,
  sourceAddressPrefix,
});

/** What a server behind the port says, or the system's word for why there is no saying. */
function said(host: string, port: number, localAddress = "127.0.0.1"): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect({ host, port, localAddress });
    socket.setEncoding("utf8");
    socket.on("data", (part) => {
      text += part;
    });
    socket.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.on("close", () => resolve(text));
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer in time")));
  });
}

const endpoint = ({ endpointConfiguration }: PlacedNode, name: string) => {
  const found = endpointConfiguration?.inboundEndpoints.find((each) => each.name.startsWith(name));
  if (found === undefined) throw new Error(`no endpoint ${name}`);
  return found;
};

/** A program that says its name to whoever connects to one of its node's ports. */
const greeter = (address: string, ports: readonly number[], name: string) =>
  `node -e 'for (const port of [${ports.join(",")}]) require("net").createServer((s) => s.end("${name}:" + port)).listen(port, "${address}")'`;

/** `weir node show`, for people and for programs: every endpoint with the rules that guard it, in the order in which they decide. */
function showsRules(owner: Owner, node: PlacedNode): void {
  const command = ["node", "show", "front", node.id];
  const wayIn = (name: string) => {
    const { publicIPAddress, frontendPort } = endpoint(node, name);
    return `tcp ${publicIPAddress}:${frontendPort}`;
  };
  const { stdout } = owner.weir(command);
  const table = stdout.slice(stdout.indexOf("\nendpoint ") + 1).trimEnd();
  expect(table.split("\n").map((line) => line.trim().split(/ {2,}/))).toEqual([
    ["endpoint", "way in", "node port", "priority", "access", "source", "source ports"],
    [endpoint(node, "open").name, wayIn("open"), "8101", "no rules: all may come in"],
    [endpoint(node, "filtered").name, wayIn("filtered"), "8102", "200", "allow", "127.0.0.2", "*"],
    ["300", "deny", "*", "*"],
    [endpoint(node, "closed").name, wayIn("closed"), "8103", "150", "deny", "*", "*"],
    ["160", "allow", "127.0.0.1", "*"],
  ]);
  expect(stdout).not.toContain("osFamily");
  const { endpointConfiguration, ...rest } = owner.weirJson<PlacedNode>(command);
  expect(rest).not.toHaveProperty("osFamily");
  expect(endpointConfiguration?.inboundEndpoints).toEqual([
    { ...endpoint(node, "open"), networkSecurityGroupRules: [] },
    {
      ...endpoint(node, "filtered"),
      networkSecurityGroupRules: [access(200, "allow", "127.0.0.2"), access(300, "deny", "*")],
    },
    {
      ...endpoint(node, "closed"),
      networkSecurityGroupRules: [access(150, "deny", "*"), access(160, "allow", "127.0.0.1")],
    },
  ]);
}

test("row 43: each node shows its endpoints, and `weir node show` the rules that guard them: open ones lead to the node's own port, a closed one is refused, and who is not let in is cut off", async () => {
  const open = nat("open", 8101, 10_000);
  const filtered = nat("filtered", 8102, 10_200, access(300, "deny", "*"), access(200, "allow", "127.0.0.2"));
  const closed = nat("closed", 8103, 10_400, access(150, "deny", "*"), access(160, "allow", "127.0.0.1"));
  await added(server, poolBody("front", { targetDedicatedNodes: 2, ...withEndpoints(open, filtered, closed) }));
  const nodes = await allNodes(server, "front", "idle");
  await server.post("/jobs", { id: "web", poolInfo: { poolId: "front" } });
  for (const { id, affinityId, ipAddress } of nodes)
    await server.post("/jobs/web/tasks", {
      id,
      affinityInfo: { affinityId },
      commandLine: greeter(ipAddress!, [8101, 8102, 8103], id),
    });
  const front = (node: PlacedNode, name: string, from?: string) => {
    const { publicIPAddress, frontendPort } = endpoint(node, name);
    return said(publicIPAddress, frontendPort, from);
  };
  for (const node of nodes) {
    let answer = "";
    await eventually(
      `the server of ${node.id}`,
      async () => {
        answer = await front(node, "open");
        return answer === `${node.id}:8101` ? true : undefined;
      },
      { describe: () => answer },
    );
    expect(endpoint(node, "open")).toMatchObject({ protocol: "tcp", backendPort: 8101 });
    expect(await front(node, "filtered", "127.0.0.2")).toBe(`${node.id}:8102`);
    expect(await front(node, "filtered", "127.0.0.3")).toBe("ECONNRESET");
    // Nobody may come in, so nothing listens there.
    expect(await front(node, "closed")).toBe("ECONNREFUSED");
    expect(await front(node, "closed", "127.0.0.2")).toBe("ECONNREFUSED");
  }
  const ports = nodes.map((node) => endpoint(node, "open").frontendPort);
  expect(new Set(ports).size).toBe(2);
  // The rules are the pool's, and every node's.
  const { networkConfiguration } = await server.get<{ networkConfiguration: object }>("/pools/front");
  expect(networkConfiguration).toEqual(withEndpoints(open, filtered, closed).networkConfiguration);
  const owner = new Owner(server);
  for (const node of nodes) showsRules(owner, node);
  // With the node its ways in go too.
  const { publicIPAddress, frontendPort } = endpoint(nodes[1], "open");
  await server.post("/pools/front/resize", { targetDedicatedNodes: 0 });
  await eventually("the front end to close", async () =>
    (await said(publicIPAddress, frontendPort)) === "ECONNREFUSED" ? true : undefined,
  );
});

test("P-175: at most 5 NAT pools, ports that are the node's own or the service's are refused, and a range has at least 40 ports", async () => {
  const refused = (...pools: object[]) =>
    refusal(server, poolBody("refused", { targetDedicatedNodes: 0, ...withEndpoints(...pools) }));
  expect((await refused(nat("a", 22, 10_000))).status).toBe(400);
  expect((await refused(nat("a", 29_876, 10_000))).status).toBe(400);
  expect((await refused(nat("a", 80, 10_000), nat("a", 81, 11_000))).status).toBe(400);
  expect((await refused(nat("a", 80, 50_000))).status).toBe(400);
  expect((await refused({ ...nat("a", 80, 10_000), frontendPortRangeEnd: 10_038 })).status).toBe(400);
  expect((await refused(...[1, 2, 3, 4, 5, 6].map((i) => nat(`n${i}`, 80 + i, i * 1000)))).status).toBe(400);
});
