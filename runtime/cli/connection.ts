/**
 * Whom a command asks: a running service, its account and key, and the self-made certificate to trust. Options go before what the shell knows from the
 * Azure CLI's variables; a data directory that is named knows account, key and certificate itself.
 */
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { readAccount } from "../serve/account.ts";
import { type Answer, ask, type ClientOptions, errorText } from "../serve/client.ts";
import { layout } from "../serve/dataDirectory.ts";
import { asServeProblem, ServeProblem } from "../serve/serveProblem.ts";
import { InputError, UsageError } from "./exitCodes.ts";
import { fileTrouble, inputName } from "./files.ts";
import { visibleName, visibleText } from "./output.ts";

/** As given on the command line. */
export interface ConnectionOptions {
  readonly endpoint?: string;
  readonly data?: string;
  readonly account?: string;
  readonly key?: string;
  /** File of a self-made certificate to trust. */
  readonly certificate?: string;
}

/** Adds the options of a connection to a command. */
export function withConnectionOptions(command: Command): Command {
  const options = [
    new Option("--endpoint <url>", "the service to ask (default: AZURE_BATCH_ENDPOINT)"),
    new Option("--account <name>", "account name (default: AZURE_BATCH_ACCOUNT)"),
    new Option("--key <base64>", "account key (default: AZURE_BATCH_ACCESS_KEY)"),
    new Option("--data <directory>", "data directory of the service, where its account is kept"),
    new Option("--certificate <file>", "self-made certificate to trust"),
  ];
  for (const option of options) command.addOption(option.helpGroup("Connection:"));
  return command;
}

/** One service and how to ask it. */
export interface Connection {
  readonly client: ClientOptions;
  /** Any status. Throws InputError when nobody answers. */
  ask(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Throws InputError with the service's own words for any other answer than 2xx. */
  expect(method: string, path: string, body?: unknown): Promise<Answer>;
  /** Every item of a list, over all its pages; `most` ends it early. */
  list<Item>(path: string, most?: number): Promise<Item[]>;
}

/** The endpoint that options or the shell name; undefined when neither does. A data directory that was named goes before what the shell knows. */
export function endpointOf({ endpoint, data }: ConnectionOptions): string | undefined {
  const named = endpoint ?? (data === undefined ? process.env.AZURE_BATCH_ENDPOINT : undefined);
  return named === "" ? undefined : named;
}

/** Throws UsageError when options and shell do not say whom to ask, and as whom. `command`: whose help tells more. */
export function connect(options: ConnectionOptions, command: string): Connection {
  const endpoint = endpointOf(options) ?? endpointKept(options.data) ?? process.env.AZURE_BATCH_ENDPOINT;
  if (endpoint === undefined && options.data !== undefined) throw notServed(options.data);
  if (endpoint === undefined)
    throw new UsageError("say whom to ask: --endpoint URL, or set AZURE_BATCH_ENDPOINT; `weir serve` prints it", command);
  if (!URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new UsageError(`--endpoint ${visibleName(endpoint)}: write it as http://127.0.0.1:1234`, command);
  const certificate = options.certificate ?? certificateOf(options.data);
  const ca = certificate === undefined ? {} : { ca: readText(certificate) };
  const client: ClientOptions = { endpoint, account: accountOf(options, command), ...ca };
  const asked = (method: string, path: string, body?: unknown) =>
    ask(client, method, path, body).catch((error: Error) => {
      throw nobody(endpoint, error);
    });
  const expect = async (method: string, path: string, body?: unknown) => {
    const answer = await asked(method, path, body);
    if (answer.status >= 200 && answer.status < 300) return answer;
    throw new InputError(visibleText(errorText(answer)));
  };
  return { client, ask: asked, expect, list: (path, most) => listOf(expect, path, most) };
}

/** What to say when there is no answer: why, and what starts or opens the service. */
export function nobody(endpoint: string, error: Error): InputError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (/self-signed|CERT/.test(`${error.message} ${code}`))
    return new InputError(
      `the certificate of ${endpoint} is not trusted: name it with --certificate DIR/certificate.pem, or its directory with --data`,
    );
  if (code === "EPROTO") return new InputError(`${endpoint} does not speak HTTPS: write http://`);
  if (code === "ECONNRESET" && endpoint.startsWith("http:"))
    return new InputError(`${endpoint} broke the connection off: if it speaks HTTPS, write https://`);
  const remedy = code === "ECONNREFUSED" ? "; start one with `weir serve`, or name another with --endpoint" : "";
  return new InputError(`nobody answers at ${endpoint}: ${visibleText(error.message)}${remedy}`);
}

interface Page<Item> {
  readonly value: Item[];
  readonly "odata.nextLink"?: string;
}

async function listOf<Item>(expect: Connection["expect"], path: string, most = Number.POSITIVE_INFINITY): Promise<Item[]> {
  const items: Item[] = [];
  for (let next: string | undefined = path; next !== undefined && items.length < most; ) {
    const page = (await expect("GET", next)).body as Page<Item>;
    for (const item of page.value) if (items.length < most) items.push(item);
    next = page["odata.nextLink"] === undefined ? undefined : withoutVersion(page["odata.nextLink"]);
  }
  return items;
}

/** Path and query of a link, without the version that every request gets. */
function withoutVersion(link: string): string {
  const { pathname, search } = new URL(link);
  const query = search.slice(1).split("&");
  return `${pathname}?${query.filter((pair) => !pair.startsWith("api-version=")).join("&")}`;
}

/** The certificate that a service with `--https` has made for itself in its directory, if it has. */
function certificateOf(data: string | undefined): string | undefined {
  const file = data === undefined ? undefined : layout(resolve(data), false).certificate;
  return file !== undefined && existsSync(file) ? file : undefined;
}

/** What a service that runs on the directory has written down. */
function endpointKept(data: string | undefined): string | undefined {
  if (data === undefined) return undefined;
  try {
    return readFileSync(layout(resolve(data), false).endpoint, "utf8").trim();
  } catch {
    return undefined;
  }
}

function notServed(data: string): InputError {
  const path = visibleName(resolve(data));
  if (!existsSync(resolve(data))) return new InputError(`data directory ${path}: no such directory`);
  return new InputError(`no service runs on ${path}: start it with \`weir serve --data ${path}\`, or name one with --endpoint`);
}

/** A directory that was named goes before what the shell knows. */
function accountOf({ account, key, data }: ConnectionOptions, command: string): { name: string; key: string } {
  if (data !== undefined && account === undefined && key === undefined) return kept(data);
  const name = account ?? process.env.AZURE_BATCH_ACCOUNT;
  const secret = key ?? process.env.AZURE_BATCH_ACCESS_KEY;
  if (name !== undefined && secret !== undefined) return { name, key: secret };
  throw new UsageError(
    "the service wants a signature: give --account and --key, or --data, or set AZURE_BATCH_ACCOUNT and AZURE_BATCH_ACCESS_KEY",
    command,
  );
}

function kept(data: string): { name: string; key: string } {
  const { path, account } = layout(resolve(data), false);
  if (!existsSync(path)) throw new InputError(`data directory ${visibleName(path)}: no such directory`);
  if (!existsSync(account)) throw new InputError(`${visibleName(path)}: no service has kept anything there`);
  try {
    return readAccount(account);
  } catch (error) {
    const problem = asServeProblem(error);
    throw problem instanceof ServeProblem ? new InputError(problem.message) : problem;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new InputError(`${inputName(file)}: ${fileTrouble(file, error)}`);
  }
}
