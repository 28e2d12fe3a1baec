/** What a pool is and how it gets its size: nodes that one can list, made by hand or for a job, with what they need on them, up to a target or a quota. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { AtWork, newGate, removeGates, shell } from "./poolAtWork.ts";

// A machine with much else to do takes longer than any of this does.

let weir: AtWork;
let data: string;
let narrow: AtWork;
const gate = newGate();

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  mkdirSync(join(data, "packages", "tool"), { recursive: true });
  writeFileSync(join(data, "packages", "tool", "1.0.zip"), await zipOf("bin/say", "said by the package\n"));
  const options = ["--fast", "--log-level", "warn"];
  const [wide, tight] = await Promise.all([
    served("--data", data, "--on-stop", "end", ...options),
    served("--dedicated-cores", "6", ...options),
  ]);
  weir = new AtWork(wide);
  narrow = new AtWork(tight);
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

interface Job {
  readonly state: string;
  readonly executionInfo: { readonly poolId?: string };
}
const poolOf = (job: string) =>
  eventually(`job ${job} to have a pool`, async () => (await weir.server.get<Job>(`/jobs/${job}`)).executionInfo.poolId);

describe.concurrent("a pool", () => {
  test("row 45: a pool is a collection of nodes: each is listed once, has a directory of its own, and says to its tasks which pool it is of", async () => {
    const nodes = await weir.addIdlePool("three", 3).then(() => weir.nodes("three"));
    expect(new Set(nodes.map(({ id }) => id)).size).toBe(3);
    await weir.addJob("three", "three", Array(3).fill(shell(`${gate.wait}; echo $AZ_BATCH_POOL_ID $AZ_BATCH_NODE_ID; pwd -P`)));
    await eventually("all three to run", async () =>
      (await weir.tasks("three")).every(({ state }) => state === "running") ? true : undefined,
    );
    gate.open();
    const said = await Promise.all((await weir.completed("three")).map(({ id }) => weir.output("three", id)));
    const lines = said.map((text) => text.trim().split("\n"));
    expect(lines.map(([first]) => first).sort()).toEqual(nodes.map(({ id }) => `three ${id}`).sort());
    for (const [first, directory] of lines) {
      const [, id] = first.split(" ");
      expect(directory.startsWith(join(data, "nodes", `three.${id}`))).toBe(true);
    }
  });

  test("row 46: a pool is made by its user, or by the service for a job and for a schedule that say what they need", async () => {
    await weir.addIdlePool("mine", 1);
    const { id: _, ...pool } = poolBody("any", { targetDedicatedNodes: 1 }) as { id: string };
    const autoPool = (prefix: string, poolLifetimeOption: string) => ({
      poolInfo: { autoPoolSpecification: { autoPoolIdPrefix: prefix, poolLifetimeOption, pool } },
    });
    await weir.server.post("/jobs", { id: "own", ...autoPool("forjob", "job") });
    await weir.server.post("/jobschedules", {
      id: "plan",
      schedule: {},
      jobSpecification: autoPool("forplan", "jobschedule"),
    });
    const forJob = await poolOf("own");
    expect(forJob).toMatch(/^forjob/);
    const forPlan = await eventually("the schedule's job to have a pool", async () => {
      const { value } = await weir.server.get<{ value: Job[] }>("/jobschedules/plan/jobs");
      return value[0]?.executionInfo.poolId;
    });
    expect(forPlan).toMatch(/^forplan/);
    await Promise.all([weir.idle(forJob, 1), weir.idle(forPlan, 1)]);
    await weir.addTasks("own", [shell("echo $AZ_BATCH_POOL_ID")]);
    await weir.completed("own");
    expect(await weir.output("own", "t1")).toBe(`${forJob}\n`);
    await weir.server.ask("DELETE", "/jobschedules/plan");
  });

  test("row 50: a pool brings applications and data to its nodes: the package and what the start task fetched are there for a task on each", async () => {
    const source = join(data, "source.txt");
    writeFileSync(source, "distributed\n");
    await weir.addIdlePool("ready", 2, {
      applicationPackageReferences: [{ applicationId: "tool" }],
      startTask: {
        commandLine: shell("cp data.txt $AZ_BATCH_NODE_SHARED_DIR/"),
        resourceFiles: [{ httpUrl: `file://${source}`, filePath: "data.txt" }],
        waitForSuccess: true,
      },
    });
    for (const id of ["tvm-1", "tvm-2"])
      expect(readFileSync(join(data, "nodes", `ready.${id}`, "shared", "data.txt"), "utf8")).toBe("distributed\n");
    const { folder } = gate;
    const both = `touch ${folder}/r$AZ_BATCH_NODE_ID; while [ $(ls ${folder} | grep -c ^r) -lt 2 ]; do sleep 0.05; done`;
    const line = shell(`${both}; cat $AZ_BATCH_APP_PACKAGE_tool/bin/say $AZ_BATCH_NODE_SHARED_DIR/data.txt`);
    await weir.addJob("ready", "ready", [line, line]);
    const ended = await weir.completed("ready");
    expect(new Set(ended.map(({ nodeInfo }) => nodeInfo?.nodeId)).size).toBe(2);
    for (const { id } of ended) expect(await weir.output("ready", id)).toBe("said by the package\ndistributed\n");
  });

  test("row 52: a pool changes its number of nodes whenever it is told to, by a resize up and down and by a formula", async () => {
    await weir.addIdlePool("flexible", 1);
    const resize = async (targetDedicatedNodes: number) => {
      await weir.server.post("/pools/flexible/resize", { targetDedicatedNodes });
      await weir.idle("flexible", targetDedicatedNodes);
      expect(await weir.nodes("flexible")).toHaveLength(targetDedicatedNodes);
    };
    await resize(5);
    const left = (await weir.nodes("flexible")).map(({ id }) => join(data, "nodes", `flexible.${id}`));
    await resize(2);
    await eventually("the directories of the others to go", () =>
      left.filter((directory) => existsSync(directory)).length === 2 ? true : undefined,
    );
    await weir.server.post("/pools/flexible/enableautoscale", { autoScaleFormula: "$TargetDedicatedNodes = 4;" });
    await weir.idle("flexible", 4);
    await weir.server.post("/pools/flexible/disableautoscale", {});
    await resize(0);
  });
});

describe("the number of nodes is a target", () => {
  test("rows 79 and 80: with a quota of 6 cores a pool that wants 5 nodes of 2 cores keeps its target, gets 3, works with them and says AccountCoreQuotaReached", async () => {
    await narrow.addPool("big", { targetDedicatedNodes: 5 });
    const pool = await narrow.until("big", "steady", ({ allocationState }) => allocationState === "steady");
    expect(pool).toMatchObject({ targetDedicatedNodes: 5, currentDedicatedNodes: 3 });
    expect(pool.resizeErrors?.map(({ code }) => code)).toEqual(["AccountCoreQuotaReached"]);
    await narrow.idle("big", 3);
    await narrow.addJob("big", "big", ["/bin/true"]);
    expect((await narrow.completed("big"))[0].executionInfo.exitCode).toBe(0);

    await narrow.server.post("/pools/big/resize", { targetDedicatedNodes: 1 });
    await narrow.idle("big", 1);
    const shrunk = await narrow.pool("big");
    expect(shrunk).toMatchObject({ targetDedicatedNodes: 1, currentDedicatedNodes: 1 });
    expect(shrunk.resizeErrors).toBeUndefined();
  });

  test("rows 79 and 80: the cores are the account's: what one pool has the other does not get, and gets when they are given back", async () => {
    const addPool = (id: string) => narrow.addPool(id, { targetDedicatedNodes: 2 });
    await narrow.idle("big", 1);
    await addPool("second");
    await narrow.idle("second", 2);
    await addPool("third");
    const third = await narrow.until("third", "steady", ({ allocationState }) => allocationState === "steady");
    expect(third).toMatchObject({ targetDedicatedNodes: 2, currentDedicatedNodes: 0 });
    expect(third.resizeErrors?.[0].code).toBe("AccountCoreQuotaReached");
    await narrow.server.post("/pools/second/resize", { targetDedicatedNodes: 0 });
    await narrow.idle("second", 0);
    await narrow.server.post("/pools/third/resize", { targetDedicatedNodes: 2 });
    await narrow.idle("third", 2);
  });
});

/** A zip file with one text in it. */
async function zipOf(name: string, text: string): Promise<Buffer> {
  const { ZipFile } = await import("yazl");
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
