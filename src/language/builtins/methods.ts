/**
 * Methods of metrics (section 5 of the rules) and members of timestamps (2.3). `time` parameters are a timestamp, or a timeinterval meaning so
 * long before now; the order of two does not matter (5.3, 5.4).
 */
import { calendarFields, type Ticks } from "../../base/time.ts";
import { table } from "../../base/table.ts";
import type { Semantics } from "../semantics.ts";
import type { MemberRow, MethodRow } from "./row.ts";

const source = "Batch docs, automatic scaling, Obtain sample data";

export const methods = table<MethodRow>([
  {
    name: "GetSample",
    doc: "Samples of the metric: the `count` most recent ones, or those between a start and now or an end. Over a time range at least samplePercent (default 70) of the expected samples must exist, or the evaluation fails with InsufficientSampleData and the pool stays as it is.",
    overloads: [
      { parameters: ["double"], signature: "GetSample(double count)", result: "doubleVec" },
      { parameters: ["time"], signature: "GetSample(timestamp or timeinterval startTime)", result: "doubleVec" },
      { parameters: ["time", "double"], signature: "GetSample(startTime, double samplePercent)", result: "doubleVec" },
      { parameters: ["time", "time"], signature: "GetSample(startTime, endTime)", result: "doubleVec" },
      {
        parameters: ["time", "time", "double"],
        signature: "GetSample(startTime, endTime, double samplePercent)",
        result: "doubleVec",
      },
    ],
    source,
    sure: "documented",
  },
  {
    name: "GetSamplePercent",
    doc: "Percentage, 0 to 100, of the samples expected between a start and now or an end that exist. Guard a GetSample over the same range with it.",
    overloads: [
      { parameters: ["time"], signature: "GetSamplePercent(timestamp or timeinterval startTime)", result: "double" },
      { parameters: ["time", "time"], signature: "GetSamplePercent(startTime, endTime)", result: "double" },
    ],
    source,
    sure: "documented",
  },
  {
    name: "GetSamplePeriod",
    doc: "The spacing of the samples.",
    overloads: [{ parameters: [], signature: "GetSamplePeriod()", result: "timeinterval" }],
    source,
    sure: "assumed",
  },
  {
    name: "Count",
    doc: "Number of samples in the history.",
    overloads: [{ parameters: [], signature: "Count()", result: "double" }],
    source,
    sure: "documented",
  },
  {
    name: "HistoryBeginTime",
    doc: "Time of the oldest sample kept; the time of the evaluation when there is none.",
    overloads: [{ parameters: [], signature: "HistoryBeginTime()", result: "timestamp" }],
    source,
    sure: "documented",
  },
]);

const member = (name: MemberRow["name"], doc: string): MemberRow => ({
  name,
  doc,
  source: "Batch docs, automatic scaling, Types",
  sure: "documented",
});

export const members = table<MemberRow>([
  member("year", "Year, in UTC."),
  member("month", "Month, 1 to 12, in UTC."),
  member("day", "Day of the month, 1 to 31, in UTC."),
  member("weekday", "Day of the week, in UTC: Monday is 1, Sunday 0."),
  member("hour", "Hour, 0 to 23, in UTC."),
  member("minute", "Minute, 0 to 59."),
  member("second", "Second, 0 to 59, without its fraction."),
]);

/** The member's number for an instant. */
export function memberValue(name: MemberRow["name"], instant: Ticks, semantics: Semantics): number {
  const value = calendarFields(instant)[name];
  return name === "weekday" && value === 0 ? semantics.sundayWeekday : value;
}
