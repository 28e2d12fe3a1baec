/** `weir` as the tool to look into a running service with: lists, manipulates, downloads, follows. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOnce, commandPath } from "../cli/weir.ts";
import { dataDirectory, endAll, poolBody, type Served, served } from "../serve/servedProcess.ts";
import { eventually } from "../support/waiting.ts";

let server: Served;
let folder: string;

beforeAll(async () => {
  buildOnce();
  folder = dataDirectory();
  server = await served("--fast", "--log-level", "warn");
  // Of the tests of files and of watching, so that each can run alone.
  await server.post("/pools", poolBody("ready", { targetDedicatedNodes: 1 }));
  await eventually("a node", async () =>
    (await server.get<{ value: { state: string }[] }>("/pools/ready/nodes")).value[0]?.state === "idle" ? true : undefined,
  );
}, 120_000);
afterAll(endAll, 30_000);

/** One run of the command with the service in its environment. */
function weir(args: readonly string[], input = ""): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const { endpoint, account, key } = server.document;
  const env = {
    ...process.env,
    AZURE_BATCH_ENDPOINT: endpoint,
    AZURE_BATCH_ACCOUNT: account,
    AZURE_BATCH_ACCESS_KEY: key,
    NO_COLOR: "1",
  };
  const child = spawn(process.execPath, [commandPath, ...args], { env, cwd: folder });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.end(input);
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, stdout, stderr })));
}
const done = async (args: readonly string[], input?: string) => {
  const ran = await weir(args, input);
  expect(ran.code, ran.stderr).toBe(0);
  return ran.stdout;
};

it("row 306: pools, jobs and tasks are created, listed, shown, resized, ended and deleted by the command", async () => {
  await done(["pool", "create", "-"], JSON.stringify(poolBody("tool", { targetDedicatedNodes: 1 })));
  await done(["job", "create", "-"], "{ id: tool, poolInfo: { poolId: tool } }");
  const tasks = "[{ id: good, commandLine: /bin/echo hello }, { id: bad, commandLine: /bin/false }]";
  await done(["task", "create", "tool", "-"], tasks);
  await eventually("both to be over", async () => ((await counts("tool")).completed === 2 ? true : undefined));
  expect(await done(["task", "list", "tool"])).toMatch(/^bad +completed +failure +1 +FailureExitCode/m);
  expect(await done(["pool", "list"])).toMatch(/^tool +active +steady +1\/1 +0\/0 +standard_d2s_v3 +off$/m);
  expect(await done(["task", "list", "tool", "--filter", "executionInfo/result eq 'failure'"])).not.toContain("good");
  expect(await done(["task", "show", "tool", "bad"])).toMatch(/^executionInfo\.failureInfo\.code +FailureExitCode$/m);
  expect((await weir(["task", "reactivate", "tool", "good"])).stderr).toContain("TaskSucceeded");
  await done(["pool", "resize", "tool", "--dedicated", "2"]);
  await eventually("two idle nodes", async () => {
    const { allocationState } = await server.get<{ allocationState: string }>("/pools/tool");
    const { value } = await server.get<{ value: { state: string }[] }>("/pools/tool/nodes");
    return allocationState === "steady" && value.filter(({ state }) => state === "idle").length === 2 ? true : undefined;
  });
  expect(await done(["pool", "list"])).toMatch(/^tool +active +steady +2\/2 /m);
  expect(await done(["node", "list", "tool"])).toMatch(/^\S+ +idle +enabled +127\.\S+ /m);
  await done(["task", "delete", "tool", "bad"]);
  expect((await weir(["task", "show", "tool", "bad"])).stderr).toContain("TaskNotFound");
  await done(["job", "terminate", "tool"]);
  expect(await done(["job", "list"])).toMatch(/^tool +completed +tool /m);
});

it("row 307: stdout.txt, stderr.txt and other files of tasks and nodes are listed and downloaded by the command", async () => {
  await server.post("/jobs", { id: "files", poolInfo: { poolId: "ready" } });
  const commandLine = "/bin/sh -c 'printf out; printf err >&2; head -c 100000 /dev/urandom > wd.bin; sha1sum < wd.bin > sum'";
  await server.post("/jobs/files/tasks", { id: "t", commandLine });
  await eventually("the task", async () => ((await counts("files")).completed === 1 ? true : undefined));
  const ofTask = ["--job", "files", "--task", "t"];
  expect(await done(["file", "list", ...ofTask])).toMatch(/^100000 +\S+ +wd\/wd\.bin$/m);
  expect(await done(["file", "download", "stdout.txt", ...ofTask])).toBe("out");
  await done(["file", "download", "stderr.txt", ...ofTask, "--to", "err.txt"]);
  expect(readFileSync(join(folder, "err.txt"), "utf8")).toBe("err");
  const { nodeInfo } = await server.get<{ nodeInfo: { nodeId: string } }>("/jobs/files/tasks/t");
  const ofNode = ["--pool", "ready", "--node", nodeInfo.nodeId];
  await done(["file", "download", "workitems/files/job-1/t/wd/wd.bin", ...ofNode, "--to", "wd.bin"]);
  const sum = await done(["file", "download", "wd/sum", ...ofTask]);
  const { createHash } = await import("node:crypto");
  expect(
    createHash("sha1")
      .update(readFileSync(join(folder, "wd.bin")))
      .digest("hex"),
  ).toBe(sum.split(" ")[0]);
});

it("row 14: progress by task counts, filtered lists and the watch view, and the output as a file", async () => {
  await server.post("/jobs", { id: "watched", poolInfo: { poolId: "ready" } });
  const value = Array.from({ length: 5 }, (_, i) => ({ id: `t${i}`, commandLine: i === 4 ? "/bin/false" : "/bin/echo done" }));
  const gate = { id: "gate", commandLine: "/bin/sh -c 'while [ ! -e go ]; do sleep 0.02; done'" };
  await server.post("/jobs/watched/addtaskcollection", { value: [...value, gate] });
  const watching = weir(["watch", "watched", "--every", "PT0.02S"]);
  await eventually("all but one", async () => ((await counts("watched")).completed === 5 ? true : undefined));
  const running = await eventually("the last one to run", async () => {
    const path = "/jobs/watched/tasks?$filter=state%20eq%20'running'&$select=id";
    const { value: found } = await server.get<{ value: { id: string }[] }>(path);
    return found.length > 0 ? found : undefined;
  });
  expect(running).toEqual([{ id: "gate" }]);
  const { nodeInfo } = await server.get<{ nodeInfo: { nodeId: string } }>("/jobs/watched/tasks/gate");
  await done(["task", "terminate", "watched", "gate"]);
  const { code, stdout } = await watching;
  expect(nodeInfo.nodeId).toBeTruthy();
  expect(stdout.trim().split("\n").at(-1)).toBe("watched  active  6 tasks  0 waiting  0 running  4 succeeded  2 failed");
  expect(code).toBe(1);
  expect((await server.ask("GET", "/jobs/watched/tasks/t0/files/stdout.txt")).text).toBe("done\n");
});

async function counts(job: string): Promise<{ completed: number }> {
  const answer = await server.get<{ taskCounts?: { completed: number }; completed: number }>(`/jobs/${job}/taskcounts`);
  return answer.taskCounts ?? answer;
}
