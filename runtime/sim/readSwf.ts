/**
 * Standard Workload Format 2.2: header comments, then 18 numbers a job. Read are submit time (field 2), run time (4), processors (5, else those
 * asked for, 8) and the user (12). A job of n processors becomes one task of n slots that runs as long as the job did.
 *
 * Unknown is written -1. What becomes of it: a job without a submit time is left out; a run time of 0, or an unknown one, becomes a task that ends
 * the instant it starts, so that no job of a log is lost; unknown processors count as 1.
 */
import { type Workload, WorkloadBuilder, type WorkloadJob, WorkloadProblem, ONE_JOB } from "./workload.ts";

export interface SwfOptions {
  /** One job for all (default), or a job for each user, served in turn. */
  readonly jobs?: "one" | "user";
}

const FIELDS_MIN = 5;
const SUBMIT = 2;
const RUN = 4;
const USED = 5;
const ASKED = 8;
const USER = 12;
const SLOTS_MAX = 2 ** 31 - 1;

const NEWLINE = 10;
const RETURN = 13;
const SEMICOLON = 59;
const isBlank = (code: number) => code === 32 || code === 9 || code === RETURN;

/** Reads the text of a log. Throws WorkloadProblem for a line that is no job. */
export function readSwf(text: string, options: SwfOptions = {}): Workload {
  const builder = new WorkloadBuilder();
  const users = new Map<number, number>();
  const fields = new Float64Array(USER + 1);
  let startAt: number | undefined;
  let line = 0;
  for (let at = 0; at < text.length; ) {
    line++;
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    let begin = at;
    while (begin < end && isBlank(text.charCodeAt(begin))) begin++;
    at = end + 1;
    if (begin === end) continue;
    if (text.charCodeAt(begin) === SEMICOLON) {
      const started = /^;\s*UnixStartTime:\s*(\d{1,12})\s*$/.exec(text.slice(begin, Math.min(end, begin + 200)));
      if (started !== null) startAt = Number(started[1]) * 1000;
      continue;
    }
    readFields(text, begin, end, line, fields);
    if (fields[SUBMIT] < 0) continue;
    const processors = fields[USED] > 0 ? fields[USED] : fields[ASKED] > 0 ? fields[ASKED] : 1;
    if (!Number.isInteger(processors) || processors > SLOTS_MAX)
      throw new WorkloadProblem(`line ${line}: ${processors} is no number of processors`);
    builder.add(
      fields[SUBMIT] * 1000,
      Math.max(0, fields[RUN]) * 1000,
      processors,
      options.jobs === "user" ? userOf(users, fields[USER]) : 0,
    );
  }
  const jobs: readonly WorkloadJob[] =
    options.jobs === "user" ? [...users.keys()].map((user) => ({ id: `user-${user}`, priority: 0 })) : ONE_JOB;
  return builder.build(jobs, startAt);
}

function userOf(users: Map<number, number>, given: number): number {
  const user = Number.isInteger(given) && given >= 0 ? given : 0;
  let place = users.get(user);
  if (place === undefined) users.set(user, (place = users.size));
  return place;
}

/** Fills `fields` from 1; those that are missing at the end of a short line are -1. */
function readFields(text: string, begin: number, end: number, line: number, fields: Float64Array): void {
  fields.fill(-1);
  let count = 0;
  for (let at = begin; at < end && count < USER; ) {
    let stop = at;
    while (stop < end && !isBlank(text.charCodeAt(stop)) && text.charCodeAt(stop) !== NEWLINE) stop++;
    const value = numberOf(text, at, stop);
    if (!Number.isFinite(value))
      throw new WorkloadProblem(`line ${line}: "${text.slice(at, Math.min(stop, at + 40))}" is no number`);
    fields[++count] = value;
    at = stop;
    while (at < end && isBlank(text.charCodeAt(at))) at++;
  }
  if (count < FIELDS_MIN) throw new WorkloadProblem(`line ${line}: a job has 18 fields, here are ${count}`);
}

/** Whole numbers by hand, because a log holds millions of them; anything else as JavaScript reads it. */
function numberOf(text: string, begin: number, end: number): number {
  const negative = text.charCodeAt(begin) === 45;
  let value = 0;
  const first = negative ? begin + 1 : begin;
  if (first === end || end - first > 15) return Number(text.slice(begin, end));
  for (let at = first; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return Number(text.slice(begin, end));
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}
