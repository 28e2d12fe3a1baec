/** Every node state × every report and command, against one table (rows 1 to 22, P-91, P-120). */
import { describe, expect, it } from "vitest";
import type { NodeState } from "../../runtime/core/node.ts";
import type { Input } from "../../runtime/core/protocol.ts";
import { inputs, nodeIn, roads } from "./nodeIn.ts";

/** What each input does in each state: the state after it, `.` for a stale report, `gone`, or with a capital what it is refused with. */
const table = `
                    allocated started  ready bootFailed startTask0 startTask1      preempted lost    recovered interrupted unusable released removalFailed reboot    reimage   disable             enable
creating            .         starting .     .          .          .               preempted unknown .         .           .        gone     .             Created   Created   creating            Same
starting            .         .        idle  unusable   .          .               preempted unknown .         .           unusable gone     .             Started   Started   starting            Same
waitingforstarttask .         .        .     .          idle       starttaskfailed preempted unknown .         .           unusable gone     .             Started   Started   waitingforstarttask Same
starttaskfailed     .         .        .     .          .          .               preempted unknown .         .           unusable gone     .             rebooting reimaging starttaskfailed     Same
idle                .         .        .     .          .          .               preempted unknown .         rebooting   unusable gone     .             rebooting reimaging offline             Same
running             .         .        .     .          .          .               preempted unknown .         rebooting   unusable gone     .             running   running   running             Same
offline             .         .        .     .          .          .               preempted unknown .         rebooting   unusable gone     .             rebooting reimaging Same                idle
rebooting           .         starting .     .          .          .               preempted unknown .         .           .        gone     .             Rebooted  Rebooted  rebooting           Same
reimaging           .         starting .     .          .          .               preempted unknown .         .           .        gone     .             Reimaged  Reimaged  reimaging           Same
leavingpool         .         .        .     .          .          .               .         .       .         .           .        gone     unusable      Invalid   Invalid   leavingpool         Same
preempted           creating  .        .     .          .          .               .         .       .         .           .        gone     .             Unusable  Unusable  preempted           Same
unusable            .         .        .     .          .          .               preempted unknown .         .           .        gone     .             rebooting reimaging unusable            Same
unknown             .         .        .     .          .          .               preempted .       idle      rebooting   .        gone     .             Unusable  Unusable  unknown             Same`;

const refusals: Readonly<Record<string, string>> = {
  Created: "NodeBeingCreated",
  Started: "NodeBeingStarted",
  Rebooted: "NodeBeingRebooted",
  Reimaged: "NodeBeingReimaged",
  Unusable: "NodeStateUnusable",
  Invalid: "OperationInvalidForCurrentState",
  Same: "NodeAlreadyInTargetSchedulingState",
  ".": "stale",
};
const [columns, ...rows] = table
  .trim()
  .split("\n")
  .map((line) => line.trim().split(/ +/));
const expected = rows.map(([state, ...outcomes]) => ({ state, outcomes: outcomes.map((word) => refusals[word] ?? word) }));

describe("every state × every report and command", () => {
  const cells = expected.flatMap(({ state, outcomes }) => columns.map((name, i) => [state, name, outcomes[i]] as const));
  it.each(cells)("%s, %s: %s", (state, name, outcome) => {
    const cluster = nodeIn(state as NodeState);
    const result = cluster.do(inputs[name]);
    const node = cluster.pool().nodes.get("tvm-1");
    const now =
      result.refusal?.code ?? (result.events.some((event) => event.kind === "StaleReport") ? "stale" : (node?.state ?? "gone"));
    expect(now).toBe(outcome);
    if (outcome === "stale") expect(result.events.length + result.effects.length).toBe(1);
  });

  it("has a row for every state that can be entered and a cell for every input", () => {
    expect(expected.map(({ state }) => state).sort()).toEqual(Object.keys(roads).sort());
    expect(columns).toEqual(Object.keys(inputs));
    expect(new Set(expected.map(({ outcomes }) => outcomes.length))).toEqual(new Set([columns.length]));
  });

  it("a report about an unknown pool or node is recorded as stale and nothing else", () => {
    const cluster = nodeIn("idle");
    for (const ids of [{ poolId: "q" }, { nodeId: "tvm-2" }, { nodeId: "__proto__" }, { nodeId: "x".repeat(8192) }]) {
      const { events, effects } = cluster.do({ ...inputs.lost, ...ids } as Input);
      expect([events.map((event) => event.kind), effects]).toEqual([["StaleReport"], []]);
    }
  });
});
