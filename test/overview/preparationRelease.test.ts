/** Job preparation and release tasks on real nodes: where and when they run, what they bring, and what bounds them (J-60 to J-70). */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { FileServer, OnNodes, sh } from "./onNodes.ts";
import { at } from "./poolAtWork.ts";

/** A service whose clock runs as others do, and one on which 15 minutes pass in a second. */
let server: Served;
let quick: Served;
const SCALE = 900;
const data = dataDirectory();
const on = new OnNodes(() => server);
const onQuick = new OnNodes(() => quick);
const files = new FileServer({ "common.txt": "data of the job\n" });

beforeAll(async () => {
  buildOnce();
  await files.start();
  const options = ["--fast", "--log-level", "warn", "--dedicated-cores", "100"];
  [server, quick] = await Promise.all([served(...options), served(...options, "--time-scale", String(SCALE))]);
}, 120_000);
afterAll(async () => {
  await files.stop();
  await endAll();
}, 30_000);

interface SeenRun {
  readonly state: string;
  readonly startTime: string;
  readonly endTime?: string;
  readonly exitCode?: number;
  readonly result?: string;
  readonly retryCount?: number;
  readonly failureInfo?: { readonly category: string; readonly code: string };
}

interface Status {
  readonly nodeId: string;
  readonly jobPreparationTaskExecutionInfo?: SeenRun;
  readonly jobReleaseTaskExecutionInfo?: SeenRun;
}

/** Where the job's preparation and release tasks ran, and how that went. */
const statusOf = async (job: string, of = server) =>
  (await of.get<{ value: Status[] }>(`/jobs/${job}/jobpreparationandreleasetaskstatus`)).value;

/** A task that goes on until the file is there. */
const gated = (name: string, first = "true") =>
  sh(`${first}; touch ${data}/${name}.here; until [ -e ${data}/${name} ]; do sleep 0.02; done`);
const open = (name: string) => writeFileSync(join(data, name), "");
const here = (name: string) => eventually(`${name} to run`, () => (existsSync(join(data, `${name}.here`)) ? true : undefined));

