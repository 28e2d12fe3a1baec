/** What an account may have: pools and cores up to its quotas, which can be set while it works; and priorities, which count within one account alone. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll, poolBody, served } from "../serve/servedProcess.ts";
import { until } from "../support/waiting.ts";
import { accountPath, codeOf, Owner, type Tenant } from "./owner.ts";

let owner: Owner;
const none = { targetDedicatedNodes: 0 };

beforeAll(async () => {
  buildOnce();
  owner = new Owner(await served("--fast", "--log-level", "warn"));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 30_000);

interface Pool {
  readonly currentDedicatedNodes: number;
  readonly currentLowPriorityNodes: number;
  readonly targetDedicatedNodes: number;
  readonly allocationState: string;
  readonly resizeErrors?: { code: string; message: string; values: { name: string; value: string }[] }[];
}

async function steady(tenant: Tenant, pool: string): Promise<Pool> {
  const read = () => tenant.get<Pool>(`/pools/${pool}`);
  await until(async () => (await read()).allocationState === "steady", `pool ${pool} to be steady`);
  return await read();
}

describe("the quota of pools", () => {
  test("row 48: an account has several pools, up to its quota; one more is refused, and other accounts have their own quota", async () => {
    const tenant = await owner.account("fewpools", { poolQuota: 3 });
    const other = await owner.account("otherpools", { poolQuota: 1 });
    for (const id of ["a", "b", "c"]) await tenant.post("/pools", poolBody(id, none));
    expect(codeOf(await tenant.ask("POST", "/pools", poolBody("d", none)))).toBe("409 PoolQuotaReached");
    await other.post("/pools", poolBody("d", none));
    const ids = (await tenant.get<{ value: { id: string }[] }>("/pools")).value.map(({ id }) => id);
    expect(ids).toEqual(["a", "b", "c"]);
    expect((await tenant.ask("DELETE", "/pools/b")).status).toBe(202);
    await until(async () => (await tenant.ask("GET", "/pools/b")).status === 404, "pool b to be gone");
    await tenant.post("/pools", poolBody("d", none));
    expect(owner.weir(["account", "set", "fewpools", "--pool-quota", "4"]).code).toBe(0);
    await tenant.post("/pools", poolBody("e", none));
  });
});

describe("quotas on cores", () => {
  test("row 100: a fresh account shows a quota of 20 cores; what is set instead shows and counts at once", async () => {
    const tenant = await owner.account("fresh");
    const fresh = { dedicatedCoreQuota: 20, lowPriorityCoreQuota: 20, poolQuota: 20, activeJobAndJobScheduleQuota: 20 };
    expect((await owner.manage("GET", accountPath("fresh"))).body).toMatchObject({ properties: fresh });
    expect(owner.weir(["account", "show", "fresh"]).stdout).toMatch(/^core quota +20$/m);
    await tenant.post("/pools", poolBody("p", { targetDedicatedNodes: 11 }));
    expect(await steady(tenant, "p")).toMatchObject({ currentDedicatedNodes: 10, targetDedicatedNodes: 11 });
    expect(owner.weir(["account", "set", "fresh", "--core-quota", "22"]).code).toBe(0);
    expect(owner.weir(["account", "show", "fresh"]).stdout).toMatch(/^core quota +22$/m);
    await tenant.post("/pools/p/resize", { targetDedicatedNodes: 11 });
    const grown = await steady(tenant, "p");
    expect(grown).toMatchObject({ currentDedicatedNodes: 11 });
    expect(grown.resizeErrors ?? []).toEqual([]);
  });

  test("row 101: why a pool will not have more nodes is said with the quota, the cores used and the cores asked for", async () => {
    const tenant = await owner.account("small", { dedicatedCoreQuota: 10, lowPriorityCoreQuota: 3 });
    await tenant.post("/pools", poolBody("first", { targetDedicatedNodes: 3 }));
    await steady(tenant, "first");
    await tenant.post("/pools", poolBody("second", { targetDedicatedNodes: 7, targetLowPriorityNodes: 2 }));
    const pool = await steady(tenant, "second");
    expect(pool).toMatchObject({ currentDedicatedNodes: 2, currentLowPriorityNodes: 1 });
    const error = (code: string) => pool.resizeErrors?.find((each) => each.code === code);
    const dedicated = error("AccountCoreQuotaReached");
    expect(dedicated?.message).toContain("quota is 10 cores, 6 of them are used, and 14 were asked for");
    const values = Object.fromEntries((dedicated?.values ?? []).map(({ name, value }) => [name.toLowerCase(), value]));
    expect(values).toMatchObject({ quota: "10", used: "6", asked: "14" });
    expect(error("AccountLowPriorityCoreQuotaReached")?.message).toContain(
      "quota is 3 low-priority cores, 0 of them are used, and 4 were asked for",
    );
  });

  test("L-12: jobs beyond the quota of active jobs are refused; a completed one makes room", async () => {
    const tenant = await owner.account("fewjobs", { activeJobAndJobScheduleQuota: 2 });
    await tenant.post("/pools", poolBody("p", none));
    const job = (id: string) => tenant.ask("POST", "/jobs", { id, poolInfo: { poolId: "p" } });
    expect([(await job("a")).status, (await job("b")).status]).toEqual([201, 201]);
    expect(codeOf(await job("c"))).toBe("409 ActiveJobAndScheduleQuotaReached");
    await tenant.ask("POST", "/jobs/a/terminate");
    await until(async () => (await tenant.get<{ state: string }>("/jobs/a")).state === "completed", "job a to be completed");
    expect((await job("c")).status).toBe(201);
  });
});

test("rows 124 and 127: priority orders the jobs of an account, and another account's job of the lowest priority is not delayed by them", async () => {
  const [busy, other] = [await owner.account("busy"), await owner.account("calm")];
  const one = { targetDedicatedNodes: 1, taskSlotsPerNode: 1 };
  await busy.post("/pools", poolBody("p", one));
  await other.post("/pools", poolBody("p", one));
  const job = (tenant: Tenant, id: string, priority: number) =>
    tenant.post("/jobs", { id, priority, poolInfo: { poolId: "p" } });
  await job(busy, "low", -1000);
  await job(busy, "high", 1000);
  await job(other, "lowest", -1000);
  // The only slot is taken until the file is there, so that both jobs of the busy account have work that waits.
  const gate = `${owner.workplace.path}/gate`;
  await busy.post("/jobs/low/tasks", { id: "first", commandLine: `/bin/sh -c 'until test -e ${gate}; do sleep 0.05; done'` });
  type Task = { state: string; executionInfo?: { startTime: string; endTime: string } };
  const task = (tenant: Tenant, jobId: string, id: string) => tenant.get<Task>(`/jobs/${jobId}/tasks/${id}`);
  await until(async () => (await task(busy, "low", "first")).state === "running", "the slot to be taken");
  for (const jobId of ["low", "high"])
    for (const id of ["a", "b"]) await busy.post(`/jobs/${jobId}/tasks`, { id, commandLine: "/bin/true" });
  await other.post("/jobs/lowest/tasks", { id: "t", commandLine: "/bin/true" });
  await until(async () => (await task(other, "lowest", "t")).state === "completed", "the other account's task");
  for (const [jobId, id] of [
    ["low", "a"],
    ["low", "b"],
    ["high", "a"],
    ["high", "b"],
  ])
    expect((await task(busy, jobId, id)).state, `${jobId} ${id}`).toBe("active");
  owner.workplace.write("gate", "");
  const startOf = async (jobId: string, id: string) => {
    await until(async () => (await task(busy, jobId, id)).state === "completed", `${jobId} ${id} to be completed`);
    return Date.parse((await task(busy, jobId, id)).executionInfo?.startTime ?? "");
  };
  const high = Math.max(await startOf("high", "a"), await startOf("high", "b"));
  const low = Math.min(await startOf("low", "a"), await startOf("low", "b"));
  expect(high).toBeLessThanOrEqual(low);
});
