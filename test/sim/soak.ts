/** One seed of the fault-injection soak; what is wrong with it, and how to repeat it. */
import { brokenClaims, type Run, runScenario } from "../../runtime/sim/index.ts";
import { faultyScenario } from "./faultyScenario.ts";

/** Nothing when the seed is fine; `spoil` plants a bug. Runs that stall because a start task failed everywhere, or capacity is gone for good, are fine too. */
export function soakSeed(seed: number, spoil?: (run: Run) => void): string[] {
  const repeat = `repeat it with: WEIR_SEED=${seed} npm run soak -- test/sim`;
  try {
    const run = runScenario(faultyScenario(seed), { checkEvery: 50 });
    spoil?.(run);
    const claims = brokenClaims(run).filter((claim) => !(run.recorder.stalled && claim.startsWith("completion")));
    return claims.map((claim) => `seed ${seed}: ${claim}; ${repeat}`);
  } catch (error) {
    return [`seed ${seed}: ${error instanceof Error ? error.stack : String(error)}; ${repeat}`];
  }
}
