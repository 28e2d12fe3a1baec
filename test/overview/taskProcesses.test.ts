/** What a task is on its node: a process of this machine, started without a shell, whose output can be read while it runs and whose end is told as it was. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { textOf } from "../conformance/sdkClient.ts";
import { endAll } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { environmentOf, type MachinesAtWork, machinesAtWork, processIn } from "./machinesAtWork.ts";
import { Gate, shell } from "./poolAtWork.ts";

let weir: MachinesAtWork;
const gates: Gate[] = [];

beforeAll(async () => {
  buildOnce();
  weir = await machinesAtWork("--fast");
  await weir.addIdlePool("p", 1, { taskSlotsPerNode: 8 });
  await weir.addJob("j", "p");
}, 120_000);
afterAll(async () => {
  for (const gate of gates) gate.remove();
  await endAll();
}, 30_000);

function gate(): Gate {
  const made = new Gate();
  gates.push(made);
  return made;
}

describe.concurrent("a task", () => {
  test("rows 135 and 199: is one process of the node, in a session of its own, whose current directory is the task's wd", async () => {
    await weir.addTask("j", "one", "/bin/sleep 1000");
    await weir.turns("j", "one", "running");
    const directory = join(weir.tree("p", "tvm-1"), "workitems", "j", "job-1", "one");
    const pid = await eventually("its process", () => processIn(join(directory, "wd")));
    expect(readFileSync(`/proc/${pid}/cmdline`, "utf8")).toBe("/bin/sleep\x001000\0");
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [, , group, session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    expect([Number(group), Number(session)]).toEqual([pid, pid]);
    await weir.send("POST", "/jobs/j/tasks/one/terminate");
    await eventually("the process to end", () => (isRunning(pid) ? undefined : true));
  });

  test("row 136: is assigned to a free node and runs, or is active as long as all slots are taken", async () => {
    const held = gate();
    await weir.addIdlePool("narrow", 1, { taskSlotsPerNode: 2 });
    await weir.addJob("q", "narrow", Array(4).fill(shell(held.wait)));
    await eventually("two to run", async () =>
      (await states("q")).filter((each) => each === "running").length === 2 ? true : undefined,
    );
    // Both slots are taken: a service that meant to start the others would have done so along with these.
    expect(await states("q")).toEqual(["running", "running", "active", "active"]);
    expect((await weir.node("narrow", "tvm-1")).runningTasksCount).toBe(2);
    held.open();
    expect((await weir.completed("q")).map(({ nodeInfo }) => nodeInfo?.nodeId)).toEqual(Array(4).fill("tvm-1"));
  });

  test("row 137: runs a program or a script, and its exit code is what that returned, or minus the signal that ended it", async () => {
    const codes = await Promise.all([
      weir.run("j", "true", "/bin/true"),
      weir.run("j", "false", "/bin/false"),
      weir.run("j", "script", shell("exit 200")),
      weir.run("j", "signal", shell("kill -TERM $$")),
    ]);
    expect(codes.map(({ executionInfo }) => executionInfo.exitCode)).toEqual([0, 1, 200, -15]);
    expect(codes.map(({ executionInfo }) => executionInfo.result)).toEqual(["success", "failure", "failure", "failure"]);
  });

  test("row 40: runs any executable of the system: a binary, a shell script, a Python script, each by its own name", async () => {
    const tree = weir.tree("p", "tvm-1");
    const put = (name: string, text: string) => writeFileSync(join(tree, "shared", name), text, { mode: 0o755 });
    put("greet.sh", "#!/bin/sh\necho shell $1\n");
    put("greet.py", "#!/usr/bin/env python3\nimport sys\nprint('python', sys.argv[1])\n");
    expect(await weir.say("j", "binary", "/usr/bin/basename /a/binary")).toBe("binary\n");
    expect(await weir.say("j", "sh", `${tree}/shared/greet.sh said`)).toBe("shell said\n");
    expect(await weir.say("j", "py", `${tree}/shared/greet.py said`)).toBe("python said\n");
    expect(await weir.say("j", "python", `python3 -c "import os; print(os.environ['AZ_BATCH_TASK_ID'])"`)).toBe("python\n");
  });

  test("row 138: has a command line without a shell: `echo $HOME` prints just that, and `/bin/sh -c` expands it", async () => {
    expect(await weir.say("j", "plain", "/bin/echo $HOME * ~ a;b | c > d && e")).toBe("$HOME * ~ a;b | c > d && e\n");
    const home = join(weir.tree("p", "tvm-1"), "workitems", "j", "job-1", "expanded", "wd");
    expect(await weir.say("j", "expanded", `/bin/sh -c "echo $HOME"`)).toBe(`${home}\n`);
  });

  test("row 139: finds a program by its path or along the PATH of its environment, and nothing that a shell would know", async () => {
    const settings = (PATH: string) => ({ environmentSettings: [{ name: "PATH", value: PATH }] });
    expect(await weir.say("j", "along", "uname")).toBe(await weir.say("j", "path", "/bin/uname"));
    const missing = [
      weir.run("j", "elsewhere", "uname", settings("/nowhere")),
      weir.run("j", "builtin", "set -x"),
      weir.run("j", "variable", "$SHELL -c true"),
      weir.run("j", "assigned", "NAME=value /bin/true"),
    ];
    for (const { executionInfo } of await Promise.all(missing)) {
      expect(executionInfo.failureInfo).toMatchObject({ code: "CommandProgramNotFound", category: "UserError" });
      expect(executionInfo.exitCode).toBeUndefined();
    }
  });

  test("row 210: writes stdout.txt and stderr.txt as it runs, and both can be read then, whole and in part", async () => {
    const held = gate();
    await weir.addTask("j", "talks", shell(`echo first; echo problem >&2; ${held.wait}; echo last`));
    await eventually("its first line", async () => ((await text("talks", "stdout.txt")) === "first\n" ? true : undefined));
    expect(await text("talks", "stderr.txt")).toBe("problem\n");
    expect((await weir.task("j", "talks")).state).toBe("running");
    const { account, key, endpoint } = weir.server.document;
    const client = new BatchServiceClient(new BatchSharedKeyCredentials(account, key), endpoint);
    const range = { fileGetFromTaskOptions: { ocpRange: "bytes=1-3" } };
    expect(await textOf(client.file.getFromTask("j", "talks", "stdout.txt", range))).toBe("irs");
    held.open();
    await weir.turns("j", "talks", "completed");
    expect(await text("talks", "stdout.txt")).toBe("first\nlast\n");
  });
});

describe("row 42", () => {
  test("row 42: the environment of a task's process is the documented table: each variable there is meant to be, with its value, and no other", async () => {
    const preparation = { commandLine: shell("env -0 > $AZ_BATCH_NODE_SHARED_DIR/prep.env") };
    const startTask = { commandLine: shell("env -0 > $AZ_BATCH_NODE_SHARED_DIR/start.env"), waitForSuccess: true };
    await weir.addIdlePool("env", 1, { startTask });
    await weir.addJob("e", "env", [], { jobPreparationTask: preparation });
    await weir.addTask("e", "t", "/bin/sleep 1000", { authenticationTokenSettings: { access: ["job"] } });
    const root = weir.tree("env", "tvm-1");
    const directory = join(root, "workitems", "e", "job-1", "t");
    const pid = await eventually("its process", () => processIn(join(directory, "wd")));
    const { endpoint, account } = weir.server.document;
    const common = {
      AZ_BATCH_ACCOUNT_NAME: account,
      AZ_BATCH_ACCOUNT_URL: `${endpoint}/`.replace(/\/+$/, "/"),
      AZ_BATCH_POOL_ID: "env",
      AZ_BATCH_NODE_ID: "tvm-1",
      AZ_BATCH_NODE_IS_DEDICATED: "true",
      AZ_BATCH_NODE_ROOT_DIR: root,
      AZ_BATCH_NODE_SHARED_DIR: join(root, "shared"),
      AZ_BATCH_NODE_STARTUP_DIR: join(root, "startup"),
      AZ_BATCH_NODE_MOUNTS_DIR: join(root, "fsmounts"),
    };
    const own = (path: string) => ({
      AZ_BATCH_TASK_DIR: path,
      AZ_BATCH_TASK_WORKING_DIR: join(path, "wd"),
      AZ_BATCH_CERTIFICATES_DIR: join(path, "certs"),
    });
    const prepared = join(root, "workitems", "e", "job-1", "jobpreparation");
    const { AZ_BATCH_AUTHENTICATION_TOKEN: token, ...task } = batchOf(environmentOf(pid));
    expect(token).toMatch(/^\S{20,}$/);
    const job = { AZ_BATCH_JOB_ID: "e", AZ_BATCH_TASK_ID: "t" };
    const preparationPaths = { AZ_BATCH_JOB_PREP_DIR: prepared, AZ_BATCH_JOB_PREP_WORKING_DIR: join(prepared, "wd") };
    expect(task).toEqual({ ...common, ...own(directory), ...job, ...preparationPaths });
    const dumped = (name: string) => {
      const entries = readFileSync(join(root, "shared", name), "utf8")
        .split("\0")
        .slice(0, -1);
      return batchOf(
        new Map(entries.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)])),
      );
    };
    expect(dumped("start.env")).toEqual({ ...common, ...own(join(root, "startup")) });
    expect(dumped("prep.env")).toEqual({
      ...common,
      ...own(prepared),
      AZ_BATCH_JOB_ID: "e",
      AZ_BATCH_TASK_ID: "jobpreparation",
    });
    await weir.send("POST", "/jobs/e/terminate", {});
  });
});

const states = async (job: string) => (await weir.tasks(job)).map(({ state }) => state);
const text = async (task: string, file: string) => (await weir.server.ask("GET", `/jobs/j/tasks/${task}/files/${file}`)).text;

/** The service's own variables. */
function batchOf(environment: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...environment].filter(([name]) => name.startsWith("AZ_BATCH_") || name === "CCP_NODES"));
}
