/**
 * `weir doctor POOL`: why tasks of a pool do not run, in a sentence. Asked of a running service, or of a data directory that nobody serves. Ends with 0
 * when nothing is wrong, with 1 when something is.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { readAccount } from "../../serve/account.ts";
import { ask, errorText } from "../../serve/client.ts";
import { layout } from "../../serve/dataDirectory.ts";
import { type Diagnosis, diagnose } from "../../serve/doctor/diagnosis.ts";
import { asServeProblem, ServeProblem } from "../../serve/serveProblem.ts";
import { openStore } from "../../serve/store.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { type Output, visibleName, visibleText } from "../output.ts";

export interface DoctorOptions {
  readonly endpoint?: string;
  readonly data?: string;
  readonly account?: string;
  readonly key?: string;
  /** File of a self-made certificate to trust. */
  readonly certificate?: string;
}

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

/** A directory that was named goes before the endpoint that the shell happens to know. */
function diagnosisOf(pool: string, options: DoctorOptions): Promise<Diagnosis> {
  const endpoint = options.endpoint ?? (options.data === undefined ? process.env.AZURE_BATCH_ENDPOINT : undefined);
  return endpoint === undefined || endpoint === "" ? ofDirectory(pool, options) : ofService(pool, endpoint, options);
}

async function ofService(pool: string, endpoint: string, options: DoctorOptions): Promise<Diagnosis> {
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new UsageError(`--endpoint ${visibleName(endpoint)}: write it as http://127.0.0.1:1234`, "doctor");
  const certificate = options.certificate ?? certificateOf(options.data);
  const ca = certificate === undefined ? {} : { ca: readText(certificate) };
  const asked = { endpoint, account: accountOf(options), ...ca };
  const answer = await ask(asked, "GET", `/admin/doctor?pool=${encodeURIComponent(pool)}`).catch((error: Error) => {
    const isUntrusted = /self-signed|CERT/.test(`${error.message} ${(error as NodeJS.ErrnoException).code}`);
    const hint = isUntrusted
      ? "; trust its certificate with --certificate DIR/certificate.pem, or name its directory with --data"
      : "";
    throw new InputError(`nobody answers at ${endpoint}: ${visibleText(error.message)}${hint}`);
  });
  if (answer.status !== 200) throw new InputError(`${endpoint}: ${visibleText(errorText(answer))}`);
  return answer.body as Diagnosis;
}

/** The certificate that a service with `--https` has made for itself in its directory, if it has. */
function certificateOf(data: string | undefined): string | undefined {
  const file = data === undefined ? undefined : layout(resolve(data), false).certificate;
  return file !== undefined && existsSync(file) ? file : undefined;
}

function accountOf({ account, key, data }: DoctorOptions): { name: string; key: string } {
  const name = account ?? process.env.AZURE_BATCH_ACCOUNT;
  const secret = key ?? process.env.AZURE_BATCH_ACCESS_KEY;
  if (name !== undefined && secret !== undefined) return { name, key: secret };
  if (data !== undefined) return readAccount(layout(resolve(data), false).account);
  throw new UsageError(
    "the service wants a signature: give --account and --key, or --data, or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY",
    "doctor",
  );
}

async function ofDirectory(pool: string, { data }: DoctorOptions): Promise<Diagnosis> {
  if (data === undefined)
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

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`${file}: ${(error as Error).message.split("\n")[0]}`);
  }
}

const linkOf = ({ chain, link }: Diagnosis) => chain.find((each) => each.link === link);
const MARKS = { ok: "ok", waiting: "waiting", broken: "broken" } as const;
const ROLES = { ok: "good", waiting: "warning", broken: "error" } as const;

function show(diagnosis: Diagnosis, output: Output): void {
  const { chain, sentence, remedy } = diagnosis;
  for (const { link, status, text } of chain) {
    const mark = output.paint(ROLES[status], MARKS[status].padEnd(8));
    output.line(`${output.paint("name", link.padEnd(11))}${mark}${visibleText(text)}`);
  }
  output.line("");
  output.line(output.paint("title", `${capital(visibleText(sentence))}.`));
  if (remedy !== undefined) output.line(`To mend it: ${visibleText(remedy)}.`);
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
