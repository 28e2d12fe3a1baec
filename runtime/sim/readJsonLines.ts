/**
 * Workloads as JSON Lines: `{"submit":12.5,"duration":30,"slots":1,"job":"a","priority":0}`, times in seconds. Only submit and duration must be
 * there. Tasks of one job have one priority. Blank lines are passed over.
 */
import { isId } from "../core/limits.ts";
import { type Workload, WorkloadBuilder, type WorkloadJob, WorkloadProblem } from "./workload.ts";

const DEFAULT_JOB = "workload";
const SECONDS_MAX = 1e10;
const SLOTS_MAX = 2 ** 31 - 1;
const PRIORITY_MIN = -1000;
const PRIORITY_MAX = 1000;
const KEYS = ["submit", "duration", "slots", "job", "priority"];

/** Reads the text of a workload. Throws WorkloadProblem that names the line. */
export function readJsonLines(text: string): Workload {
  const builder = new WorkloadBuilder();
  const jobs: WorkloadJob[] = [];
  const places = new Map<string, number>();
  text.split("\n").forEach((written, i) => {
    const line = i + 1;
    if (written.trim() === "") return;
    const row = objectOf(written, line);
    const submit = numberAt(row, "submit", line, 0, SECONDS_MAX);
    const duration = numberAt(row, "duration", line, 0, SECONDS_MAX);
    const slots = numberAt(row, "slots", line, 1, SLOTS_MAX, 1);
    const priority = numberAt(row, "priority", line, PRIORITY_MIN, PRIORITY_MAX, 0);
    const id = row.get("job") ?? DEFAULT_JOB;
    if (!isId(id))
      throw new WorkloadProblem(`line ${line}: "job" is a name of 1 to 64 letters, digits, hyphens and underscores`);
    if (!Number.isInteger(slots) || !Number.isInteger(priority))
      throw new WorkloadProblem(`line ${line}: "slots" and "priority" are whole numbers`);
    let place = places.get(id.toLowerCase());
    if (place === undefined) {
      place = jobs.push({ id, priority }) - 1;
      places.set(id.toLowerCase(), place);
    } else if (jobs[place].priority !== priority && row.has("priority")) {
      throw new WorkloadProblem(
        `line ${line}: job "${id}" has priority ${jobs[place].priority} above; tasks of a job have one priority`,
      );
    }
    builder.add(submit * 1000, duration * 1000, slots, place);
  });
  return builder.build(jobs);
}

function objectOf(written: string, line: number): Map<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    throw new WorkloadProblem(`line ${line}: not JSON; write {"submit":12.5,"duration":30}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new WorkloadProblem(`line ${line}: write {"submit":12.5,"duration":30}`);
  const row = new Map(Object.entries(value));
  for (const key of row.keys()) {
    if (!KEYS.includes(key))
      throw new WorkloadProblem(`line ${line}: a task has no "${key.slice(0, 40)}"; known are ${KEYS.join(", ")}`);
  }
  return row;
}

function numberAt(row: Map<string, unknown>, key: string, line: number, min: number, max: number, absent?: number): number {
  const value = row.get(key) ?? absent;
  if (value === undefined) throw new WorkloadProblem(`line ${line}: "${key}" is missing`);
  if (typeof value !== "number" || !(value >= min && value <= max))
    throw new WorkloadProblem(`line ${line}: "${key}" is a number from ${min} to ${max}`);
  return value;
}
