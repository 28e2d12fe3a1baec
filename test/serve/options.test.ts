/** Options of `weir serve` that change what clients see, each with a process of its own. */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { agentPid, dataDirectory, endAll, poolBody, type Served, served } from "./servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { until } from "../support/waiting.ts";

beforeAll(buildOnce, 120_000);
afterAll(endAll, 60_000);

type Pool = {
  currentDedicatedNodes: number;
  targetDedicatedNodes: number;
  allocationState: string;
  autoScaleRun?: { results: string };
};
type Task = { state: string; executionInfo: { exitCode?: number; failureInfo?: { code: string; category: string } } };

describe("--time-scale 300: five minutes of the service pass in a second", () => {
  let server: Served;

  beforeAll(async () => {
    server = await served("--time-scale", "300", "--sample-period", "PT30S", "--boot", "PT1M", "--log-level", "warn");
  }, 60_000);

  afterAll(async () => {
    await server.kill("SIGTERM");
  }, 60_000);

  test("Pool_EnableAutoScale: a pool grows with its pending tasks, runs them, and shrinks when they are done", async () => {
    const autoScaleFormula =
      "pending = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 3) < 10 ? 0 : max($PendingTasks.GetSample(TimeInterval_Minute * 3, 10));" +
      "$TargetDedicatedNodes = min(2, pending); $NodeDeallocationOption = taskcompletion;";
    await server.post(
      "/pools",
      poolBody("auto", { enableAutoScale: true, autoScaleFormula, autoScaleEvaluationInterval: "PT5M" }),
    );
    await server.post("/jobs", { id: "j", poolInfo: { poolId: "auto" } });
    // They end when they are told to: two nodes are not to be gone again before anybody has seen them.
    const go = join(dataDirectory(), "go");
    const commandLine = `/bin/sh -c 'while [ ! -e ${go} ]; do sleep 0.05; done'`;
    await server.post("/jobs/j/addtaskcollection", { value: [1, 2, 3].map((i) => ({ id: `t${i}`, commandLine })) });
    const pool = () => server.get<Pool>("/pools/auto");
    await until(async () => (await pool()).currentDedicatedNodes === 2, "two nodes");
    writeFileSync(go, "");
    await until(async () => (await server.get<Task>("/jobs/j/tasks/t3")).state === "completed", "the tasks");
    await until(async () => (await pool()).currentDedicatedNodes === 0, "no nodes");
    expect((await pool()).autoScaleRun?.results).toContain("$TargetDedicatedNodes=0");
  });

  test("formula rule 4.10: $CPUPercent comes from what the processes of the nodes use", async () => {
    const busy =
      "busy = $CPUPercent.GetSamplePercent(TimeInterval_Minute * 3) < 10 ? 0 : max($CPUPercent.GetSample(TimeInterval_Minute * 3, 10));";
    await server.post("/pools", poolBody("busy", { targetDedicatedNodes: 1 }));
    await server.post("/jobs", { id: "b", poolInfo: { poolId: "busy" } });
    await server.post("/jobs/b/tasks", { id: "spin", commandLine: "/bin/sh -c 'while :; do :; done'" });
    const steady = async () => (await server.get<Pool>("/pools/busy")).allocationState === "steady";
    await until(steady, "the pool to be steady");
    const autoScaleFormula = `${busy} $TargetDedicatedNodes = 1;`;
    await server.post("/pools/busy/enableautoscale", { autoScaleFormula, autoScaleEvaluationInterval: "PT5M" });
    const measured = async () => {
      const { body } = await server.post("/pools/busy/evaluateautoscale", { autoScaleFormula });
      return Number(/busy=([\d.]+)/.exec((body as { results: string }).results)?.[1] ?? 0);
    };
    await until(async () => (await measured()) > 5, "processor time to be measured");
    await server.post("/jobs/b/terminate", {});
  });

  test("T-30: a time limit of a minute ends a task in a fifth of a second, with the service's exit code", async () => {
    await server.post("/pools", poolBody("p", { targetDedicatedNodes: 1 }));
    await server.post("/jobs", { id: "k", poolInfo: { poolId: "p" } });
    await server.post("/jobs/k/tasks", {
      id: "long",
      commandLine: "/bin/sleep 1000",
      constraints: { maxWallClockTime: "PT1M" },
    });
    const task = () => server.get<Task>("/jobs/k/tasks/long");
    await until(async () => (await task()).state === "completed", "the task to end");
    expect((await task()).executionInfo).toMatchObject({
      exitCode: -1073741510,
      failureInfo: { code: "TaskEnded", category: "ServerError" },
    });
  });
});

test("--https: the same answers over a certificate that the client is told to trust, and no other", async () => {
  const data = dataDirectory();
  const server = await served("--https", "--data", data, "--fast", "--log-level", "warn");
  expect(server.document.endpoint).toMatch(/^https:/);
  expect((await server.ask("GET", "/pools")).status).toBe(200);
  await expect(fetch(`${server.document.endpoint}/healthz`)).rejects.toThrow();
  expect(server.document.certificate).toBe(join(data, "certificate.pem"));
  await server.kill("SIGTERM");
  const again = await served("--https", "--data", data, "--fast", "--log-level", "warn");
  expect(again.document.certificate).toBe(join(data, "certificate.pem"));
  const { endpoint, key } = again.document;
  const doctor = (...args: string[]) =>
    spawnSync(process.execPath, [commandPath, "doctor", "p", "--endpoint", endpoint, ...args], { encoding: "utf8" }).stderr;
  expect(doctor("--account", "weir", "--key", key)).toContain("is not trusted: name it with --certificate");
  expect(doctor("--data", data)).toContain("there is no pool p");
  await again.kill("SIGTERM");
});

