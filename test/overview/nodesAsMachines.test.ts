/** A node is a machine of its own as far as one machine can play many: a directory tree, an address, processes. And what is left of it when it has gone. */
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesAtWork } from "./machinesAtWork.ts";
import { shell } from "./poolAtWork.ts";

let weir: MachinesAtWork;

beforeAll(async () => {
  buildOnce();
  weir = await machinesAtWork("--fast");
}, 120_000);
afterAll(endAll, 30_000);

const missing = async (path: string) => {
  const { status, body } = await weir.server.ask("GET", path);
  return `${status} ${(body as { code?: string } | undefined)?.code}`;
};

/** Listens on a port of the address and closes again. */
async function binds(address: string): Promise<boolean> {
  const server: Server = createServer();
  await new Promise<void>((resolve, reject) => server.once("error", reject).listen(0, address, resolve));
  await new Promise((resolve) => server.close(resolve));
  return true;
}

describe.concurrent("nodes", () => {
  test("row 53: each that joins has a name that no other of its pool has or had, and an address that no other node has, which programs can listen on", async () => {
    await weir.addIdlePool("names", 3);
    await weir.addIdlePool("more", 2);
    const first = await weir.machines("names");
    const all = [...first, ...(await weir.machines("more"))];
    expect(new Set(all.map(({ ipAddress }) => ipAddress)).size).toBe(5);
    for (const { ipAddress } of all) {
      expect(ipAddress).toMatch(/^127\.\d+\.\d+\.\d+$/);
      expect(await binds(ipAddress)).toBe(true);
    }
    await weir.send("POST", "/pools/names/removenodes", { nodeList: [first[1].id] });
    await weir.idle("names", 2);
    await weir.send("POST", "/pools/names/resize", { targetDedicatedNodes: 4 });
    const later = (await weir.idle("names", 4)).map(({ id }) => id);
    expect(new Set([...first.map(({ id }) => id), ...later]).size).toBe(5);
    expect(later).not.toContain(first[1].id);
    for (const id of [...all.map((node) => node.id), ...later]) expect(id).toMatch(/^tvm-[1-9]\d*$/);
  });

  test("row 54: what was changed on a node is lost when it is removed; a node that comes later finds nothing of it", async () => {
    await weir.addIdlePool("lost", 1);
    const tree = weir.tree("lost", "tvm-1");
    writeFileSync(join(tree, "shared", "installed"), "by hand");
    await weir.addJob("l", "lost");
    await weir.say("l", "t", shell("echo changed > $AZ_BATCH_NODE_ROOT_DIR/applications/changed"));
    await weir.send("POST", "/pools/lost/removenodes", { nodeList: ["tvm-1"] });
    await weir.idle("lost", 0);
    await eventually("the tree to go", () => (existsSync(tree) ? undefined : true));
    await weir.send("POST", "/pools/lost/resize", { targetDedicatedNodes: 1 });
    const [{ id }] = await weir.idle("lost", 1);
    for (const folder of ["shared", "applications"]) expect(readdirSync(join(weir.tree("lost", id), folder))).toEqual([]);
    expect(existsSync(tree)).toBe(false);
  });

  test("row 55: name and address of a node that has left are free: a later node has both again", async () => {
    await weir.addIdlePool("again", 1);
    const [before] = await weir.machines("again");
    await weir.send("DELETE", "/pools/again");
    await eventually("the pool to go", async () => ((await missing("/pools/again")).startsWith("404") ? true : undefined));
    await weir.addIdlePool("again", 1);
    const [after] = await weir.machines("again");
    expect([after.id, after.ipAddress]).toEqual([before.id, before.ipAddress]);
  });

  test("row 56: leaving ends a node's life: whoever asks for it by its name hears that there is none", async () => {
    await weir.addIdlePool("life", 2);
    expect((await weir.node("life", "tvm-1")).state).toBe("idle");
    await weir.send("POST", "/pools/life/removenodes", { nodeList: ["tvm-1"] });
    await weir.idle("life", 1);
    expect(await missing("/pools/life/nodes/tvm-1")).toBe("404 NodeNotFound");
    for (const action of ["reboot", "disablescheduling"])
      await weir.refuses(404, "NodeNotFound", "POST", `/pools/life/nodes/tvm-1/${action}`, {});
    expect((await weir.nodes("life")).map(({ id }) => id)).toEqual(["tvm-2"]);
  });
});
