/** The service's turns: what shares a transaction, what waits for it, and what happens when a turn cannot be finished. */
import { afterEach, expect, it } from "vitest";
import type { Command } from "../../runtime/core/protocol.ts";
import { World } from "../../runtime/core/world.ts";
import { RealClock } from "../../runtime/host/realClock.ts";
import { Failed, Overloaded, Stopped } from "../../runtime/host/service.ts";
import { MINUTE, START } from "../core/cluster.ts";
import { Scripted, turns } from "./scripted.ts";

const started: Scripted[] = [];
function scripted(options: ConstructorParameters<typeof Scripted>[0] = {}): Scripted {
  const one = new Scripted(options);
  started.push(one);
  one.service.start();
  one.noted.length = 0;
  return one;
}
afterEach(async () => {
  for (const { service } of started.splice(0)) await service.stop();
});

const addPool: Command = {
  kind: "AddPool",
  spec: { id: "p", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 2 },
};
const addJob = (id: string): Command => ({ kind: "AddJob", spec: { id, poolId: "p" } });

it("one turn takes all that waits, writes once, then has effects performed, reports acknowledged and callers answered", async () => {
  const { service, provider, persistence, noted } = scripted();
  const answered: string[] = [];
  const submitted = [addPool, addJob("a"), addJob("b"), addJob("a")].map(async (command) => {
    const { refusal } = await service.submit(command);
    noted.push(`answer ${refusal?.code ?? "done"}`);
    answered.push(command.kind);
  });
  await Promise.all(submitted);
  expect(noted).toEqual(["commit", "perform AllocateNodes", "answer done", "answer done", "answer done", "answer JobExists"]);
  expect(persistence.batches).toHaveLength(1);
  noted.length = 0;
  const at = { poolId: "p", nodeId: "tvm-1" };
  provider.tell({ kind: "NodeAllocated", ...at }, { kind: "NodeStarted", ...at }, { kind: "NodeReady", ...at });
  const spec = { commandLine: "c", requiredSlots: 1, maxTaskRetryCount: 0, maxWallClockMs: undefined, retentionMs: undefined };
  await service.submit({ kind: "AddTask", jobId: "a", id: "t", spec });
  expect(noted).toEqual(["take NodeAllocated", "take NodeStarted", "take NodeReady", "commit", "perform RunTask", "committed"]);
  expect(service.world.job("a")?.tasks.get("t")?.state).toBe("running");
});

it("what is written is the whole state: rows and events of every step of the turn", async () => {
  const { service, persistence } = scripted();
  await Promise.all([service.submit(addPool), service.submit(addJob("a"))]);
  const [{ changes, events }] = persistence.batches;
  expect(changes?.rows.map(({ table, key }) => `${table} ${key}`)).toEqual(["pool p", "job a"]);
  expect(events).toMatchObject({ first: 1, at: START });
  expect(service.events(1).map(({ kind }) => kind)).toEqual([
    "PoolAdded",
    "PoolTargetsChanged",
    "ResizeStarted",
    "NodesRequested",
    "JobAdded",
    "JobBound",
  ]);
  expect(service.events(5, 1)).toEqual([{ number: 5, at: START, kind: "JobAdded", job: "a" }]);
  expect(service.events(undefined, 2).map(({ number }) => number)).toEqual([5, 6]);
  expect(service.eventNumber).toBe(6);
});

it("a function is asked for its command in its turn, behind all that came before; what it throws is its caller's alone", async () => {
  const { service, persistence } = scripted();
  const asked: number[] = [];
  const first = service.submit(addJob("a"));
  const second = service.submit(() => {
    asked.push(service.world.jobs.size);
    return addJob("b");
  });
  const third = service.submit(() => {
    throw new Error("a condition did not hold");
  });
  const fourth = service.submit(addJob("c"));
  expect(asked).toEqual([]);
  await Promise.all([first, second, fourth, expect(third).rejects.toThrow("a condition did not hold")]);
  expect(asked).toEqual([1]);
  expect([...service.world.jobs.keys()]).toEqual(["a", "b", "c"]);
  expect(persistence.batches).toHaveLength(1);
});

it("a world whose changes nobody could write is refused", () => {
  for (const options of [{}, { trackChanges: true, events: "off" } as const])
    expect(() => new Scripted({ world: new World(options) })).toThrow("world: needs trackChanges and events keep");
});

it("a full queue refuses more with Overloaded, and takes commands again when it has room", async () => {
  const { service } = scripted({ queueMax: 3 });
  const jobs = Array.from({ length: 5 }, (_, i) =>
    service.submit(addJob(`j${i}`)).then(
      () => "done",
      (error: unknown) => error,
    ),
  );
  expect(service.waiting).toBe(3);
  const outcomes = await Promise.all(jobs);
  expect(outcomes.slice(0, 3)).toEqual(["done", "done", "done"]);
  for (const outcome of outcomes.slice(3)) expect(outcome).toBeInstanceOf(Overloaded);
  expect(outcomes[3]).toMatchObject({ retryAfterSeconds: 1, message: "3 commands wait already; try again later" });
  expect([...service.world.jobs.keys()]).toEqual(["j0", "j1", "j2"]);
  expect((await service.submit(addJob("j3"))).refusal).toBeUndefined();
});

it("a turn takes a bounded number of inputs; the rest has its turn after other work of the process", async () => {
  const { service, persistence } = scripted({ turnInputsMax: 10 });
  await Promise.all(Array.from({ length: 35 }, (_, i) => service.submit(addJob(`j${i}`))));
  expect(persistence.batches).toHaveLength(4);
  expect(service.world.jobs.size).toBe(35);
});

