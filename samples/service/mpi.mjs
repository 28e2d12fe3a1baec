/**
 * A multi-instance task that is a real MPI application: three nodes, one process of MPICH on each. The coordination command leaves a listener on every
 * node, through which `mpiexec` on the primary starts the ranks on their own nodes; the ranks then pass messages.
 *
 *   npx weir serve --fast --listen 127.0.0.1:10100 --account weir --key "$KEY"    # KEY: any base64 text, for instance `openssl rand -base64 64`
 *   export AZURE_BATCH_ENDPOINT=http://127.0.0.1:10100 AZURE_BATCH_ACCOUNT=weir AZURE_BATCH_ACCESS_KEY="$KEY"
 *   node samples/service/mpi.mjs                                                # with @azure/batch 10, python3 and mpich (Debian's) installed
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
  id: "mpi",
  vmSize: "standard_d2s_v3",
  virtualMachineConfiguration: {
    imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
    nodeAgentSKUId: "batch.node.ubuntu 22.04",
  },
  targetDedicatedNodes: 3,
  // The two things that a multi-instance task needs of a pool: nodes that reach each other, and one task a node (the default).
  enableInterNodeCommunication: true,
});
await client.job.add({ id: "mpi", poolInfo: { poolId: "mpi" } });

const file = (name) => ({ httpUrl: new URL(`mpi/${name}`, import.meta.url).href, filePath: name, fileMode: "0755" });
await client.task.add("mpi", {
  id: "ring",
  multiInstanceSettings: {
    numberOfInstances: 3,
    coordinationCommandLine: "/bin/sh -c 'exec python3 $AZ_BATCH_TASK_SHARED_DIR/node.py serve'",
    commonResourceFiles: [file("node.py"), file("ring.py")],
  },
  // Runs on the primary when the coordination command has returned on all nodes. The ranks keep the environment of their own nodes (-genvnone).
  commandLine: `/bin/sh -c 'exec mpiexec.hydra -genvnone -launcher ssh -launcher-exec $AZ_BATCH_TASK_SHARED_DIR/node.py -localhost \${AZ_BATCH_HOST_LIST%%,*} -hosts $AZ_BATCH_HOST_LIST -n 3 python3 $AZ_BATCH_TASK_SHARED_DIR/ring.py'`,
});

let task = await client.task.get("mpi", "ring");
for (; task.state !== "completed"; task = await client.task.get("mpi", "ring")) await pause(200);
console.log(`exit code ${task.executionInfo.exitCode}, primary on ${task.nodeInfo.nodeId}`);
for (const { id, nodeInfo, exitCode } of (await client.task.listSubtasks("mpi", "ring")).value)
  console.log(`subtask ${id} on ${nodeInfo.nodeId}, its coordination command returned ${exitCode}`);
const { readableStreamBody } = await client.file.getFromTask("mpi", "ring", "stdout.txt");
for await (const piece of readableStreamBody) process.stdout.write(piece);

await client.job.deleteMethod("mpi");
await client.pool.deleteMethod("mpi");
process.exit(task.executionInfo.exitCode === 0 ? 0 : 1);
