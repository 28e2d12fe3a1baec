/** Users of tasks on a service that root has started with users for them: who a task is, what it may read and write, and what becomes of it where it may not. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, servedToEnd } from "../serve/servedProcess.ts";
import { killIfRunning, processesUnder } from "../support/processes.ts";
import { ServeProcess } from "../support/serveProcess.ts";
import { eventually } from "../support/waiting.ts";
import { OfTask } from "./jobAtWork.ts";
import { type MachinesAtWork, machinesAtWork, processIn } from "./machinesAtWork.ts";
import { shell } from "./poolAtWork.ts";

/** Numbers that exist in the narrowest of containers too. */
const FIRST = 20_000;
const LAST = 20_999;
const NAMED = 21_777;
const isRoot = process.getuid?.() === 0;
const NEEDS_ROOT = "needs root: only root can run tasks as other users";

let weir: MachinesAtWork;
let plain: MachinesAtWork;

const admin = { autoUser: { scope: "pool", elevationLevel: "admin" } };
const alone = { autoUser: { scope: "task", elevationLevel: "nonAdmin" } };

beforeAll(async () => {
  buildOnce();
  plain = await machinesAtWork("--fast", "--elevation", "refuse");
  await plain.addIdlePool("p", 1);
  await plain.addJob("j", "p");
  if (!isRoot) return;
  weir = await machinesAtWork("--fast", "--task-users", `${FIRST}-${LAST}`);
  await weir.addPool("p", {
    targetDedicatedNodes: 2,
    taskSlotsPerNode: 8,
    userAccounts: [
      { name: "carol", password: "Secret-1", linuxUserConfiguration: { uid: NAMED, gid: NAMED } },
      { name: "dave", password: "Secret-1", elevationLevel: "admin" },
    ],
    startTask: { commandLine: shell("id -u; echo tool > tool.txt"), waitForSuccess: true, userIdentity: alone },
  });
  await weir.idle("p", 2);
  // One node for the tasks that are to meet each other.
  await weir.send("POST", "/pools/p/nodes/tvm-2/disablescheduling", {});
  await weir.addJob("j", "p");
}, 120_000);
afterAll(endAll, 30_000);

const number = (text: string) => Number.parseInt(text, 10);
const inRange = (uid: number) => uid >= FIRST && uid <= LAST;
const owner = (path: string) => statSync(path).uid;
const directory = (task: string) => join(weir.tree("p", "tvm-1"), "workitems", "j", "job-1", task);

