/** What lies on a node: its tree, which is there before anything runs, what tasks share in it and keep to themselves, how long it stays and when it goes. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { endAll } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesAtWork } from "./machinesAtWork.ts";
import { shell } from "./poolAtWork.ts";

let weir: MachinesAtWork;
let tree: string;

beforeAll(async () => {
  buildOnce();
  weir = await machinesAtWork("--fast");
  await weir.addIdlePool("p", 1, {
    taskSlotsPerNode: 8,
    startTask: { commandLine: shell("echo started; echo tool > tool.txt"), waitForSuccess: true },
  });
  await weir.addJob("j", "p");
  tree = weir.tree("p", "tvm-1");
}, 120_000);
afterAll(endAll, 30_000);

type Files = { value: { name: string; isDirectory: boolean }[] };
const listed = async (path: string) => (await weir.server.get<Files>(path)).value.map(({ name }) => name);
const answer = async (method: string, path: string) => {
  const { status, body } = await weir.server.ask(method, path);
  return [status, (body as { code?: string } | undefined)?.code];
};

describe.concurrent("the tree of a node", () => {
  test("row 41: its standard folders are there before the first task, on disk and in the list of its files", async () => {
    await weir.addIdlePool("fresh", 1);
    const folders = ["applications", "fsmounts", "shared", "startup", "volatile", "workitems"];
    expect(readdirSync(weir.tree("fresh", "tvm-1")).sort()).toEqual(folders);
    expect(await listed("/pools/fresh/nodes/tvm-1/files")).toEqual(folders);
    expect(
      (await listed("/pools/fresh/nodes/tvm-1/files?recursive=true")).filter((name) => name.startsWith("workitems/")),
    ).toEqual([]);
    await weir.addJob("first", "fresh", ["/bin/true"]);
    await weir.completed("first");
    expect(await listed("/pools/fresh/nodes/tvm-1/files?recursive=true")).toEqual(
      expect.arrayContaining(["stderr.txt", "stdout.txt", "wd"].map((name) => `workitems/first/job-1/t1/${name}`)),
    );
  });

  test("row 201: AZ_BATCH_NODE_ROOT_DIR is the path of the whole tree", async () => {
    expect(await weir.say("j", "root", shell("echo $AZ_BATCH_NODE_ROOT_DIR; cd $AZ_BATCH_NODE_ROOT_DIR; ls"))).toBe(
      `${tree}\napplications\nfsmounts\nshared\nstartup\nvolatile\nworkitems\n`,
    );
    expect(statSync(tree).isDirectory()).toBe(true);
  });

  test("rows 202 and 203: AZ_BATCH_NODE_SHARED_DIR is a folder in which tasks of two jobs read, change and delete each other's files", async () => {
    await weir.addJob("other", "p");
    expect(
      await weir.say("j", "writes", shell("echo one > $AZ_BATCH_NODE_SHARED_DIR/note; echo $AZ_BATCH_NODE_SHARED_DIR")),
    ).toBe(`${join(tree, "shared")}\n`);
    expect(readFileSync(join(tree, "shared", "note"), "utf8")).toBe("one\n");
    expect(await weir.say("other", "reads", shell("cd $AZ_BATCH_NODE_SHARED_DIR; cat note; echo two >> note"))).toBe("one\n");
    expect(await weir.say("j", "again", shell("cd $AZ_BATCH_NODE_SHARED_DIR; cat note; rm note"))).toBe("one\ntwo\n");
    expect(existsSync(join(tree, "shared", "note"))).toBe(false);
  });

  test("row 204: startup is the start task's directory: its output and its files are there, for tasks too", async () => {
    expect(readFileSync(join(tree, "startup", "stdout.txt"), "utf8")).toBe("started\n");
    expect(await listed("/pools/p/nodes/tvm-1/files?recursive=true&$filter=startswith(name,'startup')")).toEqual(
      expect.arrayContaining(["startup/stderr.txt", "startup/stdout.txt", "startup/wd", "startup/wd/tool.txt"]),
    );
    expect(
      await weir.say("j", "uses", shell("echo $AZ_BATCH_NODE_STARTUP_DIR; cat $AZ_BATCH_NODE_STARTUP_DIR/wd/tool.txt")),
    ).toBe(`${join(tree, "startup")}\ntool\n`);
  });

  test("rows 206 and 207: each task has a directory of its own, AZ_BATCH_TASK_DIR, and in it AZ_BATCH_TASK_WORKING_DIR, where it starts", async () => {
    const tells = shell("echo $AZ_BATCH_TASK_DIR; echo $AZ_BATCH_TASK_WORKING_DIR; pwd -P");
    const said = await Promise.all(["a", "b"].map((id) => weir.say("j", id, tells)));
    const directories = ["a", "b"].map((id) => join(tree, "workitems", "j", "job-1", id));
    expect(said).toEqual(directories.map((path) => `${path}\n${path}/wd\n${path}/wd\n`));
    for (const path of directories) expect(readdirSync(path).sort()).toEqual(["stderr.txt", "stdout.txt", "wd"]);
  });

  test("row 208: a task makes, reads, changes and deletes files and folders in its working directory", async () => {
    const works =
      "mkdir folder; echo 1 > folder/kept; echo 1 > gone; echo 2 >> folder/kept; cat folder/kept; rm gone; mkdir e; rmdir e; ls";
    expect(await weir.say("j", "works", shell(works))).toBe("1\n2\nfolder\n");
    expect(await listed("/jobs/j/tasks/works/files?recursive=true")).toEqual([
      "stderr.txt",
      "stdout.txt",
      "wd",
      "wd/folder",
      "wd/folder/kept",
    ]);
  });

  test("row 209: the directory of a task stays after its end for its retention time, then it is gone and the service says so", async () => {
    const writes = shell("echo result > result.txt");
    await weir.say("j", "kept", writes);
    const gate = join(tree, "shared", "open-brief");
    const waits = shell(`echo result > result.txt; while [ ! -e ${gate} ]; do sleep 0.05; done`);
    await weir.addTask("j", "brief", waits, { constraints: { retentionTime: "PT3S" } });
    const directory = join(tree, "workitems", "j", "job-1", "brief");
    await eventually("its file", () => (existsSync(join(directory, "wd", "result.txt")) ? true : undefined));
    const openedAt = performance.now();
    writeFileSync(gate, "");
    await weir.turns("j", "brief", "completed");
    await eventually("the directory to go", () => (existsSync(directory) ? undefined : true));
    // Not before its time. The node counts from the end that it saw, of which the service hears later.
    expect(performance.now() - openedAt).toBeGreaterThanOrEqual(2_990);
    expect(await answer("GET", "/jobs/j/tasks/brief/files/wd/result.txt")).toEqual([409, "TaskFilesCleanedup"]);
    expect((await weir.task("j", "brief")).executionInfo.result).toBe("success");
    expect(await weir.output("j", "kept", "wd/result.txt")).toBe("result\n");
  });

  test("row 211: when a node leaves the pool all its files are gone, from disk and from the service, those of its tasks too", async () => {
    await weir.addIdlePool("leaves", 2);
    await weir.addJob("l", "leaves", [shell("echo here > file")]);
    const [task] = await weir.completed("l");
    const node = task.nodeInfo!.nodeId;
    expect(await weir.output("l", "t1", "wd/file")).toBe("here\n");
    await weir.send("POST", "/pools/leaves/removenodes", { nodeList: [node] });
    await weir.idle("leaves", 1);
    await eventually("its tree to go", () => (existsSync(weir.tree("leaves", node)) ? undefined : true));
    expect(await answer("GET", "/jobs/l/tasks/t1/files/wd/file")).toEqual([409, "TaskFilesUnavailable"]);
    expect(await answer("GET", `/pools/leaves/nodes/${node}/files`)).toEqual([404, "NodeNotFound"]);
  });
});
