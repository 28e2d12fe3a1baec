/**
 * `weir pool|node|job|task list|show|create|…`: what a running service has, and the usual things that are done to it. Ends with 0 when the service did
 * what it was asked, with 2 when it refused, in its own words.
 */
import { parse as parseYaml } from "yaml";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { type ExitCode, exitCodes, InputError } from "../exitCodes.ts";
import { decodeText, inputName, readBytes } from "../files.ts";
import { counted, type Output, visibleName, visibleText } from "../output.ts";
import type { Action, Item, Resource } from "../resources/table.ts";
import { textTable } from "../resources/textTable.ts";
import { exitCodeText } from "../resources/exitCode.ts";

export interface ListOptions extends ConnectionOptions {
  readonly filter?: string;
  readonly max?: number;
}

const WHAT = "a description in JSON or YAML";
/** Far more than a body of the API may have. */
const BYTES_MAX = 16 * 1024 * 1024;

const encoded = (names: readonly string[]) => names.map(encodeURIComponent);

/** `list`. */
export async function listResources(
  resource: Resource,
  within: readonly string[],
  options: ListOptions,
  output: Output,
): Promise<ExitCode> {
  const connection = connect(options, `${resource.noun} list`);
  const query = options.filter === undefined ? "" : `?$filter=${encodeURIComponent(options.filter)}`;
  const items = await connection.list<Item>(resource.path(encoded(within)) + query, options.max);
  if (output.json) output.document(items);
  else if (items.length === 0) output.note(`no ${resource.noun}s`);
  else {
    const heads = resource.columns.map(({ title }) => title);
    const rows = items.map((item) => resource.columns.map((column) => column.of(item)));
    for (const line of textTable(heads, rows, output)) output.line(line);
  }
  return exitCodes.done;
}

/** `show`: every property, a line each; with `--json` as the service says it. What the table has besides is told with either. */
export async function showResource(
  resource: Resource,
  names: readonly string[],
  options: ConnectionOptions,
  output: Output,
): Promise<ExitCode> {
  const connection = connect(options, `${resource.noun} show`);
  const item = (await connection.expect("GET", pathOf(resource, names))).body as Item;
  const besides = await resource.besides?.(item, encoded(names.slice(0, -1)), connection);
  if (output.json) output.document({ ...item, ...besides?.document });
  else {
    const properties = [...flat(item), ...(besides?.properties ?? [])];
    const width = Math.max(...properties.map(([name]) => name.length));
    for (const [name, value] of properties) output.line(`${output.paint("name", name.padEnd(width))}  ${visibleText(value)}`);
    for (const line of besides?.lines(output) ?? []) output.line(line);
  }
  return exitCodes.done;
}

/** `create`: the body as the API has it, from a file of JSON or YAML. */
export async function createResource(
  resource: Resource,
  within: readonly string[],
  file: string,
  options: ConnectionOptions,
  output: Output,
): Promise<ExitCode> {
  const body = documentOf(file, decodeText(await readBytes(file, WHAT, BYTES_MAX), file, WHAT));
  const connection = connect(options, `${resource.noun} create`);
  const all = (Array.isArray(body) ? body : [body]) as Item[];
  for (const [i, each] of all.entries()) {
    const name = `${resource.noun} ${visibleName(String(each.id))}`;
    await connection.expect("POST", resource.path(encoded(within)), each).catch((error: Error) => {
      if (!(error instanceof InputError) || all.length === 1) throw error;
      const rest = all.length - i - 1;
      throw new InputError(
        `${name}: ${error.message}`,
        rest === 0 ? [] : [`${counted(rest, "entry", "entries")} after it not added`],
      );
    });
    output.note(`${name} added`);
  }
  return exitCodes.done;
}

/** Anything that is done to one thing. `values`: of the action's options, by property. */
export async function actOn(
  resource: Resource,
  action: Action,
  names: readonly string[],
  values: Item,
  options: ConnectionOptions,
  output: Output,
): Promise<ExitCode> {
  const connection = connect(options, `${resource.noun} ${action.name}`);
  const body = action.method === "POST" ? { ...(await present(resource, action, names, connection)), ...values } : undefined;
  await connection.expect(action.method, pathOf(resource, names) + action.path, body);
  output.note(`${resource.noun} ${visibleName(names[names.length - 1])} ${action.done}`);
  return exitCodes.done;
}

/** A resize names both targets: the one that was not given stays as it is. */
async function present(resource: Resource, action: Action, names: readonly string[], connection: Connection): Promise<Item> {
  if (action.path !== "/resize") return {};
  const { targetDedicatedNodes, targetLowPriorityNodes } = (await connection.expect("GET", pathOf(resource, names)))
    .body as Item;
  return { targetDedicatedNodes, targetLowPriorityNodes };
}

function pathOf(resource: Resource, names: readonly string[]): string {
  const all = encoded(names);
  return `${resource.path(all.slice(0, -1))}/${all[all.length - 1]}`;
}

function documentOf(file: string, text: string): unknown {
  let body: unknown;
  try {
    body = parseYaml(text, { maxAliasCount: 100 });
  } catch (error) {
    throw new InputError(`${inputName(file)}: ${(error as Error).message.split("\n")[0].replace(/:$/, "")}`);
  }
  const all = Array.isArray(body) ? body : [body];
  if (all.length === 0 || all.some((each) => typeof each !== "object" || each === null))
    throw new InputError(`${inputName(file)}: a pool, job or task as the API has it is expected, or a list of them`);
  return body;
}

/** Properties of properties under their path; lists of plain values in one line. */
function* flat(item: Item, before = ""): Generator<readonly [string, string]> {
  for (const [name, value] of Object.entries(item)) {
    const path = before + name;
    if (Array.isArray(value) && value.every((each) => typeof each !== "object")) yield [path, value.join(", ")];
    else if (typeof value === "object" && value !== null) yield* flat(value as Item, `${path}.`);
    else yield [path, name === "exitCode" ? exitCodeText(value) : String(value)];
  }
}
