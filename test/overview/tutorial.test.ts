/** The runnable sample of the overview's six steps does what its head says, with blob storage and service of its own; that with az is run by .ci/run. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

beforeAll(() => buildOnce(), 120_000);

/** Runs a sample as `npm run tutorial` does. */
function tutorial(...command: readonly string[]): Promise<{ code: number | null; text: string }> {
  const args = ["samples/service/together.mjs", ...command];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more: string) => (text += more));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

it("rows 2 and 310: the tutorial with the unmodified @azure/batch runs all six steps, from files in storage to counts in storage", async () => {
  const { code, text } = await tutorial(process.execPath, "samples/service/tutorial.mjs");
  expect(code, text).toBe(0);
  for (const step of [1, 2, 3, 4, 5, 6]) expect(text).toMatch(new RegExp(`^${step}\\. `, "m"));
  expect(text).toMatch(/moon-txt on \S+: 7 different words in moon\.txt/);
  expect(text).toContain("in storage, counts/river.txt: 2 the …");
}, 60_000);
