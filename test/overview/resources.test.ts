/** The things that a user of the service always has to do with, made, read and removed over HTTP; and those that one can do without. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { JobsAtWork } from "./jobAtWork.ts";
import { shell } from "./poolAtWork.ts";

let weir: JobsAtWork;
let data: string;
const ACCOUNTS = "/subscriptions/mine/resourceGroups/group/providers/Microsoft.Batch/batchAccounts";

beforeAll(async () => {
  buildOnce();
  data = dataDirectory();
  weir = new JobsAtWork(await served("--fast", "--log-level", "warn", "--data", data));
}, 120_000);
afterAll(endAll, 30_000);

async function gone(path: string): Promise<void> {
  await eventually(`${path} to be gone`, async () => ((await weir.server.ask("GET", path)).status === 404 ? true : undefined));
}

describe.concurrent("resources", () => {
  test("row 17: an account, a pool with its nodes, a job and a task can each be made, read and removed again", async () => {
    const account = `${ACCOUNTS}/second`;
    expect((await weir.server.ask("GET", account)).status).toBe(404);
    const made = await weir.server.ask("PUT", account, { location: "local" });
    expect(made.status, made.text).toBeLessThan(300);
    expect(await weir.server.get(account)).toMatchObject({ name: "second", type: "Microsoft.Batch/batchAccounts" });

    await weir.server.post("/pools", poolBody("all", { targetDedicatedNodes: 2 }));
    const nodes = await weir.idle("all", 2);
    expect(await weir.pool("all")).toMatchObject({ id: "all", state: "active", currentDedicatedNodes: 2 });
    for (const { id } of nodes) {
      expect(await weir.node("all", id)).toMatchObject({ id, state: "idle" });
      expect(existsSync(join(data, "nodes", `all.${id}`, "shared"))).toBe(true);
    }
    await weir.server.post("/jobs", { id: "all", poolInfo: { poolId: "all" } });
    expect(await weir.job("all")).toMatchObject({ id: "all", state: "active" });
    await weir.addTask("all", "t", shell("echo there"));
    expect(await weir.task("all", "t")).toMatchObject({ id: "t" });
    await weir.turns("all", "t", "completed");
    expect(await weir.output("all", "t")).toBe("there\n");

    await weir.send("DELETE", "/jobs/all/tasks/t");
    await weir.refuses(404, "TaskNotFound", "GET", "/jobs/all/tasks/t");
    await weir.send("DELETE", "/jobs/all");
    await gone("/jobs/all");
    const [removed, kept] = nodes;
    await weir.send("POST", "/pools/all/removenodes", { nodeList: [removed.id] });
    await gone(`/pools/all/nodes/${removed.id}`);
    expect((await weir.nodes("all")).map(({ id }) => id)).toEqual([kept.id]);
    await weir.send("DELETE", "/pools/all");
    await gone("/pools/all");
    await eventually("their directories to go", () =>
      nodes.some(({ id }) => existsSync(join(data, "nodes", `all.${id}`))) ? undefined : true,
    );
    await weir.send("DELETE", account);
    await gone(account);
  });

  test("row 18: job schedules and application packages are optional: a pool, a job and its tasks do the work without", async () => {
    await weir.addIdlePool("plain", 1);
    await weir.addJob("plain", "plain", [shell("echo one"), shell("echo two")], { onAllTasksComplete: "noaction" });
    await weir.send("PATCH", "/jobs/plain", { onAllTasksComplete: "terminatejob" });
    await weir.jobTurns("plain", "completed");
    expect(await Promise.all(["t1", "t2"].map((id) => weir.output("plain", id)))).toEqual(["one\n", "two\n"]);
    for (const path of ["/jobschedules", "/applications"]) expect(await weir.server.get(path)).toMatchObject({ value: [] });
  });
});
