/**
 * The story and most commands of the unmodified `az batch` (azure-cli of Debian, over plain http): with the account, endpoint and key in the environment,
 * as a user sets them. One process runs all commands; `quickstart.soak.ts` starts `az` itself for each.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { eventually } from "../support/waiting.ts";
import { Az, clientEnvironment, pythonWith } from "./pythonClients.ts";
import { Serving } from "./serving.ts";

const python = pythonWith("azure.cli.command_modules.batch", "az batch");
const serving = new Serving(["--fast"]);
const image = "--image canonical:0001-com-ubuntu-server-jammy:22_04-lts --node-agent-sku-id ? --vm-size standard_d4_v3";
const sku = "batch.node.ubuntu 22.04";
let az: Az;

type Listed = { id: string; state: string }[];

describe.runIf(python !== undefined)("az batch", () => {
  beforeAll(async () => {
    buildOnce();
    await serving.start();
    az = new Az(python!, clientEnvironment(serving.running(), serving.data));
  }, 180_000);
  afterAll(async () => {
    az?.close();
    await serving.clear();
  }, 60_000);

  const inFolder = (name: string) => join(serving.data, name);

  async function nodes(pool: string, count: number): Promise<Listed> {
    return await eventually(`${count} idle nodes`, async () => {
      const all = await az.done<Listed>(`node list --pool-id ${pool}`);
      return all.length === count && all.every(({ state }) => state === "idle") ? all : undefined;
    });
  }

  it("Pool_Add, Pool_Get, Pool_List, Pool_Patch, Pool_UpdateProperties: a pool from flags and from a file", async () => {
    await az.done(`pool create --id flags ${image} --target-dedicated-nodes 2 --task-slots-per-node 4 --metadata a=b`, sku);
    writeFileSync(
      inFolder("pool.json"),
      JSON.stringify({ id: "file", vmSize: "standard_d4_v3", ...machine(), targetDedicatedNodes: 0 }),
    );
    await az.done(`pool create --json-file ${inFolder("pool.json")}`);
    expect((await az.done<Listed>("pool list")).map(({ id }) => id).sort()).toEqual(["file", "flags"]);
    const shown = await az.done("pool show --pool-id flags --select ?", "id, targetDedicatedNodes, metadata");
    expect(shown).toMatchObject({ id: "flags", targetDedicatedNodes: 2, metadata: [{ name: "a", value: "b" }] });
    await az.done("pool set --pool-id file --metadata c=d");
    const properties = { certificateReferences: [], applicationPackageReferences: [], metadata: [{ name: "e", value: "f" }] };
    writeFileSync(inFolder("properties.json"), JSON.stringify(properties));
    await az.done(`pool reset --pool-id file --json-file ${inFolder("properties.json")}`);
    expect(await az.done("pool show --pool-id file")).toMatchObject({
      metadata: [{ name: "e", value: "f" }],
      resizeTimeout: "0:15:00",
    });
    expect(await az.run("pool show --pool-id none")).toMatchObject({
      code: expect.any(Number),
      error: expect.stringMatching(/./),
    });
  });

  it("Pool_EnableAutoScale, Pool_EvaluateAutoScale, Pool_DisableAutoScale, Pool_Resize, Pool_StopResize", async () => {
    await az.done("pool autoscale enable --pool-id file --auto-scale-formula ?", "$TargetDedicatedNodes = 0;");
    const run = await az.done("pool autoscale evaluate --pool-id file --auto-scale-formula ?", "$TargetDedicatedNodes = 1;");
    expect(run).toMatchObject({ results: expect.stringMatching(/^\$TargetDedicatedNodes=1;/) });
    await az.done("pool autoscale disable --pool-id file");
    await az.done("pool resize --pool-id file --target-dedicated-nodes 1");
    await nodes("file", 1);
    await az.run("pool resize --pool-id file --abort");
    const counts = await az.done<{ poolId: string; dedicated: { total: number } }[]>(
      "pool node-counts list --filter ?",
      "poolId eq 'file'",
    );
    expect(counts.map(({ poolId, dedicated }) => [poolId, dedicated.total])).toEqual([["file", 1]]);
    expect((await az.done<Listed>("pool supported-images list")).length).toBeGreaterThan(0);
  });

  it("Job_Add, Task_Add, Task_AddCollection, Job_GetTaskCounts: tasks of a file of 250 run", async () => {
    await az.done("job create --id story --pool-id flags --job-max-task-retry-count 0");
    const tasks = Array.from({ length: 250 }, (_, i) => ({
      id: `t${i}`,
      commandLine: `/bin/sh -c 'echo task ${i}; exit ${i % 10 === 7 ? 3 : 0}'`,
    }));
    writeFileSync(inFolder("tasks.json"), JSON.stringify(tasks));
    const added = await az.done<{ taskId: string; status: string }[]>(
      `task create --job-id story --json-file ${inFolder("tasks.json")}`,
    );
    expect(added.map(({ status }) => status.toLowerCase())).toEqual(Array(250).fill("success"));
    await az.done(
      "task create --job-id story --task-id one --command-line ? --retention-time P3Y6M4DT12H30M5S",
      "/bin/sh -c 'echo one; echo two > made.txt'",
    );
    const counts = await eventually("all completed", async () => {
      const { taskCounts } = await az.done<{ taskCounts: Record<string, number> }>("job task-counts show --job-id story");
      return taskCounts.completed === 251 ? taskCounts : undefined;
    });
    expect(counts).toMatchObject({ active: 0, running: 0, succeeded: 226, failed: 25 });
  }, 60_000);

  it("Task_List, Task_Get, Task_Update, Task_Reactivate, Task_Terminate, Task_Delete, Task_ListSubtasks", async () => {
    const failed = await az.done<Listed>("task list --job-id story --filter ? --select id", "executionInfo/exitCode eq 3");
    expect(failed).toHaveLength(25);
    const shown = await az.done("task show --job-id story --task-id one");
    expect(shown).toMatchObject({ state: "completed", constraints: { retentionTime: expect.stringMatching(/^1279 days/) } });
    await az.done("task reactivate --job-id story --task-id t7");
    await eventually("run again", async () =>
      (await az.done("task show --job-id story --task-id t7")).state === "completed" ? true : undefined,
    );
    expect(await az.run("task stop --job-id story --task-id t7")).toMatchObject({
      code: expect.any(Number),
      error: expect.any(String),
    });
    writeFileSync(inFolder("wide.json"), JSON.stringify({ id: "wide", commandLine: "true", requiredSlots: 5 }));
    await az.done(`task create --job-id story --json-file ${inFolder("wide.json")}`);
    await az.done("task reset --job-id story --task-id wide --max-task-retry-count 2");
    expect(await az.done("task show --job-id story --task-id wide")).toMatchObject({
      state: "active",
      constraints: { maxTaskRetryCount: 2 },
    });
    await az.done("task stop --job-id story --task-id wide");
    expect(await az.done("task subtask list --job-id story --task-id one")).toMatchObject({});
    await az.done("task delete --job-id story --task-id t7 --yes");
    expect((await az.run("task show --job-id story --task-id t7")).code).not.toBe(0);
  });

  it("File_ListFromTask, File_GetFromTask, File_GetPropertiesFromTask, File_DeleteFromTask, File_ListFromComputeNode, File_GetFromComputeNode", async () => {
    const names = (await az.done<{ name: string }[]>("task file list --job-id story --task-id one --recursive true")).map(
      ({ name }) => name,
    );
    expect(names).toEqual(expect.arrayContaining(["stderr.txt", "stdout.txt", "wd", "wd/made.txt"]));
    await az.done(
      `task file download --job-id story --task-id one --file-path wd/made.txt --destination ${inFolder("made.txt")}`,
    );
    expect(readFileSync(inFolder("made.txt"), "utf8")).toBe("two\n");
    await az.done("task file show --job-id story --task-id one --file-path stdout.txt");
    await az.done("task file delete --job-id story --task-id one --file-path wd/made.txt --yes");
    expect(
      (
        await az.run(
          `task file download --job-id story --task-id one --file-path wd/made.txt --destination ${inFolder("no.txt")}`,
        )
      ).code,
    ).not.toBe(0);
    expect(existsSync(inFolder("no.txt")) ? readFileSync(inFolder("no.txt"), "utf8") : "").not.toBe("two\n");
    const { nodeInfo } = await az.done<{ nodeInfo: { nodeId: string } }>("task show --job-id story --task-id one");
    const path = "workitems/story/job-1/one/stdout.txt";
    const listed = await az.done<{ name: string }[]>(
      `node file list --pool-id flags --node-id ${nodeInfo.nodeId} --recursive true`,
    );
    expect(listed.map(({ name }) => name)).toContain(path);
    await az.done(
      `node file download --pool-id flags --node-id ${nodeInfo.nodeId} --file-path ${path} --destination ${inFolder("out.txt")}`,
    );
    expect(readFileSync(inFolder("out.txt"), "utf8")).toBe("one\n");
  });

  it("ComputeNode_Get, ComputeNode_DisableScheduling, ComputeNode_EnableScheduling, ComputeNode_Reboot, ComputeNode_AddUser, ComputeNode_DeleteUser, Pool_RemoveNodes", async () => {
    const [{ id }] = await nodes("flags", 2);
    const node = `--pool-id flags --node-id ${id}`;
    await az.done(`node scheduling disable ${node} --node-disable-scheduling-option terminate`);
    await eventually("offline", async () => ((await az.done(`node show ${node}`)).state === "offline" ? true : undefined));
    await az.done(`node scheduling enable ${node}`);
    await az.done(`node user create ${node} --name alice --password ?`, "not a secret 1!");
    await az.done(`node user reset ${node} --user-name alice --password ?`, "another one 2!");
    await az.done(`node user delete ${node} --user-name alice --yes`);
    await az.done(`node reboot ${node} --node-reboot-option requeue`);
    await nodes("flags", 2);
    await az.done(`node delete --pool-id flags --node-list ${id}`);
    await nodes("flags", 1);
  });

  it("Job_List, Job_Patch, Job_Update, Job_Terminate, JobSchedule_Add, JobSchedule_Get, JobSchedule_Disable, JobSchedule_Delete, Certificate_List, Application_List", async () => {
    await az.done("job set --job-id story --priority 7");
    await az.done("job reset --job-id story --pool-id flags --priority 3");
    await az.done("job stop --job-id story");
    const jobs = await az.done<{ id: string; priority: number }[]>(
      "job list --filter ? --select ?",
      "startswith(id, 'st')",
      "id,priority",
    );
    expect(jobs).toMatchObject([{ id: "story", priority: 3 }]);
    const manager =
      "--job-manager-task-id manager --job-manager-task-command-line true --do-not-run-until 2099-01-01T00:00:00Z";
    await az.done(`job-schedule create --id daily --pool-id flags --recurrence-interval P1D ${manager}`);
    expect(await az.done("job-schedule show --job-schedule-id daily")).toMatchObject({
      state: "active",
      schedule: { recurrenceInterval: "1 day, 0:00:00" },
    });
    await az.done("job-schedule disable --job-schedule-id daily");
    await az.done("job-schedule enable --job-schedule-id daily");
    await az.done("job-schedule stop --job-schedule-id daily");
    await az.done("job-schedule delete --job-schedule-id daily --yes");
    expect(await az.done("certificate list")).toEqual([]);
    expect(await az.done("application summary list")).toEqual([]);
  });

  it("Job_Delete, Pool_Delete: in the end nothing is left", async () => {
    await az.done("job delete --job-id story --yes");
    await az.done("pool delete --pool-id flags --yes");
    await az.done("pool delete --pool-id file --yes");
    await eventually("no pool is left", async () => ((await az.done<Listed>("pool list")).length === 0 ? true : undefined));
  });
});

function machine(): object {
  return {
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: sku,
    },
  };
}
