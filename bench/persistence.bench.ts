/**
 * What it costs that nothing is lost: tasks are added in collections to a service, placed, and ended by a provider that answers at once; every state
 * change is a row and an event in a transaction that has reached the disk before anyone hears of it. Beside it the same rows written by hand into the
 * same kind of file, and the same service without a file. Run it with `npx tsx bench/persistence.bench.ts`; `--quick` takes fewer tasks.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { restoreWorld } from "../runtime/core/restore/restore.ts";
import { World } from "../runtime/core/world.ts";
import { RealClock } from "../runtime/host/realClock.ts";
import { Service } from "../runtime/host/service.ts";
import { MemoryPersistence } from "../runtime/persistence/memory.ts";
import type { Persistence } from "../runtime/persistence/persistence.ts";
import { SqlitePersistence } from "../runtime/persistence/sqlite.ts";
import { InstantProvider } from "./instantProvider.ts";
import { handWrittenRows } from "./persistenceLimits.ts";
import { median, report, type Row } from "./report.ts";

const COLLECTION = 100;
const NODES = 100;
const SLOTS = 4;
/** A task is added, placed and ended. */
const CHANGES_PER_TASK = 3;
/** Collections under way at one time. */
const AT_ONCE = 32;

const quick = process.argv.includes("--quick");

/** What a client sends for a task, about. */
const taskSpec = (number: number) => ({
  commandLine: `/bin/sh -c "render --frame ${number} --out $AZ_BATCH_TASK_WORKING_DIR"`,
  requiredSlots: 1,
  maxTaskRetryCount: undefined,
  maxWallClockMs: undefined,
  retentionMs: undefined,
  opaque: { environmentSettings: [{ name: "SCENE", value: "lighthouse" }], displayName: `frame ${number}` },
});

interface Measured {
  readonly changesPerSecond: number;
  readonly commits: number;
  readonly stepMs: number;
  readonly commitMs: number;
}

async function drive(persistence: Persistence, tasks: number, ended: boolean): Promise<Measured> {
  const world = new World({ trackChanges: true, quotas: { dedicatedCores: NODES * SLOTS }, settings: {} });
  const service = new Service({
    world,
    provider: new InstantProvider(),
    persistence,
    clock: new RealClock(),
    onFailure: (error) => {
      throw error;
    },
  });
  service.start();
  const targetDedicatedNodes = ended ? NODES : 0;
  await service.submit({
    kind: "AddPool",
    spec: { id: "p", vmSize: "s", coresPerNode: SLOTS, taskSlotsPerNode: SLOTS, targetDedicatedNodes },
  });
  await service.submit({ kind: "AddJob", spec: { id: "job", poolId: "p" } });
  let commits = 0;
  let stepMs = 0;
  let commitMs = 0;
  service.onCommit((summary) => {
    commits++;
    stepMs += summary.stepMs;
    commitMs += summary.commitMs;
  });
  const began = performance.now();
  let next = 0;
  const client = async () => {
    while (next < tasks) {
      const from = next;
      next += COLLECTION;
      const collection = Array.from({ length: COLLECTION }, (_, i) => ({ id: `task-${from + i}`, spec: taskSpec(from + i) }));
      const { refusal } = await service.submit({ kind: "AddTasks", jobId: "job", tasks: collection });
      if (refusal !== undefined) throw new Error(refusal.message);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  const job = world.job("job")!;
  while (ended && job.counts.completed < tasks) await new Promise((resolve) => setImmediate(resolve));
  const took = performance.now() - began;
  await service.stop();
  persistence.close();
  const changes = tasks * (ended ? CHANGES_PER_TASK : 1);
  return { changesPerSecond: (changes / took) * 1000, commits, stepMs, commitMs };
}

export async function run(print?: (line: string) => void): Promise<readonly Row[]> {
  const table = report("persistence", print);
  const directory = mkdtempSync(join(tmpdir(), "weir-bench-"));
  try {
    const count = quick ? 10_000 : 30_000;
    let files = 0;
    const fresh = () => new SqlitePersistence(join(mkdtempSync(join(directory, "d")), `weir${files++}.db`));
    await drive(fresh(), 2_000, true);
    const durable: Measured[] = [];
    const inMemory: Measured[] = [];
    const byHand: number[] = [];
    for (let round = 0; round < 3; round++) {
      byHand.push(handWrittenRows(join(directory, `limit${round}.db`), count));
      durable.push(await drive(fresh(), count, true));
      inMemory.push(await drive(new MemoryPersistence(), count, true));
    }
    const rate = (all: readonly Measured[]) => median(all.map(({ changesPerSecond }) => changesPerSecond));
    const best = durable.reduce((a, b) => (b.changesPerSecond > a.changesPerSecond ? b : a));
    table.note(
      `${count} tasks: ${best.commits} commits, ${best.stepMs.toFixed(0)} ms of steps, ${best.commitMs.toFixed(0)} ms of commits`,
    );
    const goal = { floor: 1, moonshot: 26_000 / 6_600, unit: "/s", better: "more" } as const;
    table.row("durable state changes/s against 6,600", rate(durable), 6_600, goal);
    table.row("the same against one row a change written by hand", rate(durable), median(byHand), {
      floor: 0.2,
      moonshot: 0.5,
      unit: "/s",
      better: "more",
    });
    table.row("the same against a service without a file", rate(durable), rate(inMemory), {
      floor: 0.2,
      unit: "/s",
      better: "more",
    });

    const waiting = quick ? 20_000 : 100_000;
    const path = join(mkdtempSync(join(directory, "d")), "weir.db");
    await drive(new SqlitePersistence(path), waiting, false);
    const begun = performance.now();
    const used = process.cpuUsage();
    const again = new SqlitePersistence(path);
    const stored = again.load();
    const world = restoreWorld(stored.world!, { trackChanges: true });
    const { user, system } = process.cpuUsage(used);
    const seconds = (performance.now() - begun) / 1000;
    if (world.job("job")?.tasks.size !== waiting) throw new Error("tasks were lost");
    again.close();
    table.note(`${waiting} tasks are ${(statSync(path).size / 2 ** 20).toFixed(0)} MB, events included`);
    // Processor time, as other work on the machine disturbs it less.
    const start = { floor: 1, moonshot: 0.5, unit: "s" };
    table.row(`start with ${waiting} tasks on disk, against 2 s`, (user + system) / 1e6, (2 * waiting) / 100_000, start);
    table.note(`by the clock on the wall: ${seconds.toFixed(2)} s`);
    return table.finish();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await run();