test("--on-stop leave: an agent without nodes has nothing to keep and ends with the service; one with nodes goes on", async () => {
  const [empty, used] = [dataDirectory(), dataDirectory()];
  const start = (data: string) => served("--data", data, "--fast", "--log-level", "warn");
  const [first, second] = await Promise.all([start(empty), start(used)]);
  await second.post("/pools", poolBody("p", { targetDedicatedNodes: 1 }));
  await until(async () => (await second.get<Pool>("/pools/p")).currentDedicatedNodes === 1, "the node");
  await Promise.all([first.kill("SIGTERM"), second.kill("SIGTERM")]);
  await until(() => !isRunning(agentPid(empty)), "the idle agent to end");
  expect(isRunning(agentPid(used))).toBe(true);
});

test("P-150, T-80: application packages of the data directory are there and named in the environment", async () => {
  const data = dataDirectory();
  mkdirSync(join(data, "packages", "tool"), { recursive: true });
  const zip = join(data, "packages", "tool", "1.2.zip");
  writeFileSync(zip, await zipOf({ "bin/say": "packed\n" }));
  const server = await served("--data", data, "--fast", "--log-level", "warn", "--on-stop", "end");
  expect(await server.get("/applications")).toMatchObject({ value: [{ id: "tool", versions: ["1.2"] }] });
  await server.post(
    "/pools",
    poolBody("p", { targetDedicatedNodes: 1, applicationPackageReferences: [{ applicationId: "tool" }] }),
  );
  await server.post("/jobs", { id: "j", poolInfo: { poolId: "p" } });
  await server.post("/jobs/j/tasks", {
    id: "t",
    commandLine: "/bin/sh -c 'cat $AZ_BATCH_APP_PACKAGE_tool/bin/say; echo $AZ_BATCH_APP_PACKAGE_tool_1_2'",
  });
  await until(async () => (await server.get<Task>("/jobs/j/tasks/t")).state === "completed", "the task");
  const { text } = await server.ask("GET", "/jobs/j/tasks/t/files/stdout.txt");
  expect(text).toBe(`packed\n${join(data, "nodes", "p.tvm-1", "applications", "tool_1.2")}\n`);
  await server.kill("SIGTERM");
});

test("weir doctor: asks the service that runs, or reads the directory of one that does not, and ends with 1 when something is broken", async () => {
  const data = dataDirectory();
  const server = await served("--data", data, "--fast", "--log-level", "warn", "--dedicated-cores", "2", "--on-stop", "end");
  await server.post("/pools", poolBody("p", { targetDedicatedNodes: 3 }));
  await until(async () => (await server.get<Pool>("/pools/p")).allocationState === "steady", "the resize to end");
  const nodes = async () => (await server.get<{ value: { state: string }[] }>("/pools/p/nodes")).value;
  await until(async () => (await nodes()).map(({ state }) => state).join() === "idle", "its only node to be up");
  const doctor = (...args: string[]) => spawnSync(process.execPath, [commandPath, "doctor", ...args], { encoding: "utf8" });
  const asked = doctor("p", "--endpoint", server.document.endpoint, "--data", data);
  expect(asked.stdout).toContain(
    "The quota of 2 dedicated cores, of which 2 are in use, leaves room for 0 of 2 missing nodes of 2 cores each.",
  );
  expect(asked.status).toBe(1);
  const document = JSON.parse(doctor("p", "--json", "--endpoint", server.document.endpoint, "--data", data).stdout) as object;
  expect(document).toMatchObject({ pool: "p", healthy: false, link: "quota" });
  expect(doctor("none", "--endpoint", server.document.endpoint, "--data", data)).toMatchObject({ status: 2 });
  expect(doctor("p", "--data", data).stderr).toContain(`ask it with --endpoint URL --data ${data}`);
  const shell = {
    AZURE_BATCH_ACCOUNT: "weir",
    AZURE_BATCH_ACCESS_KEY: server.document.key,
    AZURE_BATCH_ENDPOINT: server.document.endpoint,
  };
  const ofShell = spawnSync(process.execPath, [commandPath, "doctor", "p"], {
    encoding: "utf8",
    env: { ...process.env, ...shell },
  });
  expect(ofShell.stdout).toBe(asked.stdout);
  await server.kill("SIGTERM");
  const read = doctor("p", "--data", data);
  expect(read.stdout).toContain("2 nodes are missing");
  expect(read.status).toBe(1);
});

/** A zip file with these texts, made by the library that the packages are read with the counterpart of. */
async function zipOf(files: Record<string, string>): Promise<Buffer> {
  const { ZipFile } = await import("yazl");
  const zip = new ZipFile();
  for (const [name, text] of Object.entries(files)) zip.addBuffer(Buffer.from(text), name);
  zip.end();
  const parts: Buffer[] = [];
  for await (const part of zip.outputStream) parts.push(part as Buffer);
  return Buffer.concat(parts);
}
