/**
 * The long crash tests: `npm run soak`, or one seed with `WEIR_CRASH_SEED=7 npx vitest run --config test/vitest.soak.config.ts test/conformance/crash`.
 * `WEIR_CRASH_ROUNDS` makes them longer or shorter.
 */
import { beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { crashRounds } from "./crashRounds.ts";

const seed = Number(process.env.WEIR_CRASH_SEED ?? Date.now() % 1_000_000);
const rounds = Number(process.env.WEIR_CRASH_ROUNDS ?? 60);

beforeAll(() => buildOnce(), 120_000);

async function survives(disturb: boolean): Promise<void> {
  const report = await crashRounds({ seed, rounds, disturb, progress: (line) => console.log(line) });
  console.log(`seed ${seed}: ${JSON.stringify(report)}`);
  expect(report.findings, `seed ${seed}`).toEqual([]);
  expect(report.serverKills + report.agentKills).toBeGreaterThanOrEqual(Math.floor(rounds * 0.9));
  expect(report.tasks).toBeGreaterThan(rounds * 5);
}

it("after 60 rounds of kill -9 of server, agent or both under load nothing acknowledged is lost, doubled or wrong", async () => {
  await survives(false);
}, 1_200_000);

it("after 60 such rounds in which nodes reboot and jobs are disabled meanwhile nothing acknowledged is lost, doubled or wrong", async () => {
  await survives(true);
}, 1_200_000);
