/** A short crash test with every build; crash.soak.ts is the long one. */
import { beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { crashRounds } from "./crashRounds.ts";

const seed = Number(process.env.WEIR_CRASH_SEED ?? 1);

beforeAll(() => buildOnce(), 120_000);

it("after six kill -9 of server and agent under load every acknowledged task has come to its right end once, with its files", async () => {
  const report = await crashRounds({ seed, rounds: 6 });
  expect(report.findings, `seed ${seed}`).toEqual([]);
  expect(report.serverKills).toBeGreaterThanOrEqual(3);
  expect(report.agentKills).toBeGreaterThanOrEqual(2);
  expect(report.tasks).toBeGreaterThan(20);
  expect(report.runs).toBeGreaterThan(20);
}, 300_000);

it("the same while nodes reboot, leave scheduling and come back, and the job is disabled: what is requeued runs again, and never twice at once", async () => {
  const report = await crashRounds({ seed: seed + 1, rounds: 5, disturb: true });
  expect(report.findings, `seed ${seed + 1}`).toEqual([]);
  expect(report.serverKills).toBeGreaterThanOrEqual(3);
  expect(report.agentKills).toBeGreaterThanOrEqual(2);
  expect(report.runs).toBeGreaterThan(20);
}, 300_000);
