/**
 * The state that a service is started with: a YAML or JSON file whose entries are the bodies that a client would send, sent in order. What exists already
 * is left as it is, so a service with a data directory can be started with the same file again and again.
 *
 *     pools: [ { id: …, vmSize: …, … } ]    jobSchedules: […]    jobs: [ { id: …, poolInfo: {…}, tasks: [ { id: …, commandLine: … } ] } ]
 */
import { readFileSync } from "node:fs";
import { type Document, parseDocument } from "yaml";
import { type Answer, ask, type ClientOptions, errorText } from "./client.ts";
import { ServeProblem, systemReason } from "./serveProblem.ts";

type Body = Readonly<Record<string, unknown>>;

/** The bodies of a file, in the order in which they are sent. */
interface Seed {
  readonly pools: readonly Body[];
  readonly jobSchedules: readonly Body[];
  readonly jobs: readonly { readonly body: Body; readonly tasks: readonly Body[] }[];
}

/** How many entries were added, and how many were there already. */
export interface Seeded {
  readonly added: number;
  readonly present: number;
}

/** Most tasks of one request (T-02). */
const COLLECTION = 100;
const SECTIONS = ["pools", "jobSchedules", "jobs"] as const;

/** Reads a seed file. Throws ServeProblem that names the place. */
export function readSeed(file: string): Seed {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new ServeProblem(`seed ${file}: ${systemReason(error)}`);
  }
  const document = parseDocument(text, { prettyErrors: true });
  const [first] = document.errors;
  if (first !== undefined) {
    const at = first.linePos?.[0];
    const place = at === undefined ? "" : `:${at.line}:${at.col}`;
    throw new ServeProblem(`seed ${file}${place}: ${inWords(first)}`);
  }
  const content = contentOf(document, file);
  if (!isBody(content)) throw new ServeProblem(`seed ${file}: it must hold ${SECTIONS.join(", ")}`);
  for (const name of Object.keys(content))
    if (!(SECTIONS as readonly string[]).includes(name))
      throw new ServeProblem(`seed ${file}: ${name} is none of ${SECTIONS.join(", ")}`);
  const section = (name: string) => bodies(file, name, content[name]);
  return {
    pools: section("pools"),
    jobSchedules: section("jobSchedules"),
    jobs: section("jobs").map(({ tasks, ...body }) => ({ body, tasks: bodies(file, `tasks of ${String(body.id)}`, tasks) })),
  };
}

/** What the parser says, without the place, which is in front, and without advice to programmers. */
function inWords({ code, message }: { code: string; message: string }): string {
  if (code === "MULTIPLE_DOCS") return "it holds more than one document: remove the line --- and what does not belong";
  return message.split("\n")[0].replace(/ at line \d+, column \d+:?$/, "");
}

/** Aliases are bounded, so that a small file cannot become a large document. */
function contentOf(document: Document, file: string): Record<string, unknown> {
  try {
    return (document.toJS({ maxAliasCount: 100 }) ?? {}) as Record<string, unknown>;
  } catch (error) {
    const why =
      error instanceof ReferenceError ? "its aliases (*name) stand for too much, or for nothing" : systemReason(error);
    throw new ServeProblem(`seed ${file}: ${why}; write out what they stand for`);
  }
}

function bodies(file: string, name: string, value: unknown): readonly Body[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || !value.every(isBody)) throw new ServeProblem(`seed ${file}: ${name} must be a list of bodies`);
  return value;
}

const isBody = (value: unknown): value is Body => typeof value === "object" && value !== null && !Array.isArray(value);

/** Sends everything. Throws ServeProblem for the first thing that the service refuses. */
export async function plant(seed: Seed, client: ClientOptions): Promise<Seeded> {
  let added = 0;
  let present = 0;
  const send = async (path: string, body: Body, what: string) => {
    const answer = await ask(client, "POST", path, body);
    if (answer.status < 300) added++;
    else if (exists(answer)) present++;
    else throw new ServeProblem(`seed: ${what} ${String(body.id)}: ${errorText(answer)}`);
  };
  for (const pool of seed.pools) await send("/pools", pool, "pool");
  for (const schedule of seed.jobSchedules) await send("/jobschedules", schedule, "job schedule");
  for (const { body, tasks } of seed.jobs) {
    await send("/jobs", body, "job");
    for (let from = 0; from < tasks.length; from += COLLECTION) {
      const value = tasks.slice(from, from + COLLECTION);
      const answer = await ask(client, "POST", `/jobs/${encodeURIComponent(String(body.id))}/addtaskcollection`, { value });
      if (answer.status >= 300) throw new ServeProblem(`seed: tasks of job ${String(body.id)}: ${errorText(answer)}`);
      for (const result of (answer.body as { value: TaskResult[] }).value) {
        if (result.status.toLowerCase() === "success") added++;
        else if (result.error?.code === "TaskExists") present++;
        else
          throw new ServeProblem(
            `seed: task ${result.taskId} of job ${String(body.id)}: ${result.error?.code ?? result.status}`,
          );
      }
    }
  }
  return { added, present };
}

interface TaskResult {
  readonly status: string;
  readonly taskId: string;
  readonly error?: { readonly code?: string };
}

const exists = ({ status, body }: Answer) => status === 409 && /Exists$/.test((body as { code?: string })?.code ?? "");
