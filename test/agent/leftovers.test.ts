/** What runs leave on a node: processes of a start task, directories for a time, common files above a subtask's directory. */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AgentDirectories } from "../../runtime/agent/node/directories.ts";
import { Retention } from "../../runtime/agent/leftovers/retention.ts";
import { Desk, isRunning, until } from "./desk.ts";

let desk: Desk;
beforeAll(async () => {
  desk = await Desk.open();
});
afterAll(() => desk.close());

const node = () => join(desk.root, "nodes", "n1");
const sh = (script: string) => `/bin/sh -c '${script}'`;
const pidIn = (path: string) => Number(readFileSync(join(node(), path), "utf8"));

describe("a start task", () => {
  const start = { directory: "startup", leaves: true } as const;

  it("P-100: what it leaves running when it has returned 0 lives on, through the ends of other runs, until the node boots again", async () => {
    expect(await desk.result("s1", sh("sleep 1000 & echo $! > pid"), start)).toMatchObject({ cause: "exit", exitCode: 0 });
    const pid = pidIn("startup/wd/pid");
    expect(await desk.result("t1", "/bin/true")).toMatchObject({ exitCode: 0 });
    expect(isRunning(pid)).toBe(true);
    desk.send({ kind: "RebootNode", node: "n1", wipe: false });
    await until(() => !isRunning(pid));
  });

  it("P-103: what a failed one leaves is ended before its end is told, so that it is not in the way of a retry", async () => {
    // Often, because what is left is just becoming another program then, and shows for a moment nothing of whose it is.
    for (let round = 0; round < 40; round++) {
      expect(await desk.result(`f${round}`, sh("setsid sleep 1000 & echo $! > pid; exit 3"), start)).toMatchObject({
        exitCode: 3,
      });
      expect(isRunning(pidIn("startup/wd/pid")), `round ${round}`).toBe(false);
    }
  });
});

describe("directories", () => {
  it("J-64: Retain has a directory go after its time, but not one that something runs in again", async () => {
    for (const name of ["done", "again"]) await desk.result(name, "/bin/echo kept");
    const gate = join(desk.root, "gate");
    desk.run("later", sh(`until [ -e ${gate} ]; do sleep 0.02; done`), { directory: "workitems/job/job-1/again" });
    await desk.started("later");
    for (const name of ["done", "again"])
      desk.send({ kind: "Retain", node: "n1", directory: `workitems/job/job-1/${name}`, retentionMs: 20 });
    desk.send({ kind: "Retain", node: "n1", directory: "../../outside", retentionMs: 0 });
    await until(() => !existsSync(join(node(), "workitems/job/job-1/done")));
    expect(existsSync(join(node(), "workitems/job/job-1/again/stdout.txt"))).toBe(true);
    writeFileSync(gate, "");
    await desk.ended("later");
  });

  it("T-87: the directory of a run that began and ended within a millisecond goes, that of a later run stays", async () => {
    const directories = new AgentDirectories(join(desk.root, "other"));
    const retention = new Retention(directories, () => new Set());
    const [later, own] = ["later", "own"].map((name) => {
      const directory = join(directories.nodes, name);
      mkdirSync(directory);
      writeFileSync(join(directory, "stdout.txt"), "");
      return { directory, madeAt: Math.floor(statSync(join(directory, "stdout.txt")).birthtimeMs) };
    });
    retention.keep(later.directory, later.madeAt - 1, 0);
    retention.keep(own.directory, own.madeAt, 0);
    await until(() => !existsSync(own.directory));
    expect(existsSync(later.directory)).toBe(true);
    retention.close();
  });

  it("T-54, T-59: a subtask's common files lie in the task's directory, which begins empty", async () => {
    const source = join(desk.root, "common");
    writeFileSync(source, "common");
    const task = join(node(), "workitems/job/job-1/mpi");
    mkdirSync(join(task, "wd"), { recursive: true });
    const more = {
      directory: "workitems/job/job-1/mpi/1",
      commonDirectory: "workitems/job/job-1/mpi",
      commonResourceFiles: [{ httpUrl: `file://${source}`, filePath: "common" }],
    };
    expect(await desk.result("m1", "cat ../../common", more)).toMatchObject({ exitCode: 0 });
    expect([readFileSync(join(task, "1/stdout.txt"), "utf8"), existsSync(join(task, "wd"))]).toEqual(["common", false]);
    const { failure } = await desk.result("m2", "true", { ...more, commonDirectory: "../.." });
    expect(failure?.code).toBe("ResourceDirectoryCreateFailed");
  });
});
