/**
 * `weir serve` as a process, over HTTP, durable, from a client that signs: tasks really executed against posix_spawn from C, how long a task waits
 * between the answer to its POST and its first instant, and adding, listing, reading and starting with 100,000 tasks against a server by hand.
 * Run it with `npx tsx bench/service.bench.ts`; `--quick` takes a fifth of the tasks, `--cpu-prof` writes profiles of the server into this directory.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildOnce } from "../test/cli/weir.ts";
import { Serving } from "../test/conformance/serving.ts";
import { type NewTask, SignedClient } from "../test/conformance/signed.ts";
import { eventually } from "../test/support/waiting.ts";
import { median, report } from "./report.ts";
import { compilePrograms, feederRate, nodeSpawnRate, type Programs, posixSpawnRate } from "./serviceStarts.ts";

const quick = process.argv.includes("--quick");
const MANY = quick ? 20_000 : 100_000;
const STARTS = quick ? 1000 : 3000;
const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
const profile = process.argv.includes("--cpu-prof") ? { node: ["--cpu-prof"] } : {};
/** On disk, as a user's would be. */
const serving = new Serving(["--fast"], { ...profile, folder: tmpdir() });
/** In memory where there is such a folder: without what the disk does to small files. */
const light = new Serving(["--fast"], profile);
const table = report("service");

/** The share-th smallest of the numbers given, `share` from 0 to 1. */
function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Milliseconds since 1970 with a fraction: Date.now() at the edge of a millisecond and the time passed since. */
function preciseClock(): () => number {
  const start = Date.now();
  while (Date.now() === start);
  const offset = Date.now() - performance.now();
  return () => performance.now() + offset;
}

async function addPool(client: SignedClient, id: string, nodes: number, slots: number): Promise<void> {
  await client.expect(201, "POST", "/pools", {
    id,
    vmSize: "standard_d4_v3",
    virtualMachineConfiguration: {
      imageReference: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
      nodeAgentSKUId: "batch.node.ubuntu 22.04",
    },
    targetDedicatedNodes: nodes,
    taskSlotsPerNode: slots,
  });
  await eventually("nodes are idle", async () => {
    const all = await client.list<{ state: string }>(`/pools/${id}/nodes`);
    return all.length === nodes && all.every(({ state }) => state === "idle") ? true : undefined;
  });
}