it("a step that throws stops the service: nothing of the turn is written or performed, its callers and all later ones hear of it", async () => {
  const { service, provider, persistence, noted, failures, logged } = scripted();
  await service.submit(addPool);
  noted.length = 0;
  const broken = {
    kind: "AddTask",
    jobId: "a",
    id: "t",
    get spec() {
      throw new Error("planted");
    },
  } as unknown as Command;
  const outcomes = [addJob("a"), broken, addJob("b")].map((command) =>
    service.submit(command).then(
      () => "done",
      (error: unknown) => error,
    ),
  );
  const record = service.records.put("k", "x", 1).then(
    () => "done",
    (error: unknown) => error,
  );
  for (const outcome of [...(await Promise.all(outcomes)), await record]) {
    expect(outcome).toBeInstanceOf(Failed);
    expect((outcome as Error).message).toBe("the service has failed and must be started anew: planted");
  }
  expect(noted).toEqual([]);
  expect(persistence.batches).toHaveLength(1);
  expect(service.running).toBe(false);
  expect(service.failedBy?.message).toBe("planted");
  expect(failures.map(({ message }) => message)).toEqual(["planted"]);
  expect(logged.at(-1)).toContain('error serviceFailed {"during":"step of AddTask"');
  await expect(service.submit(addJob("c"))).rejects.toBeInstanceOf(Failed);
  provider.tell({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
  await turns();
  await service.stop();
  expect(noted).toEqual([]);
});

it("a commit that fails stops the service: no effect, no acknowledgement, and its callers hear of it", async () => {
  const { service, provider, persistence, noted, logged } = scripted();
  persistence.trouble = new Error("disk full");
  provider.tell({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
  const record = service.records.put("k", "x", 1);
  await Promise.all([
    expect(service.submit(addPool)).rejects.toThrow("the service has failed and must be started anew: disk full"),
    expect(record).rejects.toBeInstanceOf(Failed),
  ]);
  expect(noted).toEqual(["take NodeAllocated", "commit"]);
  expect(logged.at(-1)).toContain('error serviceFailed {"during":"commit"');
  expect(service.running).toBe(false);
});

it("timers fire when they are due, after reports and commands of the same turn", async () => {
  const { service, clock, noted } = scripted();
  await service.submit({ kind: "AddJob", spec: { id: "j", poolId: "p", maxWallClockMs: 5 * MINUTE } });
  noted.length = 0;
  clock.advanceTo(START + 5 * MINUTE);
  await service.submit(addJob("k"));
  expect(service.world.job("j")?.state).toBe("completed");
  expect(
    service
      .events(1)
      .slice(-3)
      .map(({ kind }) => kind),
  ).toEqual(["JobAdded", "JobStateChanged", "JobStateChanged"]);
  expect(noted).toEqual(["commit"]);
});

it("a service sleeps until something is due, by itself", async () => {
  const clock = new RealClock({ scale: 3_600_000 });
  const { service } = scripted({ clock });
  await service.submit({ kind: "AddJob", spec: { id: "j", poolId: "p", maxWallClockMs: 5 * MINUTE } });
  await new Promise<void>((resolve) => {
    const stop = service.onCommit(() => {
      if (service.world.job("j")?.state !== "completed") return;
      stop();
      resolve();
    });
  });
  expect(service.world.job("j")?.terminateReason).toBe("MaxWallClockTimeExpiry");
});

it("stop does what waits, and takes nothing more; before start nothing is taken either", async () => {
  const fresh = new Scripted();
  await expect(fresh.service.submit(addPool)).rejects.toBeInstanceOf(Stopped);
  const { service, persistence } = scripted();
  const jobs = Array.from({ length: 7 }, (_, i) => service.submit(addJob(`j${i}`)));
  const record = service.records.put("k", "x", { a: 1 });
  await service.stop();
  await Promise.all([...jobs, record]);
  expect(persistence.load().records).toEqual([{ kind: "k", key: "x", json: '{"a":1}' }]);
  expect(service.world.jobs.size).toBe(7);
  await expect(service.submit(addJob("late"))).rejects.toBeInstanceOf(Stopped);
  await expect(service.records.put("k", "y", 1)).rejects.toBeInstanceOf(Stopped);
});

it("a listener hears of every turn that did something, until it does not want to", async () => {
  const { service, provider } = scripted();
  const heard: unknown[] = [];
  const stop = service.onCommit((summary) => heard.push(summary));
  service.onCommit(() => {
    throw new Error("a listener's own trouble");
  });
  await service.submit(addPool);
  await turns();
  expect(heard).toMatchObject([{ at: START, reports: 0, commands: 1, steps: 1, events: 4, effects: 1, waiting: 0 }]);
  stop();
  provider.tell({ kind: "NodeAllocated", poolId: "p", nodeId: "tvm-1" });
  await turns();
  expect(heard).toHaveLength(1);
  expect(service.running).toBe(true);
});

it("an effect that the provider chokes on is told in the log and does not hold up the others", async () => {
  const { service, provider, logged } = scripted();
  const perform = provider.perform.bind(provider);
  provider.perform = (effect) => {
    if (effect.kind === "AllocateNodes" && effect.pool.id === "p") throw new Error("planted");
    perform(effect);
  };
  await Promise.all([service.submit(addPool), service.submit({ ...addPool, spec: { ...addPool.spec, id: "q" } } as Command)]);
  expect(provider.effects.map(({ kind }) => kind)).toEqual(["AllocateNodes"]);
  expect(logged[0]).toContain('error effectFailed {"effect":"AllocateNodes"');
});