describe.runIf(isRoot).concurrent(`users of tasks (${NEEDS_ROOT})`, () => {
  test("row 200: the files of a task, its own and those that were fetched for it, belong to the user that it runs as", async () => {
    const gate = join(weir.tree("p", "tvm-1"), "shared", "open-owned");
    await weir.addTask("j", "owned", shell(`echo made > made; mkdir d; while [ ! -e ${gate} ]; do sleep 0.05; done`), {
      resourceFiles: [{ httpUrl: `${weir.server.document.endpoint}/healthz`, filePath: "in/fetched" }],
    });
    const pid = await eventually("its process", () => processIn(join(directory("owned"), "wd")));
    const uid = statSync(`/proc/${pid}`).uid;
    expect(inRange(uid)).toBe(true);
    const files = ["", "stdout.txt", "stderr.txt", "wd", "wd/made", "wd/d", "wd/in", "wd/in/fetched"];
    await eventually("its files", () => (readdirSync(join(directory("owned"), "wd")).includes("d") ? true : undefined));
    expect(files.map((file) => owner(join(directory("owned"), file)))).toEqual(files.map(() => uid));
    writeFileSync(gate, "");
    expect((await weir.turns("j", "owned", "completed")).executionInfo).toMatchObject({ exitCode: 0 });
  });

  test("P-185, P-186: tasks of a pool are one user, one that asks for it is its own, named users are who the pool says; no other node lets them in", async () => {
    const who = (id: string, userIdentity?: object) =>
      weir.say("j", id, shell("id -u; echo $USER; umask"), userIdentity === undefined ? {} : { userIdentity });
    const [one, two, first, second, carol, dave] = await Promise.all([
      who("one"),
      who("two", { autoUser: { scope: "pool", elevationLevel: "nonAdmin" } }),
      who("first", alone),
      who("second", alone),
      who("carol", { username: "carol" }),
      who("dave", { username: "dave" }),
    ]);
    expect(one).toBe(two);
    expect(new Set([one, first, second].map(number)).size).toBe(3);
    expect([one, first, second].map((text) => inRange(number(text)))).toEqual([true, true, true]);
    expect([carol, dave].map((text) => text.split("\n").slice(0, 2))).toEqual([
      [String(NAMED), "carol"],
      ["0", "dave"],
    ]);
    const { executionInfo } = await weir.run("j", "nobody", "/bin/true", { userIdentity: { username: "eve" } });
    expect(executionInfo.failureInfo).toMatchObject({ code: "CommandLaunchFailed", category: "UserError" });
    const peeks = shell(
      `ls ${weir.tree("p", "tvm-2")} || ls ${weir.data} || cat ${weir.data}/account.json; ls ${weir.tree("p", "tvm-1")}`,
    );
    const peek = await weir.run("j", "peeks", peeks);
    expect(peek.out).toBe("applications\nfsmounts\nshared\nstartup\nvolatile\nworkitems\n");
    expect(peek.err.match(/ermission denied/g)).toHaveLength(3);
  });

  test("T-86: a task changes what its own user has, reads what others of the node have, and enters nothing that is for one task alone", async () => {
    const makes = shell("echo mine > file; echo mine > $AZ_BATCH_NODE_SHARED_DIR/$AZ_BATCH_TASK_ID");
    await weir.say("j", "open", makes);
    await weir.say("j", "closed", makes, { userIdentity: alone });
    const reads = `cat ${directory("open")}/wd/file && echo more >> ${directory("open")}/wd/file && echo written`;
    expect(await weir.say("j", "same", shell(reads))).toBe("mine\nwritten\n");
    const { out, err, executionInfo } = await weir.run("j", "other", shell(reads), { userIdentity: alone });
    expect([out, executionInfo.result]).toEqual(["mine\nmore\n", "failure"]);
    expect(err).toContain("ermission denied");
    const enters = await weir.run("j", "enters", shell(`cat ${directory("closed")}/wd/file`));
    expect([enters.executionInfo.exitCode, enters.out]).toEqual([1, ""]);
    expect(await weir.say("j", "removes", shell("rm -f $AZ_BATCH_NODE_SHARED_DIR/closed && echo removed"))).toBe("removed\n");
  });

  test("row 205: AZ_BATCH_NODE_STARTUP_DIR can be read by the tasks of all users and written by none but its own", async () => {
    const startup = join(weir.tree("p", "tvm-1"), "startup");
    expect(number(readFileSync(join(startup, "stdout.txt"), "utf8"))).toBe(owner(join(startup, "wd")));
    const tries =
      "cd $AZ_BATCH_NODE_STARTUP_DIR/wd && cat tool.txt; echo $AZ_BATCH_NODE_STARTUP_DIR; echo x > new || echo no; echo x >> tool.txt || rm -f tool.txt || echo never";
    const ran = await weir.run("j", "startup", shell(tries));
    expect(ran.out).toBe(`tool\n${startup}\nno\nnever\n`);
    expect(readdirSync(join(startup, "wd"))).toEqual(["tool.txt"]);
  });

  test("row 178: a preparation task that asks for an administrator is root and prepares the node, its tasks are not; a service that refuses that says so", async () => {
    const prepares = shell("id -u > $AZ_BATCH_NODE_ROOT_DIR/applications/installed; id -u");
    await weir.addJob("admin", "p", [], {
      jobPreparationTask: { commandLine: prepares, userIdentity: admin },
      jobReleaseTask: { commandLine: shell("id -u > $AZ_BATCH_NODE_ROOT_DIR/applications/released"), userIdentity: admin },
    });
    const tries =
      "cat $AZ_BATCH_NODE_ROOT_DIR/applications/installed; id -u; echo x > $AZ_BATCH_JOB_PREP_WORKING_DIR/x || echo no";
    const said = (await weir.say("admin", "t", shell(tries))).split("\n");
    expect([said[0], inRange(Number(said[1])), said[2]]).toEqual(["0", true, "no"]);
    await weir.send("POST", "/jobs/admin/terminate", {});
    await weir.jobTurns("admin", "completed");
    expect(readFileSync(join(weir.tree("p", "tvm-1"), "applications", "released"), "utf8")).toBe("0\n");
    await plain.addJob("admin", "p", [], { jobPreparationTask: { commandLine: prepares, userIdentity: admin } });
    await plain.addTask("admin", "t", "/bin/true");
    const info = await eventually("the preparation to be refused", () => refusal("admin"));
    expect(info).toMatchObject({ code: "CommandLaunchFailed", category: "UserError" });
    expect((await plain.task("admin", "t")).executionInfo.exitCode).toBeUndefined();
  });

  test("T-54: all commands of a multi-instance task are one user of each node, who writes to AZ_BATCH_TASK_SHARED_DIR on all of them", async () => {
    await weir.addIdlePool("group", 2, { enableInterNodeCommunication: true });
    await weir.addJob("group", "group");
    const coordination = shell("id -u > $AZ_BATCH_TASK_SHARED_DIR/coordinated; id -u");
    const said = await weir.say(
      "group",
      "m",
      shell("cat $AZ_BATCH_TASK_SHARED_DIR/coordinated; id -u; echo x > $AZ_BATCH_TASK_SHARED_DIR/x"),
      {
        multiInstanceSettings: { numberOfInstances: 2, coordinationCommandLine: coordination },
        userIdentity: alone,
      },
    );
    const uids = said.trim().split("\n").map(Number);
    // What the coordination command has said comes first, then the application.
    expect(uids).toHaveLength(3);
    expect(new Set(uids).size).toBe(1);
    expect(inRange(uids[0])).toBe(true);
    for (const node of ["tvm-1", "tvm-2"]) {
      const shared = join(weir.tree("group", node), "workitems", "group", "job-1", "m");
      expect(inRange(number(readFileSync(join(shared, "coordinated"), "utf8")))).toBe(true);
    }
  });

  test("row 34: a node has an id, a tree, an address, users and processes of its own; taken away with all it runs, it leaves the other as it was", async () => {
    await weir.addIdlePool("pair", 2);
    await weir.addJob("pair", "pair", Array(2).fill("/bin/sleep 1000"));
    const tasks = await Promise.all(["t1", "t2"].map((id) => weir.turns("pair", id, "running")));
    const [first, second] = await Promise.all(
      tasks.map(async ({ id, nodeInfo }) => {
        const node = nodeInfo!.nodeId;
        const tree = weir.tree("pair", node);
        const wd = join(tree, "workitems", "pair", "job-1", id, "wd");
        const pid = await eventually(`the process of ${id}`, () => processIn(wd));
        const { ipAddress } = await weir.machine("pair", node);
        return { id, node, tree, process: new OfTask(pid), uid: statSync(`/proc/${pid}`).uid, ipAddress };
      }),
    );
    for (const part of ["node", "tree", "uid", "ipAddress"] as const) expect(first[part]).not.toBe(second[part]);
    expect([first, second].map(({ uid }) => inRange(uid))).toEqual([true, true]);
    const removal = { nodeList: [first.node], nodeDeallocationOption: "terminate" };
    await weir.send("POST", "/pools/pair/removenodes", removal);
    await first.process.ends();
    await eventually("its tree to go", () => (existsSync(first.tree) ? undefined : true));
    await weir.until("pair", "to be steady", ({ allocationState }) => allocationState === "steady");
    expect((await weir.nodes("pair")).map(({ id, state }) => [id, state])).toEqual([[second.node, "running"]]);
    expect([second.process.isAlive(), existsSync(second.tree)]).toEqual([true, true]);
    expect((await weir.task("pair", second.id)).state).toBe("running");
    expect((await weir.task("pair", first.id)).state).toBe("completed");
  });

  test("row 34: when every process of one node is killed its task ends, and the process, task and state of the other node stay as they were", async () => {
    await weir.addIdlePool("twins", 2);
    await weir.addJob("twins", "twins", Array(2).fill(shell("sleep 1000 & sleep 1000 & wait")));
    const [hit, spared] = await Promise.all(["t1", "t2"].map((id) => weir.turns("twins", id, "running")));
    const [under, beside] = [hit, spared].map(({ nodeInfo }) => weir.tree("twins", nodeInfo!.nodeId));
    const three = (tree: string) =>
      eventually(`the processes of ${tree}`, () => {
        // The shell and both programs that it waits for; not the launcher, which stands there too for a moment.
        const found = processesUnder(tree).filter(({ command }) => command.includes("sleep 1000"));
        return found.length === 3 ? found.map(({ pid }) => pid) : undefined;
      });
    const [killed, left] = [await three(under), (await three(beside)).map((pid) => new OfTask(pid))];
    const before = [await weir.node("twins", spared.nodeInfo!.nodeId), await weir.task("twins", "t2")];
    for (const pid of killed) killIfRunning(pid);
    expect((await weir.turns("twins", "t1", "completed")).executionInfo).toMatchObject({ exitCode: -9, result: "failure" });
    await eventually("nothing of that node", () => (processesUnder(under).length === 0 ? true : undefined));
    await weir.reaches("twins", hit.nodeInfo!.nodeId, "idle");
    expect(left.map((process) => process.isAlive())).toEqual(left.map(() => true));
    expect([await weir.node("twins", spared.nodeInfo!.nodeId), await weir.task("twins", "t2")]).toEqual(before);
    expect(before.map(({ state }) => state)).toEqual(["running", "running"]);
  });
});

