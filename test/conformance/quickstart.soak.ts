/** The sample for people with `az`: each of its lines starts an `az` of its own, which takes seconds; az.test.ts asks one that stays. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { clientEnvironment, pythonWith } from "./pythonClients.ts";
import { Serving } from "./serving.ts";

const python = pythonWith("azure.cli.command_modules.batch", "samples/service/quickstart.sh");
const serving = new Serving(["--fast"]);

beforeAll(async () => {
  buildOnce();
  await serving.start();
}, 180_000);
afterAll(() => serving.clear(), 60_000);

it.runIf(python !== undefined)(
  "samples/service/quickstart.sh: what its head says works, with `az` itself",
  async () => {
    const output = await new Promise<string>((resolve, reject) => {
      const script = join(import.meta.dirname, "../../samples/service/quickstart.sh");
      const env = clientEnvironment(serving.running(), serving.data);
      const child = spawn("/bin/sh", [script], { cwd: serving.data, env, stdio: ["ignore", "pipe", "pipe"] });
      let text = "";
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding("utf8").on("data", (more: string) => (text += more));
      child.once("error", reject);
      child.once("close", (code) => (code === 0 ? resolve(text) : reject(new Error(`it ended with ${code}: ${text}`))));
    });
    expect(output).toMatch(/hello +completed +success +0/i);
    expect(output).toMatch(/fails +completed +failure +3/i);
    expect(output).toMatch(/^hello from tvm\S+$/m);
  },
  120_000,
);