describe.concurrent("preparation and release tasks", () => {
  it("rows 172, 173 and 174: both on exactly the nodes that get tasks: preparation before the first one, bringing its data, release after the job has ended", async () => {
    const startTask = { commandLine: sh("touch $AZ_BATCH_NODE_SHARED_DIR/marker"), waitForSuccess: true };
    await server.post("/pools", poolBody("three", { targetDedicatedNodes: 3, startTask }));
    const all = (await on.nodesIn("three", 3, "idle")).map(({ id }) => id);
    await server.post("/jobs", {
      id: "job",
      poolInfo: { poolId: "three" },
      jobPreparationTask: {
        commandLine: sh(
          "mkdir $AZ_BATCH_TASK_DIR/data; cp common.txt ../data; echo preparation >> $AZ_BATCH_NODE_SHARED_DIR/log",
        ),
        resourceFiles: [{ httpUrl: files.url("common.txt"), filePath: "common.txt" }],
      },
      jobReleaseTask: { commandLine: sh("rm $AZ_BATCH_NODE_SHARED_DIR/marker; echo release >> $AZ_BATCH_NODE_SHARED_DIR/log") },
    });
    const write = "echo task >> $AZ_BATCH_NODE_SHARED_DIR/log; cat $AZ_BATCH_JOB_PREP_DIR/data/common.txt";
    // Two run at once, so on two nodes; the third task finds its node prepared.
    for (const id of ["a", "b"]) await server.post("/jobs/job/tasks", { id, commandLine: gated("job", write) });
    const used = await Promise.all(["a", "b"].map(async (id) => (await on.taskIn("job", id, "running")).nodeInfo!.nodeId));
    expect(new Set(used).size).toBe(2);
    const unused = all.find((id) => !used.includes(id))!;
    // Whatever comes later is to stay off the third node.
    await server.post(`/pools/three/nodes/${unused}/disablescheduling`, {});
    await server.post("/jobs/job/tasks", { id: "c", commandLine: sh(write) });
    open("job");
    for (const id of ["a", "b", "c"]) {
      expect((await on.completed("job", id)).executionInfo.result).toBe("success");
      expect(await on.stdout("job", id)).toBe("data of the job\n");
    }
    const log = (node: string) => on.file("three", node, "shared/log");
    const before = await Promise.all(used.map(log));
    expect(before.sort()).toEqual(["preparation\ntask\n", "preparation\ntask\ntask\n"]);
    await server.post("/jobs/job/terminate", {});
    await on.jobIn("job", "completed");
    const after = await Promise.all(used.map(log));
    expect(after.sort()).toEqual(before.map((text) => `${text}release\n`));
    const markers = await Promise.all(all.map((node) => on.file("three", node, "shared/marker")));
    expect(markers.map((text) => text !== undefined)).toEqual(all.map((node) => node === unused));
    expect(await log(unused)).toBeUndefined();
    const status = await statusOf("job");
    expect(status.map(({ nodeId }) => nodeId).sort()).toEqual(used.sort());
    const lastEnd = Math.max(...(await on.tasks("job")).map(({ executionInfo }) => at(executionInfo.endTime)));
    for (const { jobPreparationTaskExecutionInfo: preparation, jobReleaseTaskExecutionInfo: release } of status) {
      for (const run of [preparation, release])
        expect(run).toMatchObject({ state: "completed", exitCode: 0, result: "success" });
      expect(at(release!.startTime)).toBeGreaterThanOrEqual(lastEnd);
    }
  });

  it("rows 176 and 179: each runs its own command line, with the environment settings of its job and its own", async () => {
    await server.post("/pools", poolBody("one", { targetDedicatedNodes: 1 }));
    const special = (word: string) => ({
      id: word,
      commandLine: sh("echo $AZ_BATCH_TASK_ID $AZ_BATCH_JOB_ID $OWN $COMMON $BOTH"),
      environmentSettings: [
        { name: "OWN", value: `of-the-${word}` },
        { name: "BOTH", value: word },
      ],
    });
    await server.post("/jobs", {
      id: "env",
      poolInfo: { poolId: "one" },
      commonEnvironmentSettings: [
        { name: "COMMON", value: "of-the-job" },
        { name: "BOTH", value: "job" },
      ],
      jobPreparationTask: special("prepare"),
      jobReleaseTask: special("release"),
    });
    await server.post("/jobs/env/tasks", { id: "t", commandLine: sh("echo $OWN $COMMON $BOTH") });
    const { nodeInfo } = await on.completed("env", "t");
    expect(await on.stdout("env", "t")).toBe("of-the-job job\n");
    await server.post("/jobs/env/terminate", {});
    await on.jobIn("env", "completed");
    for (const word of ["prepare", "release"])
      expect(await on.file("one", nodeInfo!.nodeId, `workitems/env/job-1/${word}/stdout.txt`)).toBe(
        `${word} env of-the-${word} of-the-job ${word}\n`,
      );
  });

  it("row 181: a preparation is retried as often as it may be, a release task never; its failure does not keep the job from completing", async () => {
    await server.post("/pools", poolBody("retries", { targetDedicatedNodes: 1 }));
    await server.post("/jobs", {
      id: "retries",
      poolInfo: { poolId: "retries" },
      jobPreparationTask: {
        commandLine: sh(`echo run >> ${data}/prepared; [ $(wc -l < ${data}/prepared) = 3 ]`),
        constraints: { maxTaskRetryCount: 2 },
      },
      jobReleaseTask: { commandLine: sh(`echo run >> ${data}/released; exit 6`) },
    });
    await server.post("/jobs/retries/tasks", { id: "t", commandLine: sh("true") });
    await on.completed("retries", "t");
    await server.post("/jobs/retries/terminate", {});
    await on.jobIn("retries", "completed");
    const [{ jobPreparationTaskExecutionInfo, jobReleaseTaskExecutionInfo }] = await statusOf("retries");
    expect(jobPreparationTaskExecutionInfo).toMatchObject({ exitCode: 0, result: "success", retryCount: 2 });
    expect(jobReleaseTaskExecutionInfo).toMatchObject({
      exitCode: 6,
      result: "failure",
      failureInfo: { code: "FailureExitCode" },
    });
    expect(readFileSync(join(data, "prepared"), "utf8")).toBe("run\nrun\nrun\n");
    expect(readFileSync(join(data, "released"), "utf8")).toBe("run\n");
  });

  it("J-62: on a node whose preparation fails for good no task of the job runs, but those of other jobs do", async () => {
    await server.post("/pools", poolBody("fails", { targetDedicatedNodes: 1 }));
    const jobPreparationTask = { commandLine: sh("exit 1") };
    await server.post("/jobs", { id: "fails", poolInfo: { poolId: "fails" }, jobPreparationTask });
    await server.post("/jobs/fails/tasks", { id: "t", commandLine: sh("true") });
    await eventually("the preparation to fail", async () =>
      (await statusOf("fails"))[0]?.jobPreparationTaskExecutionInfo?.state === "completed" ? true : undefined,
    );
    await server.post("/jobs", { id: "other", poolInfo: { poolId: "fails" } });
    await server.post("/jobs/other/tasks", { id: "t", commandLine: sh("true") });
    await on.completed("other", "t");
    expect((await on.task("fails", "t")).state).toBe("active");
  });

  it("row 180: a release task is ended after 15 minutes, and none may ask for more; a preparation after what its constraints say", async () => {
    const job = (id: string, release: object, constraints: object = {}) => ({
      id,
      poolInfo: { poolId: "quick" },
      jobPreparationTask: { commandLine: id === "long" ? "/bin/sleep 1000" : "/bin/true", constraints },
      jobReleaseTask: { commandLine: "/bin/sleep 1000", ...release },
    });
    const refused = await quick.ask("POST", "/jobs", job("refused", { maxWallClockTime: "PT15M0.1S" }));
    expect([refused.status, (refused.body as { code: string }).code]).toEqual([400, "InvalidPropertyValue"]);
    expect(refused.text).toContain("maxWallClockTime");
    await quick.post("/pools", poolBody("quick", { targetDedicatedNodes: 1 }));
    await quick.post("/jobs", job("allowed", { maxWallClockTime: "PT15M" }));
    await quick.post("/jobs", job("default", {}));
    type Job = { jobReleaseTask: { maxWallClockTime: string } };
    expect((await quick.get<Job>("/jobs/default")).jobReleaseTask.maxWallClockTime).toBe("PT15M");
    await quick.post("/jobs/default/tasks", { id: "t", commandLine: "/bin/true" });
    await onQuick.completed("default", "t");
    await quick.post("/jobs/default/terminate", {});
    await onQuick.jobIn("default", "completed");
    const minutes = ({ startTime, endTime }: SeenRun) => (Date.parse(endTime!) - Date.parse(startTime)) / 60_000;
    const [{ jobReleaseTaskExecutionInfo: release }] = await statusOf("default", quick);
    expect(release).toMatchObject({ result: "failure", failureInfo: { category: "ServerError", code: "TaskEnded" } });
    expect(minutes(release!)).toBeGreaterThanOrEqual(15);
    await quick.post("/jobs", job("long", {}, { maxWallClockTime: "PT5M", maxTaskRetryCount: 3 }));
    await quick.post("/jobs/long/tasks", { id: "t", commandLine: "/bin/true" });
    const preparation = await eventually("the preparation to be ended", async () => {
      const run = (await statusOf("long", quick))[0]?.jobPreparationTaskExecutionInfo;
      return run?.state === "completed" ? run : undefined;
    });
    expect(preparation).toMatchObject({ result: "failure", retryCount: 0, failureInfo: { code: "TaskEnded" } });
    expect(minutes(preparation)).toBeGreaterThanOrEqual(5);
  });

  it("row 182: files of a preparation stay while the job goes on, and their retention time after that; those of a release task after its end", async () => {
    await quick.post("/pools", poolBody("kept", { targetDedicatedNodes: 1 }));
    await quick.post("/jobs", {
      id: "kept",
      poolInfo: { poolId: "kept" },
      jobPreparationTask: { commandLine: "/bin/echo prepared", constraints: { retentionTime: "PT5M" } },
      jobReleaseTask: { commandLine: "/bin/echo released", retentionTime: "PT20M" },
    });
    await quick.post("/jobs/kept/tasks", { id: "t", commandLine: gated("kept") });
    await here("kept");
    const [{ nodeId, jobPreparationTaskExecutionInfo: preparation }] = await statusOf("kept", quick);
    const text = (task: string) => onQuick.file("kept", nodeId, `workitems/kept/job-1/${task}/stdout.txt`);
    // The service's own clock: when a change was made just now.
    await quick.post("/jobs", { id: "clock", poolInfo: { poolId: "none" } });
    const now = async () => {
      await quick.ask("PATCH", "/jobs/clock", { priority: 1 });
      return Date.parse((await quick.get<{ lastModified: string }>("/jobs/clock")).lastModified);
    };
    await eventually("the retention time since the preparation to be over", async () =>
      (await now()) > Date.parse(preparation!.endTime!) + 5 * 60_000 ? true : undefined,
    );
    expect(await text("jobpreparation")).toBe("prepared\n");
    open("kept");
    await onQuick.completed("kept", "t");
    await quick.post("/jobs/kept/terminate", {});
    const { executionInfo } = await onQuick.jobIn("kept", "completed");
    await eventually("the preparation's files to go", async () =>
      (await text("jobpreparation")) === undefined ? true : undefined,
    );
    expect((await now()) - Date.parse(executionInfo.endTime!)).toBeGreaterThanOrEqual(5 * 60_000);
    await eventually("the release task's files to go", async () =>
      (await text("jobrelease")) === undefined ? true : undefined,
    );
    const [{ jobReleaseTaskExecutionInfo: release }] = await statusOf("kept", quick);
    // The node counts from the end that it saw, of which the service hears later: counted from the start.
    expect((await now()) - Date.parse(release!.startTime)).toBeGreaterThanOrEqual(20 * 60_000);
  });
});
