/** Prints the event digests of the seeds given; a process of its own, for a test that compares. */
import { simulate } from "../../runtime/sim/index.ts";
import { faultyScenario } from "./faultyScenario.ts";

for (const seed of process.argv.slice(2)) console.log(simulate(faultyScenario(Number(seed))).eventDigest);
