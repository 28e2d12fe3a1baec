/** The runnable sample of scaling: the same load on a pool of fixed size and on one with a formula, with the unmodified SDK, and the core hours of both. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { dataDirectory, endAll, type Served, served } from "../serve/servedProcess.ts";

let server: Served;

beforeAll(async () => {
  buildOnce();
  const options = ["--fast", "--time-scale", "3600", "--sample-period", "PT5M", "--log-level", "warn"];
  server = await served("--data", dataDirectory(), "--on-stop", "end", ...options);
}, 120_000);
afterAll(endAll, 30_000);

/** Runs the sample as its head says. */
function sample(): Promise<{ code: number | null; text: string }> {
  const { endpoint, account, key } = server.document;
  const child = spawn(process.execPath, [join(import.meta.dirname, "../../samples/service/scaling.mjs")], {
    env: { ...process.env, AZURE_BATCH_ENDPOINT: endpoint, AZURE_BATCH_ACCOUNT: account, AZURE_BATCH_ACCESS_KEY: key },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more: string) => (text += more));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, text }));
  });
}

test("rows 243 and 244: the scaled pool follows its queue from no nodes to four and back, runs the same tasks, and its core hours are those of the time with work only", async () => {
  const { code, text } = await sample();
  expect(code, text).toBe(0);
  const sizes = [...text.matchAll(/^the scaled pool has (\d) nodes$/gm)].map(([, nodes]) => Number(nodes));
  expect(Math.max(...sizes)).toBe(4);
  expect([sizes[0], sizes[sizes.length - 1]]).toEqual([0, 0]);
  for (const job of ["fixed", "scaled"]) expect(text).toContain(`${job}: 12 tasks succeeded, 0 failed`);
  const rows = [...text.matchAll(/^\d\d:\d\d +([\d.]+) +([\d.]+)$/gm)].map(([, fixed, scaled]) => [
    Number(fixed),
    Number(scaled),
  ]);
  expect(rows.length).toBeGreaterThanOrEqual(4);
  // Four nodes of two cores: four core hours in each whole half hour, with work or without, from when they have come.
  const whole = rows.slice(rows.findIndex(([fixed]) => fixed === 4));
  expect(whole.map(([fixed]) => fixed)).toEqual(Array(whole.length).fill(4));
  expect(whole.length).toBeGreaterThanOrEqual(3);
  expect(rows.slice(-3).map(([, scaled]) => scaled)).toEqual([0, 0, 0]);
  const [fixed, scaled] = [0, 1].map((column) => rows.reduce((sum, row) => sum + row[column], 0));
  expect(scaled).toBeGreaterThan(0);
  expect(scaled).toBeLessThanOrEqual(fixed - 12);
  const total = /^total +([\d.]+) +([\d.]+)$/m.exec(text)!;
  expect(Number(total[1])).toBeCloseTo(fixed, 0);
  expect(Number(/^saved: (\d+) %$/m.exec(text)?.[1])).toBeCloseTo(100 * (1 - Number(total[2]) / Number(total[1])), -0.1);
  await server.kill("SIGTERM");
}, 60_000);
