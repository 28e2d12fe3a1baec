/** What the size of a pool means for its nodes, on a service that is told to hold them to it: processors, memory and disk. */
import { existsSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody } from "../serve/servedProcess.ts";
import { type MachinesAtWork, machinesAtWork } from "./machinesAtWork.ts";
import { shell } from "./poolAtWork.ts";

let weir: MachinesAtWork;
let small: MachinesAtWork;

beforeAll(async () => {
  buildOnce();
  [weir, small] = await Promise.all([
    machinesAtWork("--fast", "--enforce-sizes", "--dedicated-cores", "20"),
    machinesAtWork("--fast", "--node-disk", "20MB"),
  ]);
}, 120_000);
afterAll(endAll, 30_000);

/** What a node's own file says of its size, read as any file of a node. */
async function figures(pool: string): Promise<object> {
  const { status, text } = await weir.server.ask("GET", `/pools/${pool}/nodes/tvm-1/files/volatile/size.json`);
  expect(status, text).toBe(200);
  return JSON.parse(text) as object;
}

describe.concurrent("the size of a node", () => {
  test("row 35: sets its cores: by them task slots and the quota are counted, and its processes run on no more processors", async () => {
    await weir.addIdlePool("one", 1, { vmSize: "standard_d1_v2", taskSlotsPerNode: 4 });
    await weir.refuses(400, "InvalidPropertyValue", "POST", "/pools", {
      ...poolBody("toomany", { vmSize: "standard_d1_v2" }),
      taskSlotsPerNode: 5,
    });
    // 20 cores allowed, 1 taken: one node of 16 fits and two do not.
    await weir.addPool("large", { vmSize: "standard_d16_v3", targetDedicatedNodes: 2 });
    const large = await weir.until("large", "to be steady", ({ allocationState }) => allocationState === "steady");
    expect(large.currentDedicatedNodes).toBe(1);
    expect(large.resizeErrors?.map(({ code }) => code)).toEqual(["AccountCoreQuotaReached"]);
    await weir.addJob("cores", "one");
    expect(await weir.say("cores", "t", "nproc")).toBe("1\n");
    expect(await figures("one")).toMatchObject({ vmSize: "standard_d1_v2", cores: 1 });
    await weir.addJob("all", "large");
    expect(await weir.say("all", "t", "nproc")).toBe(`${Math.min(16, availableParallelism())}\n`);
    // The same size on a service that does not hold its nodes to it: all processors of this machine.
    await small.addIdlePool("free", 1, { vmSize: "standard_d1_v2" });
    await small.addJob("free", "free");
    expect(await small.say("free", "t", "nproc")).toBe(`${availableParallelism()}\n`);
    const allowed = await weir.say("cores", "allowed", "/bin/grep ^Cpus_allowed_list: /proc/self/status");
    expect(allowed).toMatch(/^Cpus_allowed_list:\t\d+\n$/);
  });

  test("row 36: sets its memory, which can be read on the node, and no process of it gets more", async () => {
    await weir.addIdlePool("memory", 1, { vmSize: "standard_a1" });
    expect(await figures("memory")).toMatchObject({ memoryMb: 1792 });
    await weir.addJob("memory", "memory");
    expect(await weir.say("memory", "limit", shell("ulimit -v"))).toBe(`${1792 * 1024}\n`);
    const takes = (megabytes: number) => `python3 -c "print(len(bytearray(${megabytes} * 1024 * 1024)))"`;
    expect(await weir.say("memory", "little", takes(64))).toBe(`${64 * 1024 * 1024}\n`);
    const { executionInfo, err } = await weir.run("memory", "much", takes(2048));
    expect([executionInfo.exitCode, err]).toEqual([1, expect.stringContaining("MemoryError")]);
  });

  test("row 37: sets its disk: a node whose files outgrow it is unusable, says DiskFull, and its task waits for another; made free and rebooted it is idle", async () => {
    await weir.addIdlePool("disk", 1, { vmSize: "standard_a1" });
    expect(await figures("disk")).toMatchObject({ diskMb: 70 * 1024, diskMbMax: 70 * 1024 });
    await small.addIdlePool("disk", 1);
    await small.addJob("fill", "disk");
    await small.addTask("fill", "t", shell("head -c 30000000 /dev/zero > $AZ_BATCH_NODE_SHARED_DIR/big; sleep 1000"));
    await small.reaches("disk", "tvm-1", "unusable");
    expect((await small.machine("disk", "tvm-1")).errors).toEqual([
      expect.objectContaining({ code: "DiskFull", message: expect.stringContaining("20 MB") }),
    ]);
    expect((await small.turns("fill", "t", "active")).executionInfo.retryCount).toBe(0);
    await small.send("POST", "/jobs/fill/terminate", {});
    const big = join(small.tree("disk", "tvm-1"), "shared", "big");
    expect(existsSync(big)).toBe(true);
    rmSync(big);
    await small.send("POST", "/pools/disk/nodes/tvm-1/reboot", {});
    await small.reaches("disk", "tvm-1", "idle");
    expect((await small.machine("disk", "tvm-1")).errors ?? []).toEqual([]);
  });
});
