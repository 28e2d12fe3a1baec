/** The same as crash.test.ts, more often. */
import { it } from "vitest";
import { storeSurvives } from "./kills.ts";

it(
  "50 kills: what was acknowledged is there, whole batches only, and the next process goes on",
  () => storeSurvives(50),
  600_000,
);
