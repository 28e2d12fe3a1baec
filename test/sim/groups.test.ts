/** Multi-instance tasks on simulated machines: a group that loses a machine ends on the others and starts again as a whole (P-60, T-56). */
import { expect, it } from "vitest";
import { World } from "../../runtime/core/world.ts";
import { HostLoop, Inbox } from "../../runtime/host/loop.ts";
import { SimulatedProvider } from "../../runtime/providers/simulated.ts";
import { TASK } from "../core/jobs.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 0, 5);

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
  const loop = new HostLoop({ world, provider, commands: new Inbox(), watcher: { before: () => {}, after } });
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
