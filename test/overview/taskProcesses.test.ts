/** What a task is on its node: a process of this machine, started without a shell, whose output can be read while it runs and whose end is told as it was. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { textOf } from "../conformance/sdkClient.ts";
import { dataDirectory, endAll } from "../serve/servedProcess.ts";
import { isRunning } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { type MachinesAtWork, machinesOn, processIn } from "./machinesAtWork.ts";
import { newGate, removeGates, shell } from "./poolAtWork.ts";

/** A zip file without anything in it is its end alone. */
const EMPTY_ZIP = Buffer.from(`PK\x05\x06${"\0".repeat(18)}`, "latin1");

let weir: MachinesAtWork;

beforeAll(async () => {
  buildOnce();
  const data = dataDirectory();
  mkdirSync(join(data, "packages", "tool"), { recursive: true });
  writeFileSync(join(data, "packages", "tool", "1.0.zip"), EMPTY_ZIP);
  weir = await machinesOn(data, "--fast");
  await weir.addIdlePool("p", 1, { taskSlotsPerNode: 8 });
  await weir.addJob("j", "p");
}, 120_000);
afterAll(async () => {
  removeGates();
  await endAll();
}, 30_000);

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
    const held = newGate();
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
    const folder = join(weir.tree("p", "tvm-1"), "shared");
    writeFileSync(join(folder, "own.sh"), "#!/bin/sh\necho own $1\n", { mode: 0o755 });
    expect(await weir.say("j", "relative", "../../../../../shared/own.sh path")).toBe("own path\n");
    expect(await weir.say("j", "set", "own.sh name", settings(`${folder}:/bin`))).toBe("own name\n");
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
    const page = readFileSync(join(import.meta.dirname, "../../docs/jobs.md"), "utf8");
    expect(page).toMatch(/^## How a program is found$/m);
    const says = "A name without a slash is looked for along the `PATH` of the task's own environment";
    expect(page.replaceAll("\n", " ")).toContain(says);
  });

  test("row 210: writes stdout.txt and stderr.txt as it runs, and both can be read then, whole and in part", async () => {
    const held = newGate();
    await weir.addTask("j", "talks", shell(`echo problem >&2; echo first; ${held.wait}; echo last`));
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

describe.concurrent("the environment of a task", () => {
  test("row 42: is the documented table: of each kind of task each variable that is meant to be there, with its value, and no other", async () => {
    const { document } = weir.server;
    const dump = shell("env -0 > env");
    await weir.addIdlePool("env", 2, {
      enableInterNodeCommunication: true,
      startTask: { commandLine: dump, waitForSuccess: true },
      applicationPackageReferences: [{ applicationId: "tool" }],
    });
    await weir.addJob("e", "env", [], { jobPreparationTask: { commandLine: dump } });
    await weir.run("e", "t", dump, { authenticationTokenSettings: { access: ["job"] } });
    await weir.run("e", "m", dump, {
      multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: dump },
    });
    const machines = await weir.machines("env");
    const node = async (task: string) => (await weir.task("e", task)).nodeInfo!.nodeId;

    const common = (id: string) => {
      const root = weir.tree("env", id);
      return {
        AZ_BATCH_ACCOUNT_NAME: document.account,
        AZ_BATCH_ACCOUNT_URL: document.endpoint,
        AZ_BATCH_POOL_ID: "env",
        AZ_BATCH_NODE_ID: id,
        AZ_BATCH_NODE_IS_DEDICATED: "true",
        AZ_BATCH_NODE_ROOT_DIR: root,
        AZ_BATCH_NODE_SHARED_DIR: join(root, "shared"),
        AZ_BATCH_NODE_STARTUP_DIR: join(root, "startup"),
        AZ_BATCH_NODE_MOUNTS_DIR: join(root, "fsmounts"),
        AZ_BATCH_APP_PACKAGE_tool: join(root, "applications", "tool_1.0"),
        AZ_BATCH_APP_PACKAGE_tool_1_0: join(root, "applications", "tool_1.0"),
      };
    };
    const own = (path: string) => ({
      AZ_BATCH_TASK_DIR: path,
      AZ_BATCH_TASK_WORKING_DIR: join(path, "wd"),
      AZ_BATCH_CERTIFICATES_DIR: join(path, "certs"),
    });
    const job = (id: string, name: string) => join(weir.tree("env", id), "workitems", "e", "job-1", name);
    const ofJob = (task: string) => ({ AZ_BATCH_JOB_ID: "e", AZ_BATCH_TASK_ID: task });
    const prepared = (id: string) => ({
      AZ_BATCH_JOB_PREP_DIR: job(id, "jobpreparation"),
      AZ_BATCH_JOB_PREP_WORKING_DIR: join(job(id, "jobpreparation"), "wd"),
    });

    const [on, primary] = [await node("t"), await node("m")];
    const startup = join(weir.tree("env", on), "startup");
    expect(dumped(startup)).toEqual({ ...common(on), ...own(startup) });
    const preparation = job(on, "jobpreparation");
    expect(dumped(preparation)).toEqual({ ...common(on), ...own(preparation), ...ofJob("jobpreparation") });
    const { AZ_BATCH_AUTHENTICATION_TOKEN: token, ...task } = dumped(job(on, "t"));
    expect(token).toMatch(/^\S{20,}$/);
    expect(task).toEqual({ ...common(on), ...own(job(on, "t")), ...ofJob("t"), ...prepared(on) });

    const other = machines.find(({ id }) => id !== primary)!.id;
    const addresses = [primary, other].map((id) => machines.find((machine) => machine.id === id)!.ipAddress);
    const group = (id: string) => ({
      AZ_BATCH_TASK_SHARED_DIR: job(id, "m"),
      AZ_BATCH_NODE_LIST: addresses.join(";"),
      AZ_BATCH_HOST_LIST: addresses.join(","),
      AZ_BATCH_MASTER_NODE: expect.stringMatching(new RegExp(`^${addresses[0]}:\\d+$`)) as string,
      AZ_BATCH_IS_CURRENT_NODE_MASTER: String(id === primary),
      CCP_NODES: `2 ${addresses[0]} 2 ${addresses[1]} 2`,
    });
    expect(dumped(job(primary, "m"))).toEqual({
      ...common(primary),
      ...own(job(primary, "m")),
      ...ofJob("m"),
      ...prepared(primary),
      ...group(primary),
    });
    const subtask = join(job(other, "m"), "1");
    expect(dumped(subtask)).toEqual({ ...common(other), ...own(subtask), ...ofJob("m"), ...prepared(other), ...group(other) });
  });
});

const states = async (job: string) => (await weir.tasks(job)).map(({ state }) => state);
const text = async (task: string, file: string) => (await weir.server.ask("GET", `/jobs/j/tasks/${task}/files/${file}`)).text;

/** The service's own variables as a task in this directory has written them down. */
function dumped(directory: string): Record<string, string> {
  const entries = readFileSync(join(directory, "wd", "env"), "utf8")
    .split("\0")
    .slice(0, -1);
  const own = entries.filter((entry) => entry.startsWith("AZ_BATCH_") || entry.startsWith("CCP_"));
  return Object.fromEntries(own.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]));
}
