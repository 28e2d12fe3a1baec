/**
 * Where the histories come from, in the words their headings carry: what it is, who made it, under what terms, and how its clock was
 * moved. The shifts keep the week day and the hour of the day, so that formulas which look at the calendar meet the rhythm that was there.
 */

/** One public trace. `shift` is added to the trace's seconds to give Unix seconds. */
export interface Source {
  readonly heading: readonly string[];
  readonly shift: number;
}

const unixSeconds = (text: string) => Date.parse(text) / 1000;
const DAY = 86_400;

const archiveTerms =
  "Terms: freely available to evaluate parallel systems and schedulers; name the archive and the log's provider.";

export const nasa: Source = {
  heading: [
    "Source: NASA Ames iPSC/860 log, NASA-iPSC-1993-3.1-cln.swf, Parallel Workloads Archive, provided by Bill Nitzberg.",
    archiveTerms,
    "Time: Monday 1993-10-18 00:00 Pacific time of the log is Monday 2026-01-05T00:00:00Z here, so week days and hours agree.",
    "  The log counts plain seconds: after the end of daylight saving time (2026-01-18 here) the rhythm comes an hour later.",
  ],
  // The log begins at midnight (plus 3 s) of Friday 1993-10-01; 17 days later it is Monday the 18th.
  shift: unixSeconds("2026-01-05T00:00:00Z") - 17 * DAY,
};

export const lcg: Source = {
  heading: [
    "Source: LHC Computing Grid log, LCG-2005-1.swf, Parallel Workloads Archive, provided by Hui Li.",
    archiveTerms,
    "Time: Monday 2005-11-28 00:00 UTC of the log is Monday 2026-01-05T00:00:00Z here.",
  ],
  // The log begins at midnight (plus 5 s) of Sunday 2005-11-20; 8 days later it is Monday the 28th.
  shift: unixSeconds("2026-01-05T00:00:00Z") - 8 * DAY,
};

export const azureVm: Source = {
  heading: [
    "Source: Azure VM requests of 2017, AzurePublicDataset V1 (Microsoft; Cortez et al., SOSP 2017), batches as processed by Huawei Cloud",
    "  (trace_generation_rnn, v1.test).",
    "Licence: CC BY 4.0. Changes: thinned and replayed as told below.",
    "Time: second 2160000 of the trace (the end of its 25th day) is Monday 2026-01-05T00:00:00Z here.",
    "  The week day of the trace is not known; its hours are kept if its second 0 was midnight.",
  ],
  shift: unixSeconds("2026-01-05T00:00:00Z") - 25 * DAY,
};

export const azureLlm: Source = {
  heading: [
    "Source: Azure LLM inference trace 2023 (code), AzurePublicDataset (Microsoft; Splitwise, ISCA 2024).",
    "Licence: CC BY 4.0. Changes: replayed as told below.",
    "Time: Thursday 2023-11-16 UTC is Thursday 2026-01-08 here; the hour is kept.",
  ],
  shift: unixSeconds("2026-01-08T00:00:00Z"),
};
