/**
 * The overview's six steps with the unmodified Azure SDKs: words are counted in three texts, each by a task of its own, and the counts end up in storage.
 *
 *   npm run tutorial          # starts blob storage (Azurite) and the service on this machine, runs this file, stops both
 *
 * Against a service of your own: set AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY and AZURE_BATCH_ENDPOINT to what `weir serve` prints, and
 * AZURE_STORAGE_CONNECTION_STRING to your storage account's.
 */
import { setTimeout as pause } from "node:timers/promises";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { BlobServiceClient, ContainerSASPermissions } from "@azure/storage-blob";

const names = ["AZURE_BATCH_ACCOUNT", "AZURE_BATCH_ACCESS_KEY", "AZURE_BATCH_ENDPOINT", "AZURE_STORAGE_CONNECTION_STRING"];
const [account, key, endpoint, storageConnection] = names.map((name) => process.env[name]);
if (!account || !key || !endpoint || !storageConnection) {
  console.error(`set ${names.join(", ")}, or let \`npm run tutorial\` do it`);
  process.exit(2);
}
const batch = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
const storage = BlobServiceClient.fromConnectionString(storageConnection);
const inAnHour = new Date(Date.now() + 3_600_000);

/** A container and its address with a signature that permits what the letters say. */
async function container(name, permissions) {
  const made = storage.getContainerClient(name);
  await made.createIfNotExists();
  return {
    made,
    url: await made.generateSasUrl({ permissions: ContainerSASPermissions.parse(permissions), expiresOn: inAnHour }),
  };
}

const texts = {
  "moon.txt": "the moon is far and the night is long\n",
  "river.txt": "the river runs to the sea\n",
  "stone.txt": "a stone lies still\n",
};
const program = `#!/bin/sh
tr -s ' ' '\\n' < "$1" | sort | uniq -c | sort -rn > counts.txt
echo "$(wc -l < counts.txt) different words in $1"
`;

console.log("1. upload the data files");
const input = await container("tutorial-input", "rl");
for (const [name, text] of Object.entries(texts)) await input.made.uploadBlockBlob(name, text, text.length);

console.log("2. upload the application file");
const programs = await container("tutorial-programs", "r");
await programs.made.uploadBlockBlob("count.sh", program, program.length);
const output = await container("tutorial-output", "rwl");

console.log("3. create a pool of two nodes");
await batch.pool.add({
  id: "tutorial",
  vmSize: "standard_d2_v3",
  virtualMachineConfiguration: {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  },
  targetDedicatedNodes: 2,
});

console.log("4. create a job");
await batch.job.add({ id: "tutorial", poolInfo: { poolId: "tutorial" } });

console.log("5. add a task for each text");
/** One file of a container: the signature stands behind the path. */
const fileIn = (containerUrl, name) => containerUrl.replace("?", `/${name}?`);
const tasks = Object.keys(texts).map((name) => ({
  id: name.replace(".", "-"),
  commandLine: `./count.sh ${name}`,
  resourceFiles: [
    { httpUrl: fileIn(programs.url, "count.sh"), filePath: "count.sh", fileMode: "0755" },
    { httpUrl: fileIn(input.url, name), filePath: name },
  ],
  outputFiles: [
    {
      filePattern: "counts.txt",
      destination: { container: { containerUrl: output.url, path: `counts/${name}` } },
      uploadOptions: { uploadCondition: "taskSuccess" },
    },
  ],
}));
const added = await batch.task.addCollection("tutorial", tasks);
for (const { taskId, status, error } of added.value)
  if (status !== "Success") throw new Error(`${taskId}: ${error?.message?.value}`);

console.log("6. follow the tasks and fetch their output");
for (;;) {
  const { taskCounts } = await batch.job.getTaskCounts("tutorial");
  if (taskCounts.completed === tasks.length) break;
  await pause(200);
}
for (const { id, executionInfo, nodeInfo } of await batch.task.list("tutorial")) {
  if (executionInfo.result !== "success") throw new Error(`task ${id}: ${JSON.stringify(executionInfo.failureInfo)}`);
  const { readableStreamBody } = await batch.file.getFromTask("tutorial", id, "stdout.txt");
  let said = "";
  for await (const piece of readableStreamBody) said += piece;
  console.log(`   ${id} on ${nodeInfo.nodeId}: ${said.trim()}`);
}
for (const name of Object.keys(texts)) {
  const counts = await output.made.getBlobClient(`counts/${name}`).downloadToBuffer();
  console.log(`   in storage, counts/${name}: ${counts.toString().trim().split("\n")[0].trim()} …`);
}

await batch.job.deleteMethod("tutorial");
await batch.pool.deleteMethod("tutorial");
for (const { made } of [input, programs, output]) await made.delete();
