/** A process that is killed at any moment leaves a store in which everything it had acknowledged is (see `kills.ts`). */
import { it } from "vitest";
import { storeSurvives } from "./kills.ts";

it("8 kills: what was acknowledged is there, whole batches only, and the next process goes on", () => storeSurvives(8));
