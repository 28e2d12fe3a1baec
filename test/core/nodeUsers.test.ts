/** Rules of what is no entity of the world: who may be a user of which node, and when a certificate can go. */
import { expect, it } from "vitest";
import { afterDeletion } from "../../runtime/core/certificate.ts";
import { type ComputeNode, nodeMachine } from "../../runtime/core/node.ts";
import { isUserOf, takesUsers } from "../../runtime/core/nodeUser.ts";

it("users are changed on nodes that are idle, running or offline, and on no others (P-180)", () => {
  const states = nodeMachine.states.map(({ name }) => name);
  expect(states.filter(takesUsers)).toEqual(["idle", "running", "offline"]);
});

it("a user is one of the machine it was made on: not of another allocation, and not after the disk was wiped (P-182)", () => {
  const node = (allocationAt: number, wipedAt?: number) => ({ allocationAt, wipedAt }) as ComputeNode;
  const user = { allocationAt: 10, addedAt: 20 };
  expect([isUserOf(node(10), user), isUserOf(node(10, 15), user)]).toEqual([true, true]);
  expect([isUserOf(node(11), user), isUserOf(node(10, 20), user), isUserOf(node(10, 30), user)]).toEqual([false, false, false]);
});

it("a certificate goes when neither a pool nor a node stands against it (P-161)", () => {
  expect(afterDeletion({ pools: [], nodes: [] })).toBe("(none)");
  expect(afterDeletion({ pools: ["p"], nodes: [] })).toBe("deletefailed");
  expect(afterDeletion({ pools: [], nodes: ["p/n"] })).toBe("deletefailed");
});
