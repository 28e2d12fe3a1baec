/** Pools in a classic virtual network: the Batch service's own principal needs a role there, which somebody has to give it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, served } from "../serve/servedProcess.ts";
import { codeOf, must, Owner, PLACE, type Tenant } from "./owner.ts";

const ROLE = "Classic Virtual Machine Contributor";
const PRINCIPAL = "MicrosoftAzureBatch";
const network = (name: string) => `${PLACE}/Microsoft.ClassicNetwork/virtualNetworks/${name}`;

let owner: Owner;
let tenant: Tenant;

beforeAll(async () => {
  buildOnce();
  owner = new Owner(await served("--fast", "--log-level", "warn"));
  tenant = await owner.account("networked");
  const properties = {
    addressSpace: { addressPrefixes: ["10.1.0.0/16"] },
    subnets: [{ name: "s", properties: { addressPrefix: "10.1.0.0/24" } }],
  };
  for (const name of ["one", "two"]) must(name, await owner.manage("PUT", network(name), { location: "local", properties }));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

let pools = 0;
const add = (name: string) =>
  tenant.ask("POST", "/pools", {
    id: `p${pools++}`,
    vmSize: "small",
    cloudServiceConfiguration: { osFamily: "4" },
    targetDedicatedNodes: 0,
    networkConfiguration: { subnetId: `${network(name)}/subnets/s` },
  });

test("row 239: a pool in a classic network is refused with 403 until the service's principal has the role on it, or on what is around it", async () => {
  const refused = await add("one");
  expect(codeOf(refused)).toBe("403 InsufficientAccountPermissions");
  expect(refused.text).toContain(ROLE);
  const assignment = `${network("one")}/providers/Microsoft.Authorization/roleAssignments/00000000-0000-4000-8000-00000000000a`;
  const properties = (principalId: string, role: string) => ({
    properties: { principalId, roleDefinitionId: `/providers/Microsoft.Authorization/roleDefinitions/${role}` },
  });
  // Neither another role nor another principal will do.
  must("reader", await owner.manage("PUT", assignment, properties(PRINCIPAL, "acdd72a7-3385-48ef-bd42-f606fba81ae7")));
  expect((await add("one")).status).toBe(403);
  must("account", await owner.manage("PUT", assignment, properties("networked", "d73bb868-a0df-4d4d-bd69-98a00b01fccb")));
  expect((await add("one")).status).toBe(403);
  must("role", await owner.manage("PUT", assignment, properties(PRINCIPAL, "d73bb868-a0df-4d4d-bd69-98a00b01fccb")));
  expect((await add("one")).status).toBe(201);
  expect((await add("two")).status).toBe(403);
  must("removal", await owner.manage("DELETE", assignment));
  expect((await add("one")).status).toBe(403);
});

test("row 240: the four inputs of the portal's steps (the network, its group, the role, the principal) grant it on the command line too", async () => {
  expect((await add("two")).status).toBe(403);
  const inputs = ["--vnet", "two", "--resource-group", "weir", "--role", ROLE, "--assignee", PRINCIPAL];
  const assigned = owner.weir(["role", "assign", ...inputs]);
  expect([assigned.code, assigned.stderr]).toEqual([0, ""]);
  expect(assigned.stdout).toContain(`${PRINCIPAL} is ${ROLE} of`);
  expect((await add("two")).status).toBe(201);
  const listed = owner.weir(["role", "list", "--vnet", "two"]).stdout;
  expect(listed).toContain(PRINCIPAL);
  expect(listed).toContain(ROLE);
  expect(owner.weir(["role", "assign", ...inputs]).stderr).toContain("RoleAssignmentExists");
  expect(owner.weir(["role", "assign", "--vnet", "two", "--role", "King"]).stderr).toContain("there is no role King");
  expect(owner.weir(["role", "remove", ...inputs]).code).toBe(0);
  expect((await add("two")).status).toBe(403);
});
