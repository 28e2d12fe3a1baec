/** A service that is killed between any two of its doings and started again on its store: nothing acknowledged is lost, nothing runs twice. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { brokenInvariants } from "../../runtime/core/invariants.ts";
import { outstandingEffects } from "../../runtime/core/restore/outstanding.ts";
import { restoreWorld } from "../../runtime/core/restore/restore.ts";
import { World } from "../../runtime/core/world.ts";
import { Service } from "../../runtime/host/service.ts";
import { MemoryPersistence } from "../../runtime/persistence/memory.ts";
import type { Batch, Persistence } from "../../runtime/persistence/persistence.ts";
import { SqlitePersistence } from "../../runtime/persistence/sqlite.ts";
import { randomStream } from "../../src/base/random.ts";
import { START } from "../core/cluster.ts";
import { turns, WORLD } from "./scripted.ts";
import { MachineLink, Machines } from "./survivingMachines.ts";

type Moment = "before the commit" | "after the commit" | "after the effects";

/** The process that runs a service, until it dies. */
class Process {
  readonly service: Service;
  readonly link: MachineLink;
  private dying: Moment | undefined;

  constructor(persistence: Persistence, machines: Machines) {
    this.link = new MachineLink(machines);
    const stored = persistence.load();
    const world = stored.world === undefined ? new World(WORLD) : restoreWorld(stored.world, WORLD);
    expect(brokenInvariants(world)).toEqual([]);
    const store: Persistence = {
      load: () => stored,
      commit: (batch) => this.commit(persistence, batch),
      readEvents: (from, max) => persistence.readEvents(from, max),
      close: () => {},
    };
    let now = Math.max(START, world.now);
    this.service = new Service({ world, provider: this.link, persistence: store, stored, clock: { now: () => ++now } });
    this.service.start();
  }

  /** Dies at this moment of the next turn that writes. */
  dieAt(moment: Moment): void {
    this.dying = moment;
  }

  private commit(persistence: Persistence, batch: Batch): void {
    if (this.dying === "before the commit") {
      this.link.dead = true;
      throw new Error("killed");
    }
    persistence.commit(batch);
    if (this.dying === "after the commit") this.link.dead = true;
    if (this.dying === "after the effects") {
      const committed = this.link.committed.bind(this.link);
      this.link.committed = () => {
        this.link.dead = true;
        committed();
      };
    }
  }
}

const spec = { commandLine: "c", requiredSlots: 1, maxTaskRetryCount: 1, maxWallClockMs: undefined, retentionMs: undefined };

async function story(persistence: Persistence, seed: number, tasks: number, reopen: () => Persistence): Promise<number> {
  const random = randomStream(seed);
  const machines = new Machines();
  let store = persistence;
  let process = new Process(store, machines);
  const moments: readonly Moment[] = ["before the commit", "after the commit", "after the effects"];
  const acknowledged = new Set<string>();
  let deaths = 0;
  let next = 0;
  const submit = (command: Parameters<Service["submit"]>[0]) => process.service.submit(command).catch(() => undefined);
  while (
    (await submit({
      kind: "AddPool",
      spec: { id: "p", vmSize: "s", coresPerNode: 2, taskSlotsPerNode: 2, targetDedicatedNodes: 3 },
    })) === undefined
  );
  await submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } });
  for (let round = 0; round < 10_000 && (acknowledged.size < tasks || !allDone(process.service)); round++) {
    if (random() < 0.3) process.dieAt(moments[Math.floor(random() * 3)]);
    const adds: Promise<void>[] = [];
    for (let i = 0; i < 2 && next < tasks; i++) {
      const id = `t${next++}`;
      const add = submit({ kind: "AddTask", jobId: "j", id, spec });
      // A dead process answers nobody; whoever asked asks the next one, and may hear that the task is there already.
      adds.push(
        add.then(
          (result) =>
            void (result !== undefined && !process.link.dead
              ? acknowledged.add(id)
              : (next = Math.min(next, Number(id.slice(1))))),
        ),
      );
    }
    for (const [attempt] of [...machines.running])
      if (random() < 0.5 && !process.link.dead) process.link.end(attempt, random() < 0.2 ? 1 : 0);
    await turns();
    await Promise.all(adds);
    if (!process.link.dead) continue;
    deaths++;
    if (process.service.running) await process.service.stop();
    store = reopen();
    process = new Process(store, machines);
    await turns();
  }
  const job = process.service.world.job("j")!;
  expect(acknowledged.size).toBe(tasks);
  expect([...job.tasks.values()].map(({ id }) => id).sort()).toEqual([...acknowledged].sort());
  expect(machines.wrongs).toEqual([]);
  expect(machines.running.size).toBe(0);
  for (const task of job.tasks.values()) {
    expect(task.attemptCount, task.id).toBe(machines.starts.get(task.id));
    expect(task.attemptCount, task.id).toBe(1 + task.retryCount);
  }
  expect(brokenInvariants(process.service.world)).toEqual([]);
  const numbers = process.service.events(1, 1_000_000).map(({ number }) => number);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  await process.service.stop();
  store.close();
  return deaths;
}

function allDone(service: Service): boolean {
  const job = service.world.job("j");
  return job !== undefined && job.counts.completed === job.tasks.size;
}

it("random deaths before and after commits and effects: every acknowledged task ends, each attempt is started once, no event number is lost", async () => {
  let deaths = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const store = new MemoryPersistence();
    deaths += await story(store, seed, 40, () => store);
  }
  expect(deaths).toBeGreaterThan(100);
});

it("the same on a file that is opened anew after every death", async () => {
  const directory = mkdtempSync(join(tmpdir(), "weir-restart-"));
  const path = join(directory, "weir.db");
  try {
    let store = new SqlitePersistence(path);
    const deaths = await story(store, 3, 40, () => {
      store.close();
      store = new SqlitePersistence(path);
      return store;
    });
    expect(deaths).toBeGreaterThan(3);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

it("a new world waits for nothing", () => {
  expect(outstandingEffects(new World())).toEqual([]);
});
