/** The samples of samples/service, but those in other languages: each does what its head says. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { clientEnvironment } from "./pythonClients.ts";
import { taskIn, textOf, usableNodes } from "./sdkClient.ts";
import { Serving } from "./serving.ts";

const folder = join(import.meta.dirname, "../../samples/service");
const serving = new Serving(["--fast", "--seed", join(folder, "seed.yaml"), "--reset"]);

beforeAll(async () => {
  buildOnce();
  await serving.start();
}, 180_000);
afterAll(() => serving.clear(), 60_000);

describe("samples/service", () => {
  it("seed.yaml: Pool_Add, Job_Add, Task_Add are done before anyone asks, and the tasks run", async () => {
    const client = serving.client();
    await usableNodes(client, "seeded", 2);
    expect((await taskIn(client, "seeded", "hello", "completed")).executionInfo?.exitCode).toBe(0);
    expect((await taskIn(client, "seeded", "fails", "completed")).executionInfo?.exitCode).toBe(3);
    expect(await textOf(client.file.getFromTask("seeded", "hello", "stdout.txt"))).toBe("hello from a seed\n");
  });

  it("quickstart.mjs: 20 tasks run on two nodes, each with its exit code and its output", async () => {
    const env = clientEnvironment(serving.running(), serving.data);
    const { code, lines } = await new Promise<{ code: number | null; lines: string[] }>((resolve, reject) => {
      const child = spawn(process.execPath, [join(folder, "quickstart.mjs")], { env, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (more: string) => (text += more));
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, lines: text.trimEnd().split("\n") }));
    });
    expect(code, lines.join("\n")).toBe(0);
    const tasks = lines.filter((line) => line.startsWith("task-"));
    expect(tasks.map((line) => line.replace(/on tvm\S+$/, "on a node")).sort()).toEqual(
      Array.from({ length: 20 }, (_, i) => `task-${i}: exit code ${i % 10 === 7 ? 3 : 0}, task-${i} on a node`).sort(),
    );
  }, 60_000);
});
