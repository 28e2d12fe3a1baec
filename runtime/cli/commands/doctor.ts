/**
 * `weir doctor POOL`: why tasks of a pool do not run, in a sentence. Asked of a running service, or of a data directory that nobody serves. Ends with 0
 * when nothing is wrong, with 1 when something is.
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { errorText } from "../../serve/client.ts";
import { layout } from "../../serve/dataDirectory.ts";
import { type Diagnosis, diagnose } from "../../serve/doctor/diagnosis.ts";
import { asServeProblem, ServeProblem } from "../../serve/serveProblem.ts";
import { openStore } from "../../serve/store.ts";
import { type ConnectionOptions, connect, endpointOf } from "../connection.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { type Output, visibleName, visibleText } from "../output.ts";

export type DoctorOptions = ConnectionOptions;

/** Runs the command. */
export async function doctor(pool: string, options: DoctorOptions, output: Output): Promise<ExitCode> {
  try {
    const diagnosis = await diagnosisOf(pool, options);
    if (output.json) output.document(diagnosis);
    else show(diagnosis, output);
    return diagnosis.healthy || linkOf(diagnosis)?.status === "waiting" ? exitCodes.done : exitCodes.wrong;
  } catch (error) {
    const problem = asServeProblem(error);
    throw problem instanceof ServeProblem ? new InputError(problem.message) : problem;
  }
}

function diagnosisOf(pool: string, options: DoctorOptions): Promise<Diagnosis> {
  return endpointOf(options) === undefined ? ofDirectory(pool, options) : ofService(pool, options);
}

async function ofService(pool: string, options: DoctorOptions): Promise<Diagnosis> {
  const { client, ask } = connect(options, "doctor");
  const answer = await ask("GET", `/admin/doctor?pool=${encodeURIComponent(pool)}`);
  if (answer.status !== 200) throw new InputError(`${client.endpoint}: ${visibleText(errorText(answer))}`);
  return answer.body as Diagnosis;
}

async function ofDirectory(pool: string, { data }: DoctorOptions): Promise<Diagnosis> {
  if (data === undefined || data.trim() === "")
    throw new UsageError(
      "say whom to ask: --endpoint URL (or AZURE_BATCH_ENDPOINT), or --data DIR of a service that is stopped",
      "doctor",
    );
  const directory = layout(resolve(data), false);
  if (!existsSync(directory.path)) throw new InputError(`data directory ${directory.path}: no such directory`);
  if (!existsSync(directory.database)) throw new InputError(`${directory.path}: no service has kept anything there`);
  const { persistence, world } = await openStore(directory, {}).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes(" is in use by "))
      throw new InputError(`a service runs on ${directory.path}: ask it with --endpoint URL --data ${directory.path}`);
    throw error;
  });
  try {
    const diagnosis = diagnose(world, pool, { now: world.now, agentConnected: undefined });
    if (diagnosis === undefined) throw new InputError(`${directory.path}: there is no pool ${visibleName(pool)}`);
    return diagnosis;
  } finally {
    persistence.close();
  }
}

const linkOf = ({ chain, link }: Diagnosis) => chain.find((each) => each.link === link);
/** Nodes with failures that are shown. */
const NODES_SHOWN = 10;
const MARKS = { ok: "ok", waiting: "waiting", broken: "broken" } as const;
const ROLES = { ok: "good", waiting: "warning", broken: "error" } as const;

function show(diagnosis: Diagnosis, output: Output): void {
  const { chain, sentence, remedy, failures } = diagnosis;
  for (const { link, status, text } of chain) {
    const mark = output.paint(ROLES[status], MARKS[status].padEnd(8));
    output.line(`${output.paint("name", link.padEnd(11))}${mark}${visibleText(text)}`);
  }
  showFailures(failures, output);
  output.line("");
  output.line(output.paint("title", `${capital(visibleText(sentence))}.`));
  if (remedy !== undefined) output.line(`To mend it: ${visibleText(remedy)}.`);
}

/** A line for each node on which tasks have failed; more of them than fit a screen say no more. */
function showFailures(failures: Diagnosis["failures"], output: Output): void {
  if (failures.length === 0) return;
  output.line("");
  for (const { node, failed, succeeded, latest, isGone } of failures.slice(0, NODES_SHOWN)) {
    const of = `${failed} of ${failed + succeeded} task${failed + succeeded === 1 ? "" : "s"} failed on it`;
    const last = `the last was ${latest.task} of job ${latest.job} (${latest.reason})`;
    output.line(
      `${output.paint("name", visibleName(node).padEnd(11))}${visibleText(`${of}, ${last}${isGone ? "; it has left the pool" : ""}`)}`,
    );
  }
  if (failures.length > NODES_SHOWN) output.line(`and ${failures.length - NODES_SHOWN} more nodes`);
  const suspect = failures.find((each) => each.isSuspect && !each.isGone);
  if (suspect === undefined) return;
  const text = `tasks fail on ${visibleName(suspect.node)} far more often than on the other nodes: disable scheduling on it and look at its files, reboot it, or remove it`;
  output.line(output.paint("warning", `${capital(text)}.`));
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
