/**
 * The list of lint rules. Each is one file and looks for one kind of mistake; the reason behind each code stands in its row. The order is the order
 * of the reference page and changes no result.
 */
import type { Rule } from "./rule.ts";
import { assignedTargets } from "./rules/assignedTargets.ts";
import { assignments } from "./rules/assignments.ts";
import { bareStatements } from "./rules/bareStatements.ts";
import { clamps } from "./rules/clamps.ts";
import { comparisons } from "./rules/comparisons.ts";
import { conditions } from "./rules/conditions.ts";
import { deallocation } from "./rules/deallocation.ts";
import { drivingCounts } from "./rules/drivingCounts.ts";
import { exactTimes } from "./rules/exactTimes.ts";
import { hours } from "./rules/hours.ts";
import { kinds } from "./rules/kinds.ts";
import { lineBreaks } from "./rules/lineBreaks.ts";
import { metricUse } from "./rules/metricUse.ts";
import { obsoleteNames } from "./rules/obsoleteNames.ts";
import { percentages } from "./rules/percentages.ts";
import { rounding } from "./rules/rounding.ts";
import { sampleGuards } from "./rules/sampleGuards.ts";
import { sampleRanges } from "./rules/sampleRanges.ts";
import { smallPools } from "./rules/smallPools.ts";
import { targetBounds } from "./rules/targetBounds.ts";
import { timeTexts } from "./rules/timeTexts.ts";

/** Every rule. The two codes about silencing comments have none: `silence.ts` reports them, after the rules. */
export const rules: readonly Rule[] = [
  assignedTargets, // a formula without a target does nothing
  targetBounds, // targets that no pool can have: negative, without bound, nan
  rounding, // quotients cut to 0
  smallPools, // factors that cannot move a small pool
  clamps, // min and max the wrong way round
  drivingCounts, // active or running tasks alone; slots forgotten
  kinds, // dedicated and low-priority mixed up
  deallocation, // tasks of nodes that leave
  sampleGuards, // GetSample without the right question before it
  percentages, // 0.7 for 70 percent
  metricUse, // metrics as plain numbers, metrics no longer collected
  sampleRanges, // look-backs in which nothing can be found
  timeTexts, // time("…") that is not read
  hours, // UTC and the clock on the wall
  exactTimes, // moments that no run meets
  obsoleteNames, // aliases
  lineBreaks, // a semicolon that is missing without an error
  bareStatements, // statements that assign nothing or are not reached
  assignments, // values that no one reads
  conditions, // conditions decided beforehand
  comparisons, // comparisons read otherwise than they look
];
