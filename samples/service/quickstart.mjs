/**
 * The service with the unmodified Azure SDK: a pool of two nodes, a job, 20 tasks, their output.
 *
 *   npx weir serve --fast --listen 127.0.0.1:10100        # prints an `export` line: run it in the terminal of the next
 *   node samples/service/quickstart.mjs                                         # with @azure/batch 10 installed
 */
import { setTimeout as pause } from "node:timers/promises";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";

const { AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key, AZURE_BATCH_ENDPOINT: endpoint } = process.env;
if (!account || !key || !endpoint) {
  console.error("set AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY and AZURE_BATCH_ENDPOINT to what `weir serve` prints");
  process.exit(2);
}
const client = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);

await client.pool.add({
  id: "quickstart-js",
  vmSize: "standard_d4_v3",
  virtualMachineConfiguration: {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  },
  targetDedicatedNodes: 2,
  taskSlotsPerNode: 4,
});
await client.job.add({ id: "quickstart-js", poolInfo: { poolId: "quickstart-js" } });

// Command lines run without a shell; whoever wants one says so.
const tasks = Array.from({ length: 20 }, (_, i) => ({
  id: `task-${i}`,
  commandLine: `/bin/sh -c 'echo $AZ_BATCH_TASK_ID on $AZ_BATCH_NODE_ID; exit ${i % 10 === 7 ? 3 : 0}'`,
}));
await client.task.addCollection("quickstart-js", tasks);

for (;;) {
  const { taskCounts } = await client.job.getTaskCounts("quickstart-js");
  console.log(`active ${taskCounts.active}, running ${taskCounts.running}, completed ${taskCounts.completed}`);
  if (taskCounts.completed === tasks.length) break;
  await pause(200);
}

for (const { id, executionInfo } of await client.task.list("quickstart-js")) {
  const { readableStreamBody } = await client.file.getFromTask("quickstart-js", id, "stdout.txt");
  let text = "";
  for await (const piece of readableStreamBody) text += piece;
  console.log(`${id}: exit code ${executionInfo.exitCode}, ${text.trim()}`);
}

await client.job.deleteMethod("quickstart-js");
await client.pool.deleteMethod("quickstart-js");