/** `send` for every chunk, `atOnce` of them under way; milliseconds for all. */
async function timed(chunks: number, atOnce: number, send: (chunk: number) => Promise<unknown>): Promise<number> {
  const before = performance.now();
  let next = 0;
  const worker = async () => {
    while (next < chunks) await send(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return performance.now() - before;
}

function collection(prefix: string, chunk: number, commandLine: string): NewTask[] {
  return Array.from({ length: 100 }, (_, i) => ({ id: `${prefix}${String(chunk * 100 + i).padStart(6, "0")}`, commandLine }));
}

/** No-op tasks a second, from enabling their job to the last one's end. */
async function executedRate(client: SignedClient, round: number): Promise<number> {
  const job = `run${round}`;
  await client.expect(201, "POST", "/jobs", { id: job, poolInfo: { poolId: "run" } });
  await client.expect(202, "POST", `/jobs/${job}/disable`, { disableTasks: "requeue" });
  const state = async () => (await client.expect(200, "GET", `/jobs/${job}`)).json<{ state: string }>().state;
  await eventually("disabled", async () => ((await state()) === "disabled" ? true : undefined));
  await timed(STARTS / 100, 4, (chunk) => client.addTasks(job, collection("t", chunk, "/bin/true")));
  const before = performance.now();
  await client.expect(202, "POST", `/jobs/${job}/enable`);
  await eventually(
    "all ran",
    async () => {
      const answer = await client.expect(200, "GET", `/jobs/${job}/taskcounts`);
      return answer.json<{ taskCounts: { succeeded: number } }>().taskCounts.succeeded === STARTS ? true : undefined;
    },
    { withinMs: 60_000, everyMs: 25 },
  );
  const rate = (STARTS / (performance.now() - before)) * 1000;
  await client.expect(202, "DELETE", `/jobs/${job}`);
  return rate;
}

/** From the answer to a task's POST to the first instant of its process, and from the POST itself, milliseconds each. */
async function startLatencies(client: SignedClient, program: string): Promise<{ answered: number[]; sent: number[] }> {
  const now = preciseClock();
  const count = quick ? 60 : 150;
  await client.expect(201, "POST", "/jobs", { id: "latency", poolInfo: { poolId: "run" } });
  const sentAt: number[] = [];
  const answeredAt: number[] = [];
  for (let i = 0; i < count; i++) {
    sentAt.push(now());
    await client.expect(201, "POST", "/jobs/latency/tasks", { id: `t${i}`, commandLine: program });
    answeredAt.push(now());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const instants: number[] = [];
  for (let i = 0; i < count; i++) {
    const text = await eventually("its output", async () => {
      const answer = await client.send("GET", `/jobs/latency/tasks/t${i}/files/stdout.txt`);
      return answer.status === 200 && answer.bytes.length > 0 ? answer.bytes.toString("utf8") : undefined;
    });
    instants.push(Number(text) / 1e6);
  }
  return { answered: instants.map((at, i) => at - answeredAt[i]), sent: instants.map((at, i) => at - sentAt[i]) };
}

interface ByHand {
  add(tasks: readonly NewTask[]): Promise<unknown>;
  get(path: string): Promise<unknown>;
  close(): void;
}

/** Starts the server by hand; it is asked by the same client code, whose signatures it does not read. */
async function byHand(): Promise<ByHand> {
  const child = spawn(process.execPath, ["--import", "tsx", join(import.meta.dirname, "serviceByHand.ts"), folder], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
    child.once("exit", () => reject(new Error("the server by hand did not start")));
  });
  const client = new SignedClient({ ...serving.running(), endpoint });
  return {
    add: (tasks) => client.expect(200, "POST", "/tasks", { value: tasks }),
    get: (path) => client.expect(200, "GET", path),
    close: () => {
      client.close();
      child.stdin.end();
    },
  };
}

async function latencies(count: number, request: (i: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const before = performance.now();
    await request(i);
    took.push(performance.now() - before);
  }
  return took;
}

/** Tasks executed a second by the service, and processes by posix_spawn with the like directories and files in the same place, in turn. */
async function compareStarts(place: string, service: Serving, programs: Programs): Promise<void> {
  const client = new SignedClient(service.running());
  await addPool(client, "run", 2, 16);
  const ours: number[] = [];
  const limit: number[] = [];
  const plain: number[] = [];
  for (let round = 0; round < (quick ? 2 : 4); round++) {
    const rate = await executedRate(client, round);
    // The first round warms up.
    if (round === 0) continue;
    ours.push(rate);
    limit.push(posixSpawnRate(programs, STARTS, join(service.data, "..")));
    plain.push(posixSpawnRate(programs, STARTS));
  }
  const goal = { floor: 0.5, moonshot: 0.85, unit: "/s", better: "more" } as const;
  table.row(`no-op tasks executed, ${place}, posix_spawn`, median(ours), median(limit), goal);
  table.note(`posix_spawn without a directory and files for each: ${median(plain).toFixed(0)}/s`);
  client.close();
}

async function executing(): Promise<void> {
  const programs = compilePrograms(folder);
  if (programs === undefined) {
    table.note("no gcc: nothing to measure real starts against");
    return;
  }
  await light.start();
  await compareStarts("in memory", light, programs);
  await light.clear();
  await compareStarts("on disk", serving, programs);
  const node = await nodeSpawnRate(STARTS / 2);
  const parallel = feederRate("parallel", ["-j2", "/bin/true"], 200);
  const xargs = feederRate("xargs", ["-P2", "-n1", "/bin/true"], STARTS);
  const figure = (rate: number | undefined) => (rate === undefined ? "not installed" : `${rate.toFixed(0)}/s`);
  table.note(`beside them: node spawn ${figure(node)}, xargs -P2 ${figure(xargs)}, GNU parallel -j2 ${figure(parallel)}`);
  const client = new SignedClient(serving.running());
  const { answered, sent } = await startLatencies(client, programs.instant);
  client.close();
  const p50 = quantile(answered, 0.5);
  table.row("POST answered to first instant, p50, against 3 ms", p50, 3, { floor: 10 / 3, moonshot: 1, unit: "ms" });
  const [p50Sent, p99Sent] = [quantile(sent, 0.5), quantile(sent, 0.99)].map((ms) => ms.toFixed(2));
  table.note(`p99 ${quantile(answered, 0.99).toFixed(2)} ms; from the POST sent: p50 ${p50Sent} ms, p99 ${p99Sent} ms`);
}

async function many(client: SignedClient): Promise<void> {
  await client.expect(201, "POST", "/jobs", { id: "many", poolInfo: { poolId: "nowhere" } });
  const hand = await byHand();
  const command = "/bin/sh -c 'echo $AZ_BATCH_TASK_ID; exit 0'";
  // In turn, a tenth each, so that a disturbance falls on both.
  let ours = 0;
  let theirs = 0;
  const part = MANY / 100 / 10;
  for (let i = 0; i < 10; i++) {
    theirs += await timed(part, 8, (chunk) => hand.add(collection("t", i * part + chunk, command)));
    ours += await timed(part, 8, (chunk) => client.addTasks("many", collection("t", i * part + chunk, command)));
  }
  const rate = (ms: number) => (MANY / ms) * 1000;
  const adding = { floor: 0.2, moonshot: 0.5, unit: "/s", better: "more" } as const;
  table.row(`tasks added by hundreds, by hand`, rate(ours), rate(theirs), adding);

  const pages = quick ? 60 : 300;
  const links = [`/jobs/many/tasks?maxresults=1000`];
  const listing = await latencies(pages, async (i) => {
    const answer = await client.expect(200, "GET", links[i % links.length]);
    const link = answer.json<{ "odata.nextLink"?: string }>()["odata.nextLink"];
    if (link !== undefined && links.length <= i + 1)
      links.push(link.slice(serving.running().endpoint.length).replace(/api-version=[^&]*&?/, ""));
  });
  const handListing = await latencies(pages, (i) => hand.get(`/tasks?from=${(i % (MANY / 1000)) * 1000}`));
  const aims = { floor: 5, moonshot: 2, unit: "ms" };
  table.row(`p99 of a page of 1,000 of ${MANY}, by hand`, quantile(listing, 0.99), quantile(handListing, 0.99), aims);
  table.note(
    `p50 ${quantile(listing, 0.5).toFixed(2)} ms, by hand ${quantile(handListing, 0.5).toFixed(2)} ms; ${links.length} pages followed`,
  );
  const some = (i: number) => `t${String((i * 7919) % MANY).padStart(6, "0")}`;
  const gets = quick ? 500 : 3000;
  const getting = await latencies(gets, (i) => client.expect(200, "GET", `/jobs/many/tasks/${some(i)}`));
  const handGetting = await latencies(gets, (i) => hand.get(`/tasks/${some(i)}`));
  table.row(`p99 of a task of ${MANY}, by hand`, quantile(getting, 0.99), quantile(handGetting, 0.99), aims);
  table.note(`p50 ${quantile(getting, 0.5).toFixed(2)} ms, by hand ${quantile(handGetting, 0.5).toFixed(2)} ms`);
  hand.close();
}

/** What a start takes longer with all those tasks than with none. */
async function starting(): Promise<void> {
  const empty = serving.startedInMs;
  const limitMs = (2000 * MANY) / 100_000;
  const goal = { floor: 1, moonshot: 0.5, unit: "ms" };
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    await serving.end(signal);
    await serving.start();
    table.row(`start with ${MANY} tasks after ${signal}, over empty`, serving.startedInMs - empty, limitMs, goal);
    table.note(`in all ${serving.startedInMs.toFixed(0)} ms, with nothing in it ${empty.toFixed(0)} ms`);
  }
}

try {
  buildOnce();
  await serving.start();
  await executing();
  const client = new SignedClient(serving.running());
  await many(client);
  client.close();
  await starting();
  table.finish();
} finally {
  await light.clear();
  await serving.clear();
  rmSync(folder, { recursive: true, force: true });
}
