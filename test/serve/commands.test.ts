/** Commands that manage a running service, where they were asked for what is not there, or for what is there already. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { Owner } from "../overview/owner.ts";
import { dataDirectory, endAll, poolBody, served } from "./servedProcess.ts";
import { until } from "../support/waiting.ts";

let owner: Owner;
const weir = (...args: string[]) => owner.weir(args);

beforeAll(async () => {
  buildOnce();
  owner = new Owner(await served("--data", dataDirectory(), "--fast", "--log-level", "warn", "--on-stop", "end"));
  // An empty archive: the end of its directory and nothing before.
  owner.workplace.write("empty.zip", Buffer.concat([Buffer.from("PK\x05\x06"), Buffer.alloc(18)]));
  owner.workplace.write("broken.zip", "PK\x03\x04 and nothing of a zip file");
  owner.workplace.write("pool.yaml", "id: p\n");
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 60_000);

test("weir network: one without subnets is told when it is made, listed with its prefix, and deleted as what it is", () => {
  const made = weir("network", "create", "bare", "--classic", "--prefix", "10.7.0.0/16");
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/\/virtualNetworks\/bare$/m) });
  expect(made.stderr).toContain("no subnet yet");
  expect(made.stderr).toContain("weir network create bare --classic --prefix 10.7.0.0/16 --subnet nodes=PREFIX");
  expect(weir("network", "list").stdout).toMatch(/^bare +classic +\S+ +10\.7\.0\.0\/16 +- +no subnet yet$/m);
  const subnet = ["--classic", "--prefix", "10.7.0.0/16", "--subnet", "nodes=10.7.1.0/24"];
  expect(weir("network", "create", "bare", ...subnet).stdout).toMatch(/\/bare\/subnets\/nodes$/m);
  expect(weir("network", "list").stdout).toMatch(/^bare +classic +\S+ +10\.7\.0\.0\/16 +10\.7\.1\.0\/24 /m);
  const other = weir("network", "delete", "bare");
  expect([other.code, other.stderr]).toEqual([2, expect.stringContaining("a classic one: add --classic")]);
  expect(weir("network", "delete", "bare", "--classic").code).toBe(0);
  expect(weir("network", "delete", "bare")).toMatchObject({ code: 2, stderr: expect.stringContaining("HTTP 404") });
});

test("weir role assign: a network that is not there is refused with those that are", () => {
  expect(weir("role", "assign", "--vnet", "nosuch").stderr).toContain(
    "there is no classic virtual network nosuch; there is none",
  );
  weir("network", "create", "real", "--classic", "--prefix", "10.8.0.0/16");
  const { code, stderr } = weir("role", "assign", "--vnet", "nosuch");
  expect([code, stderr]).toEqual([2, expect.stringContaining("there are real in group weir")]);
  expect(weir("role", "list").stdout).not.toContain("nosuch");
  expect(weir("role", "assign", "--vnet", "real").code).toBe(0);
});

test("weir application: what is not there cannot be deleted, what is there not be created again", () => {
  expect(weir("application", "delete", "nosuch")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("ApplicationNotFound"),
  });
  expect(weir("application", "create", "hello", "--display-name", "first").code).toBe(0);
  const second = weir("application", "create", "hello", "--display-name", "second");
  expect([second.code, second.stderr]).toEqual([
    2,
    expect.stringContaining("an application hello already, nothing was changed"),
  ]);
  expect(weir("application", "show", "hello").stdout).toContain("first");
  const never = weir("application", "package", "delete", "hello", "3.0");
  expect([never.code, never.stderr]).toEqual([2, expect.stringContaining("ApplicationPackageNotFound")]);
});

test("weir application package create: a file that is no zip file leaves no version behind, pending or not", () => {
  const versions = () =>
    owner.weirJson<{ name: string }[]>(["application", "package", "list", "packed"]).map(({ name }) => name);
  const create = (version: string, file: string) => weir("application", "package", "create", "packed", version, file);
  expect(create("1.0", "empty.zip").code).toBe(0);
  expect(create("2.0", "pool.yaml")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("pool.yaml: it is no zip file"),
  });
  expect(create("2.0", "broken.zip")).toMatchObject({ code: 2, stderr: expect.stringContaining("version 2.0 was not kept") });
  expect(versions()).toEqual(["1.0"]);
  // One that was there before stays.
  expect(create("1.0", "broken.zip").code).toBe(2);
  expect(versions()).toEqual(["1.0"]);
});

test("weir vault unlock: a wrong passphrase is refused although the vault is open", () => {
  owner.workplace.write("right", "correct horse battery staple");
  owner.workplace.write("wrong", "not the passphrase");
  expect(weir("vault", "create", "safe", "--passphrase-file", "right").code).toBe(0);
  const wrong = weir("vault", "unlock", "safe", "--passphrase-file", "wrong");
  expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("WrongPassphrase")]);
  expect(weir("vault", "show", "safe").stdout).toMatch(/^state +unlocked\nsecrets +none$/m);
  expect(weir("vault", "unlock", "safe", "--passphrase-file", "right").code).toBe(0);
});

test("weir vault show: what is in a locked vault is unknown, which is not none", async () => {
  const data = dataDirectory();
  const start = async () => new Owner(await served("--data", data, "--fast", "--log-level", "warn"), owner.workplace);
  const before = await start();
  before.workplace.write("right", "correct horse battery staple");
  expect(before.weir(["vault", "create", "safe", "--passphrase-file", "right"]).code).toBe(0);
  await before.server.kill("SIGTERM");
  const after = await start();
  expect(after.weir(["vault", "show", "safe"]).stdout).toMatch(/^state +locked\nsecrets +unknown while it is locked$/m);
  await after.server.kill("SIGTERM");
});

test("weir node rdp: a refusal comes with its reason; a missing property has no value in an error", async () => {
  await owner.server.post("/pools", poolBody("linux", { targetDedicatedNodes: 1 }));
  const nodes = async () => (await owner.server.get<{ value: { id: string; state: string }[] }>("/pools/linux/nodes")).value;
  await until(async () => (await nodes())[0]?.state === "idle", "the node");
  const refused = weir("node", "rdp", "linux", (await nodes())[0].id);
  const answer = await owner.server.ask("GET", `/pools/linux/nodes/${(await nodes())[0].id}/rdp`);
  const { values } = answer.body as { values: { key: string; value: string }[] };
  const reason = values.find(({ key }) => key === "Reason")!.value;
  expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(reason)]);
  const { body } = await owner.server.ask("POST", "/pools/linux/resize", {});
  expect((body as { values: { key: string }[] }).values.map(({ key }) => key)).toEqual(["PropertyName", "Reason"]);
});

test("weir serve: limits of no node, a heartbeat of nothing and a directory without a name are refused before anything starts", () => {
  const refusals: [string[], string][] = [
    [["--nodes-max", "0"], "whole number from 1"],
    [["--cluster-nodes", "0"], "whole number from 1"],
    [["--heartbeat", "0"], "longer than nothing"],
    [["--heartbeat", "5"], "Did you mean PT5S?"],
    [["--data", ""], "--data: name a directory"],
    [["--data="], "--data: name a directory"],
  ];
  for (const [options, why] of refusals) {
    const { code, stderr, stdout } = weir("serve", ...options);
    expect([code, stdout, stderr], options.join(" ")).toEqual([2, "", expect.stringContaining(why)]);
    expect(stderr).not.toContain("PT0S");
  }
});
