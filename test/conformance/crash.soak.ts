/**
 * The long crash test: `npm run soak`, or one seed with `WEIR_CRASH_SEED=7 npx vitest run --config test/vitest.soak.config.ts test/conformance/crash`.
 * `WEIR_CRASH_ROUNDS` makes it longer.
 */
import { beforeAll, expect, it } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { crashRounds } from "./crashRounds.ts";

beforeAll(() => buildOnce(), 120_000);

it("after 60 rounds of kill -9 of server, agent or both under load nothing acknowledged is lost, doubled or wrong", async () => {
  const seed = Number(process.env.WEIR_CRASH_SEED ?? Date.now() % 1_000_000);
  const rounds = Number(process.env.WEIR_CRASH_ROUNDS ?? 60);
  const report = await crashRounds({ seed, rounds, progress: (line) => console.log(line) });
  console.log(`seed ${seed}: ${JSON.stringify(report)}`);
  expect(report.findings, `seed ${seed}`).toEqual([]);
  expect(report.serverKills + report.agentKills).toBeGreaterThanOrEqual(Math.floor(rounds * 0.9));
  expect(report.tasks).toBeGreaterThan(rounds * 10);
}, 1_200_000);
