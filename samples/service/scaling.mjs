/**
 * What a scaling formula saves: the same load on a pool of fixed size and on one that follows its queue, and the core hours of both by half hour. Hours of the
 * service have to pass, so let them pass quickly:
 *
 *   npx weir serve --fast --time-scale 3600 --sample-period PT5M --listen 127.0.0.1:10100 --account weir --key "$KEY"    # an hour in a second
 *   export AZURE_BATCH_ENDPOINT=http://127.0.0.1:10100 AZURE_BATCH_ACCOUNT=weir AZURE_BATCH_ACCESS_KEY="$KEY"
 *   node samples/service/scaling.mjs                                            # with @azure/batch 10 installed
 */
import { setTimeout as pause } from "node:timers/promises";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";

const { AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key, AZURE_BATCH_ENDPOINT: endpoint } = process.env;
if (!account || !key || !endpoint) {
  console.error("set AZURE_BATCH_ACCOUNT, AZURE_BATCH_ACCESS_KEY and AZURE_BATCH_ENDPOINT to what `weir serve` prints");
  process.exit(2);
}
const client = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
const NODES = 4;
const TASKS = 12;
const HALF_HOUR_MS = 1_800_000;
/** So many times as fast as ours time should pass at least: then all takes some minutes. */
const SLOW_BELOW = 60;
/** Half hours without work that are reported on, after those with work. */
const QUIET_INTERVALS = 3;

// As many nodes as tasks wait or run, at most those of the fixed pool; what runs may finish.
const formula = `
  known = $PendingTasks.GetSamplePercent(TimeInterval_Minute * 15) >= 30;
  tasks = known ? max($PendingTasks.GetSample(TimeInterval_Minute * 15, 30)) : 0;
  $TargetDedicatedNodes = min(${NODES}, tasks);
  $NodeDeallocationOption = taskcompletion;
`;
const image = { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" };
const size = {
  vmSize: "standard_d2_v3", // 2 cores
  virtualMachineConfiguration: { imageReference: image, nodeAgentSKUId: "batch.node.ubuntu 22.04" },
};
const startedAt = Date.now();
await client.pool.add({ id: "fixed", ...size, targetDedicatedNodes: NODES });
await client.pool.add({
  id: "scaled",
  ...size,
  enableAutoScale: true,
  autoScaleFormula: formula,
  autoScaleEvaluationInterval: "PT5M",
});
await warnOfSlowTime(Date.now() - startedAt);

/** How fast time passes there is seen by when the service says that it made the two pools; roughly, which is enough. */
async function warnOfSlowTime(realMs) {
  const [first, second] = await Promise.all(["fixed", "scaled"].map(async (id) => (await client.pool.get(id)).creationTime));
  if ((second.getTime() - first.getTime()) / Math.max(1, realMs) >= SLOW_BELOW) return;
  console.log(
    "time passes slowly at this service: five hours of its time have to pass. Stop this (Ctrl+C), delete the pools fixed and scaled, and start it with\n" +
      "  npx weir serve --fast --time-scale 3600 --sample-period PT5M",
  );
}

let shown = "";
function showSize(nodes) {
  const line = `the scaled pool has ${nodes} nodes`;
  if (line !== shown) console.log(line);
  shown = line;
}
const { creationTime, currentDedicatedNodes } = await client.pool.get("scaled");
showSize(currentDedicatedNodes);

// 12 tasks of a quarter of a second, which is a quarter of an hour here.
for (const pool of ["fixed", "scaled"]) {
  await client.job.add({ id: pool, poolInfo: { poolId: pool } });
  const tasks = Array.from({ length: TASKS }, (_, i) => ({ id: `task-${i}`, commandLine: "/bin/sleep 0.25" }));
  await client.task.addCollection(pool, tasks);
}

for (;;) {
  const { currentDedicatedNodes: nodes } = await client.pool.get("scaled");
  const counts = await Promise.all(["fixed", "scaled"].map((job) => client.job.getTaskCounts(job)));
  const [fixed, scaled] = counts.map(({ taskCounts }) => taskCounts);
  showSize(nodes);
  if (fixed.completed === TASKS && scaled.completed === TASKS && nodes === 0) break;
  await pause(25);
}
for (const job of ["fixed", "scaled"]) {
  const { taskCounts } = await client.job.getTaskCounts(job);
  console.log(`${job}: ${taskCounts.succeeded} tasks succeeded, ${taskCounts.failed} failed`);
}

// Usage is told two hours after the end of its half hour; until then the service refuses, or tells fewer.
const startTime = new Date(Math.floor(creationTime.getTime() / HALF_HOUR_MS) * HALF_HOUR_MS);
let usage = [];
const told = (pool) => usage.filter(({ poolId }) => poolId === pool);
/** How many half hours it is to the end of the last one in which the pool had nodes; 0 while none is told. */
const lastOf = (pool) => Math.max(0, ...told(pool).map((each) => (each.endTime - startTime) / HALF_HOUR_MS));
while (lastOf("scaled") === 0 || lastOf("fixed") < lastOf("scaled") + QUIET_INTERVALS) {
  await pause(200);
  usage = await client.pool.listUsageMetrics({ poolListUsageMetricsOptions: { startTime } }).catch((error) => {
    if (error.statusCode === 400) return [];
    throw error;
  });
}

const intervals = lastOf("scaled") + QUIET_INTERVALS;
const coreHours = (pool, start) =>
  told(pool)
    .filter((each) => each.startTime.getTime() === start)
    .reduce((sum, each) => sum + each.totalCoreHours, 0);
console.log("\ncore hours   fixed  scaled");
const totals = { fixed: 0, scaled: 0 };
for (let i = 0; i < intervals; i++) {
  const start = startTime.getTime() + i * HALF_HOUR_MS;
  for (const pool of ["fixed", "scaled"]) totals[pool] += coreHours(pool, start);
  const cells = ["fixed", "scaled"].map((pool) => coreHours(pool, start).toFixed(2).padStart(7)).join(" ");
  console.log(`${new Date(start).toISOString().slice(11, 16)}      ${cells}`);
}
console.log(`total      ${totals.fixed.toFixed(2).padStart(7)} ${totals.scaled.toFixed(2).padStart(7)}`);
console.log(`saved: ${Math.round(100 * (1 - totals.scaled / totals.fixed))} %`);

for (const id of ["fixed", "scaled"]) {
  await client.job.deleteMethod(id);
  await client.pool.deleteMethod(id);
}
