/** What simulated machines tell of tasks: a group that loses a machine ends on the others and starts again as a whole (P-60, T-56); time limits. */
import { expect, it } from "vitest";
import { World } from "../../runtime/core/world.ts";
import { HostLoop } from "../../runtime/host/loop.ts";
import type { InputSource } from "../../runtime/providers/provider.ts";
import { SimulatedProvider } from "../../runtime/providers/simulated.ts";
import { TASK } from "../core/jobs.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);
/** Commands are submitted by hand. */
const NONE: InputSource = { nextDueAt: () => Number.POSITIVE_INFINITY, take: () => undefined };

it.each([1, 2, 3, 4])("no slot is held by a group whose machine was taken away, seed %i", (seed) => {
  const world = new World();
  const provider = new SimulatedProvider({
    seed,
    durationMs: () => 20 * MINUTE,
    boot: { kind: "constant", meanMs: MINUTE },
    preemptionsPerNodeHour: 2,
  });
  const returned: string[] = [];
  const after = ({ events }: { events: readonly { kind: string }[] }) =>
    void returned.push(...events.filter(({ kind }) => kind === "TaskReturned").map(({ kind }) => kind));
  const loop = new HostLoop({ world, provider, commands: NONE, watcher: { before: () => {}, after } });
  const pool = { id: "p", vmSize: "s", coresPerNode: 1, enableInterNodeCommunication: true, targetLowPriorityNodes: 3 };
  loop.submit({ kind: "AddPool", spec: pool }, START);
  loop.submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } }, START);
  for (let i = 0; i < 6; i++) {
    const spec = { ...TASK, multiInstance: { numberOfInstances: 3 } };
    loop.submit({ kind: "AddTask", jobId: "j", id: `t${i}`, spec }, START);
  }
  loop.turn(START + 7 * 24 * 60 * MINUTE, 1_000_000);
  expect(returned.length).toBeGreaterThan(0);
  expect([...world.job("j")!.tasks.values()].map(({ state, result }) => `${state} ${result}`)).toEqual(
    Array(6).fill("completed success"),
  );
  expect(world.attempts.size).toBe(0);
});

it("a simulated task that reaches its time limit fails as the service says (T-30)", () => {
  const world = new World();
  const provider = new SimulatedProvider({ seed: 1, durationMs: () => 20 * MINUTE, boot: { kind: "constant", meanMs: 0 } });
  const loop = new HostLoop({ world, provider, commands: NONE });
  loop.submit({ kind: "AddPool", spec: { id: "p", vmSize: "s", coresPerNode: 1, targetDedicatedNodes: 1 } }, START);
  loop.submit({ kind: "AddJob", spec: { id: "j", poolId: "p" } }, START);
  loop.submit({ kind: "AddTask", jobId: "j", id: "t", spec: { ...TASK, maxWallClockMs: MINUTE } }, START);
  loop.turn(START + 60 * MINUTE, 10_000);
  const { result, exitCode, failure } = world.job("j")!.tasks.get("t")!;
  expect([result, exitCode, failure?.category, failure?.code]).toEqual(["failure", -1073741510, "ServerError", "TaskEnded"]);
});
