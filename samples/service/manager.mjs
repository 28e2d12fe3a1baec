/**
 * A job that controls itself: its job manager task, manager.sh, adds the other tasks, waits for them and ends the job. All a client does is to submit it.
 *
 *   npx weir serve --fast --listen 127.0.0.1:10100 --account weir --key "$KEY"    # KEY: any base64 text, for instance `openssl rand -base64 64`
 *   export AZURE_BATCH_ENDPOINT=http://127.0.0.1:10100 AZURE_BATCH_ACCOUNT=weir AZURE_BATCH_ACCESS_KEY="$KEY"
 *   node samples/service/manager.mjs                                            # with @azure/batch 10 and curl installed
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
  id: "managed",
  vmSize: "standard_d2s_v3",
  virtualMachineConfiguration: {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  },
  targetDedicatedNodes: 2,
  taskSlotsPerNode: 4,
});

const script = new URL("manager.sh", import.meta.url).href;
await client.job.add({
  id: "managed",
  poolInfo: { poolId: "managed" },
  jobManagerTask: {
    id: "manager",
    commandLine: "/bin/sh manager.sh",
    resourceFiles: [{ httpUrl: script, filePath: "manager.sh" }],
    environmentSettings: [{ name: "SCRIPT_URL", value: script }],
    // The key to its own job: AZ_BATCH_AUTHENTICATION_TOKEN.
    authenticationTokenSettings: { access: ["job"] },
    constraints: { maxTaskRetryCount: 3 },
    // Other tasks may run beside it on its node.
    runExclusive: false,
  },
});

let job = await client.job.get("managed");
for (; job.state !== "completed"; job = await client.job.get("managed")) await pause(200);
console.log(`the job ended: ${job.executionInfo.terminateReason}`);
for (const { id, executionInfo, nodeInfo } of await client.task.list("managed")) {
  // The manager ends its job, and the end of a job ends every task that still runs: the manager itself, which counts as a failure.
  const why = id === "manager" ? `: ${executionInfo.failureInfo?.code}, by the end of the job that it asked for itself` : "";
  console.log(`${id}: ${executionInfo.result} on ${nodeInfo.nodeId}${executionInfo.result === "failure" ? why : ""}`);
}
const { readableStreamBody } = await client.file.getFromTask("managed", "merge", "stdout.txt");
for await (const piece of readableStreamBody) process.stdout.write(piece);

await client.job.deleteMethod("managed");
await client.pool.deleteMethod("managed");
