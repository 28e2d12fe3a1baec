/**
 * Lint codes about look-backs, percentages and the clock (rules 2.3 to 2.5, 3.16 to 3.21, 4.10, 5.1 to 5.18).
 */
import { lintRow } from "./lintRow.ts";

export const lintRowsOfSamples = [
  lintRow("unguarded-samples", "warning", "5.6, 5.7", {
    message: (d) => `GetSample wants ${d.wanted} % of the samples of its range, and nothing asks first whether they are there`,
    hint: (d) => `guard it: ${d.metric}.GetSamplePercent(${d.range}) < ${d.wanted} ? max(0, ${d.metric}.GetSample(1)) : …`,
    reason:
      "With too few samples the whole run fails and the pool keeps its size. A new pool has no samples at all, so it would never get its first node.",
    example: "$TargetDedicatedNodes = min(10, avg($PendingTasks.GetSample(TimeInterval_Hour)));",
  }),
  lintRow("guard-of-other-metric", "warning", "5.9", {
    message: (d) => `The guard asks for samples of ${d.guarded}, but ${d.metric} is read`,
    hint: (d) => `ask ${d.metric}.GetSamplePercent(…)`,
    reason: "Each metric has samples of its own; those of another say nothing about it, so the run can still fail.",
    example: "x = $ActiveTasks.GetSamplePercent(TimeInterval_Hour) < 70 ? 0 : avg($RunningTasks.GetSample(TimeInterval_Hour));",
  }),
  lintRow("guard-of-other-window", "warning", "5.9", {
    message: (d) => `The guard asks about ${d.guarded}, but ${d.window} is read`,
    hint: (d) =>
      `put the range into a variable and use it in both: ${d.metric}.GetSamplePercent(span), ${d.metric}.GetSample(span)`,
    reason:
      "Many samples in the last hour may still be few in the last 5 minutes, and the other way round, so the run can still fail.",
    example:
      "x = $PendingTasks.GetSamplePercent(TimeInterval_Hour) < 70 ? 0 : avg($PendingTasks.GetSample(5 * TimeInterval_Minute));",
  }),
  lintRow("guard-inverted", "warning", "5.7", {
    message: () => "The range is read just when it has too few samples",
    hint: () => "swap the two branches, or turn the comparison round",
    reason:
      "The condition leads to this GetSample when samples are missing: then it fails, and when they are there it is not asked.",
    example:
      "x = $PendingTasks.GetSamplePercent(TimeInterval_Hour) < 70 ? avg($PendingTasks.GetSample(TimeInterval_Hour)) : 0;",
  }),
  lintRow("guard-below-wanted-percent", "warning", "5.6", {
    message: (d) => `The guard is content with ${d.guard} %, but GetSample wants ${d.wanted} %`,
    hint: (d) => `ask for ${d.wanted} %, or give GetSample the percentage: GetSample(range, ${d.guard})`,
    reason:
      "Between the two percentages the guard says yes and GetSample fails the run. A GetSample that names no percentage wants 70.",
    example:
      "x = $PendingTasks.GetSamplePercent(TimeInterval_Hour) < 50 ? 0 : avg($PendingTasks.GetSample(TimeInterval_Hour));",
  }),
  lintRow("percent-as-fraction", "warning", "4.10, 5.9", {
    message: (d) => `${d.what} counts from 0 to 100: ${d.value} is less than one percent`,
    hint: (d) => `did you mean ${d.suggestion}?`,
    reason:
      "Old examples write 0.7 for 70 percent. The percentages here go up to 100, so the comparison is nearly always true, or nearly never.",
    example: "x = avg($CPUPercent.GetSample(5)) > 0.7;",
  }),
  lintRow("percent-above-100", "warning", "5.7, 5.10", {
    message: (d) => `${d.value} % of the samples can never be there`,
    hint: () => "percentages go from 0 to 100",
    reason: "More than all samples do not exist, so a GetSample that wants them fails every run.",
    example: "x = avg($PendingTasks.GetSample(TimeInterval_Hour, 150));",
  }),
  lintRow("percent-in-average", "warning", "3.1, 5.6", {
    message: (d) => `The ${d.value} is averaged as if it were a sample`,
    hint: (d) => `a percentage of samples is GetSample's: avg(….GetSample(range, ${d.value}))`,
    reason:
      "An average takes numbers beside vectors. A percentage behind the wrong parenthesis becomes one more sample, and GetSample wants its own 70.",
    example: "x = avg($PendingTasks.GetSample(TimeInterval_Hour), 70);",
  }),
  lintRow("metric-as-number", "hint", "8.23", {
    message: (d) => `${d.metric} without a method is its newest sample alone`,
    hint: (d) => `an average is steadier: avg(${d.metric}.GetSample(10 * TimeInterval_Minute)), guarded by GetSamplePercent`,
    reason: "One sample may be a moment's peak or gap, and the pool is resized for it. It is 0 as long as there is no sample.",
    example: "$TargetDedicatedNodes = min(10, $PendingTasks);",
  }),
  lintRow("retired-metric", "hint", "4.10", {
    message: (d) => `${d.metric} is no longer collected by the service since 2024`,
    hint: () => "it works where you record the metric yourself; else use task counts",
    reason: "Its value does not change any more, so a formula that follows it does nothing sensible on the live service.",
    example: "x = avg($MemoryBytes.GetSample(5));",
  }),
  lintRow("window-below-period", "warning", "5.11, 5.18", {
    message: (d) => `The range of ${d.span} is shorter than the ${d.period} between two samples`,
    hint: () => "look back over several samples, or take the newest by number: GetSample(1)",
    reason: "Most of the time no sample falls into so short a range: the percentage is 0 or 100 by chance.",
    example: "x = $PendingTasks.GetSamplePercent(TimeInterval_Second);",
  }),
  lintRow("window-within-delay", "hint", "5.12", {
    message: (d) => `The range is the last ${d.span}, and a sample takes about ${d.delay} until it can be read`,
    hint: () => "look back further: several minutes at least",
    reason: "What was measured in the last minute is not there yet, so so short a range is mostly found empty.",
    example: "x = $PendingTasks.GetSamplePercent(TimeInterval_Minute);",
  }),
  lintRow("window-in-future", "warning", "5.4, 8.2", {
    message: () => "The range reaches into the future, where there are no samples",
    hint: () => "a positive interval looks back: write GetSample(10 * TimeInterval_Minute)",
    reason: "An interval says how long ago. With a minus before it the range lies ahead, and nothing is found there.",
    example: "x = $PendingTasks.GetSamplePercent(-10 * TimeInterval_Minute);",
  }),
  lintRow("time-fraction-digits", "warning", "3.20, 8.26", {
    message: (d) => `A time has at most 7 fraction digits, this one has ${d.digits}`,
    hint: () => "many clocks print nanoseconds; the service counts in steps of 100 ns",
    reason: "The text is refused, and every run fails.",
    example: 'x = time("2026-01-05T08:00:00.123456789Z");',
    fix: "improves",
  }),
  lintRow("unreadable-time", "warning", "8.26", {
    message: (d) => `Not a time: "${d.text}"`,
    hint: () => "write 2026-01-31, 2026-01-31T08:00:00Z or Sat, 31 Jan 2026 08:00:00 GMT",
    reason: "A text that is no time fails every run that reaches it.",
    example: 'x = time("2026-01-05 08:00:00");',
    fix: "improves",
  }),
  lintRow("utc-hours", "hint", "2.3", {
    message: (d) => `${d.member} is in UTC`,
    hint: () => "say UTC in a comment if you mean it; the language knows no time zones and no summer time",
    reason:
      "Who writes 8 for the start of work usually means the clock on the wall. The service's clock is some hours off, and twice a year by one more.",
    example: "$TargetDedicatedNodes = time().hour >= 8 ? 10 : 0;",
  }),
  lintRow("local-hours", "warning", "2.3", {
    message: (d) => `${d.member} is in UTC, but a comment speaks of ${d.words}`,
    hint: () => "convert the hours to UTC, and say UTC in the comment",
    reason:
      "The language knows no time zones: the hours in the formula are compared with UTC, so the pool grows and shrinks at other times than the comment says.",
    example: "// 8 to 18 local time\n$TargetDedicatedNodes = time().hour >= 8 && time().hour < 18 ? 10 : 0;",
  }),
  lintRow("time-equality", "warning", "2.6, 3.21", {
    message: (d) => `The time of the run is compared by ${d.operator}: it is never exactly another time`,
    hint: () => "compare with >= and <",
    reason: "time() counts steps of 100 ns; no run happens at exactly the moment that you name.",
    example: 'x = time() == time("2026-01-05T08:00:00Z");',
  }),
  lintRow("exact-minute", "hint", "6.1, 6.2", {
    message: (d) => `A run may never happen in that ${d.member}`,
    hint: () => "compare with >= and <, over at least one evaluation interval",
    reason: "A pool is evaluated every 5 minutes at most, at minutes that depend on when automatic scaling was enabled.",
    example: "x = time().minute == 0;",
  }),
] as const;
