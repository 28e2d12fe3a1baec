/** Numbers of users on nodes: who gets which, what is remembered, what is free again. No process is started. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { RunUser } from "../../runtime/agent/protocol.ts";
import { TaskUsers } from "../../runtime/agent/node/taskUsers.ts";
import { description } from "./desk.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-users-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let serial = 0;
const fresh = () => join(folder, `users-${serial++}`);

const isRoot = process.getuid?.() === 0;
const numbers = [500, 509] as const;

function run(node: string, directory: string, more: Partial<RunUser> = {}) {
  const user: RunUser = { scope: "pool", name: "u", isPrivate: false, elevated: false, numbers, ...more };
  return description("t", "/bin/true", { node, directory, user });
}

const uid = (answer: ReturnType<TaskUsers["of"]>) =>
  answer === undefined ? undefined : "problem" in answer ? answer.problem : answer.uid;

describe.runIf(isRoot)("users of tasks", () => {
  it("P-185: one of a node for all, one of a directory for a task, one of a name; each node has its own, and its own group", () => {
    const users = new TaskUsers(fresh());
    const task = { scope: "task" } as const;
    const [pool, again, own, other] = [
      users.of(run("a", "x")),
      users.of(run("a", "y")),
      users.of(run("a", "x", task)),
      users.of(run("a", "y", task)),
    ];
    const elsewhere = users.of(run("b", "x"));
    expect(uid(pool)).toBe(uid(again));
    expect(new Set([pool, own, other, elsewhere].map(uid)).size).toBe(4);
    expect(uid(users.of(run("a", "x", task)))).toBe(uid(own));
    expect(pool).toMatchObject({ gid: (own as { nodeGid: number }).nodeGid });
    expect((elsewhere as { nodeGid: number }).nodeGid).not.toBe((pool as { nodeGid: number }).nodeGid);
    expect(users.of(run("a", "x", { scope: "named", name: "carol", uid: 77, gid: 78 }))).toMatchObject({ uid: 77, gid: 78 });
    expect(users.of(run("a", "x", { elevated: true }))).toBeUndefined();
    expect(users.of(description("t", "/bin/true"))).toBeUndefined();
  });

  it("remembers numbers for the next agent, though the last line was cut off; a node that has gone has none", () => {
    const path = fresh();
    const before = new TaskUsers(path);
    const kept = uid(before.of(run("a", "x")));
    before.of(run("b", "x"));
    before.forget("b");
    before.forget("nobody");
    appendFileSync(path, '["user","c');
    const after = new TaskUsers(path);
    expect(uid(after.of(run("a", "y")))).toBe(kept);
    expect(readFileSync(path, "utf8")).not.toContain('"b"');
  });

  it("takes the longest unused first, and says so when there is none left", () => {
    const users = new TaskUsers(fresh());
    const given = ["1", "2", "3", "4"].map((node) => uid(users.of(run(node, "x"))));
    expect(given).toEqual([501, 503, 505, 507]);
    users.forget("1");
    expect(uid(users.of(run("5", "x")))).toBe(509);
    expect(uid(users.of(run("6", "x")))).toBe(501);
    expect(uid(users.of(run("7", "x")))).toBe("All user numbers from 500 to 509 are taken.");
    users.forget("2");
    expect(uid(users.of(run("7", "x")))).toBe(503);
    // Another range of another server: what is taken is taken.
    expect(uid(users.of(run("8", "x", { numbers: [505, 505] })))).toBe("All user numbers from 505 to 505 are taken.");
  });
});

it.skipIf(isRoot)("L-66: whoever is not root runs nobody as another user", () => {
  expect(uid(new TaskUsers(fresh()).of(run("a", "x")))).toContain("root");
});
