/** The unmodified Python SDK of Debian (azure-batch 13) through the sample script that a user would run. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { clientEnvironment, pythonWith } from "./pythonClients.ts";
import { Serving } from "./serving.ts";

const python = pythonWith("azure.batch", "the story with the Python SDK");
const script = join(import.meta.dirname, "../../samples/service/story.py");
const serving = new Serving(["--fast"]);

describe.runIf(python !== undefined)("the Python SDK", () => {
  beforeAll(async () => {
    buildOnce();
    await serving.start();
  }, 180_000);
  afterAll(() => serving.clear(), 60_000);

  it("runs samples/service/story.py: Pool_Add, Task_AddCollection, File_GetFromTask, Pool_Resize, ComputeNode_Reboot, Pool_Delete and what lies between", async () => {
    const { code, output } = await ran(python!, [script]);
    expect(output.trimEnd().split("\n")).toEqual([
      "completed 300, succeeded 270, failed 30",
      "failed: 30",
      "output: task 42 | part: 42",
      "refused: 404 TaskNotFound",
      "node: enabled",
      "deleted",
    ]);
    expect(code).toBe(0);
  }, 90_000);

  it("says what is missing when the environment does not say where the service is", async () => {
    const { code, output } = await ran(python!, [script], { AZURE_BATCH_ENDPOINT: undefined });
    expect(code).toBe(1);
    expect(output).toMatch(/AZURE_BATCH_ENDPOINT.* is not set/);
  });
});

function ran(command: string, args: string[], more: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; output: string }> {
  const env = { ...clientEnvironment(serving.running(), serving.data), ...more };
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}