describe.concurrent("without users of their own", () => {
  test.runIf(isRoot)(
    "L-66: a data directory that users of tasks cannot come to is refused at the start, with the directory that is closed; so are numbers that somebody has",
    async () => {
      const closed = dataDirectory();
      const { code, stderr } = await servedToEnd("--data", join(closed, "data"), "--task-users");
      expect(code).toBe(2);
      expect(stderr).toContain(`because ${closed} is closed to others; name another directory with --data`);
      const taken = await servedToEnd("--task-users", "1-70000");
      expect(taken.code).toBe(2);
      expect(taken.stderr).toMatch(/the user numbers 1-70000 (?:hold that of the user \S+|do not exist here); name others/);
    },
  );

  test("L-66: tasks run as the user of the service, which says so at its start; one that asks for an administrator ends, where that is refused, with why", async () => {
    expect(number(await plain.say("j", "who", "/usr/bin/id -u"))).toBe(process.getuid?.());
    const other = new ServeProcess(["--fast"]);
    await other.ready;
    expect((await other.end("SIGTERM")).stderr).toContain("all tasks run as the user of this service");
    const { executionInfo } = await plain.run("j", "admin", "/bin/true", { userIdentity: admin });
    expect(executionInfo).toMatchObject({
      result: "failure",
      failureInfo: { code: "CommandLaunchFailed", category: "UserError" },
    });
    expect(JSON.stringify(executionInfo)).toContain("--elevation refuse");
    expect(executionInfo.exitCode).toBeUndefined();
  });
});

interface PreparationStatus {
  readonly value: readonly { readonly jobPreparationTaskExecutionInfo?: { readonly failureInfo?: object } }[];
}

/** Why a job's preparation task did not run on the first node that was to have it; undefined while nothing is known. */
async function refusal(job: string): Promise<object | undefined> {
  const { value } = await plain.server.get<PreparationStatus>(`/jobs/${job}/jobpreparationandreleasetaskstatus`);
  return value[0]?.jobPreparationTaskExecutionInfo?.failureInfo;
}
