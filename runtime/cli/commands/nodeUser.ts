/**
 * `weir node user create|update|delete`: who can log in to a node. Passwords come from files, since a command line can be read by everybody on the machine.
 */
import { instantText, type Ticks } from "../../../src/base/time.ts";
import { type ConnectionOptions, connect } from "../connection.ts";
import { type ExitCode, exitCodes, UsageError } from "../exitCodes.ts";
import { decodeText, readBytes } from "../files.ts";
import { type Output, visibleName } from "../output.ts";

/** Whom a command is about. */
export interface NamedUser {
  readonly pool: string;
  readonly node: string;
  readonly name: string;
}

/** As given on the command line. */
export interface NodeUserOptions extends ConnectionOptions {
  /** File with one public key. */
  readonly publicKey?: string;
  /** File with a password in its first line. */
  readonly passwordFile?: string;
  readonly admin?: boolean;
  /** Instant. */
  readonly expires?: Ticks;
}

/** Bytes of a key or password file: far more than one has. */
const FILE_BYTES_MAX = 65_536;

/** The path of a node. */
export const nodePath = (pool: string, node: string): string =>
  `/pools/${encodeURIComponent(pool)}/nodes/${encodeURIComponent(node)}`;

/** `create` and `update`. Throws InputError for a file that cannot be read and for what the service refuses. */
export async function changeNodeUser(
  kind: "create" | "update",
  { pool, node, name }: NamedUser,
  options: NodeUserOptions,
  output: Output,
): Promise<ExitCode> {
  const command = `node user ${kind}`;
  const { publicKey, passwordFile, admin, expires } = options;
  if (publicKey === undefined && passwordFile === undefined)
    throw new UsageError("give --public-key FILE, --password-file FILE or both: without one nobody can log in", command);
  const connection = connect(options, command);
  const body = {
    ...(publicKey === undefined ? {} : { sshPublicKey: (await textOf(publicKey, "a public key")).trim() }),
    ...(passwordFile === undefined ? {} : { password: (await textOf(passwordFile, "a password")).split(/\r?\n/, 1)[0] }),
    ...(expires === undefined ? {} : { expiryTime: instantText(expires) }),
  };
  const users = `${nodePath(pool, node)}/users`;
  if (kind === "create") await connection.expect("POST", users, { name, isAdmin: admin ?? false, ...body });
  else await connection.expect("PUT", `${users}/${encodeURIComponent(name)}`, body);
  output.note(`user ${visibleName(name)} of node ${visibleName(node)} ${kind}d`);
  if (output.json) output.document({ pool, node, name });
  return exitCodes.done;
}

/** `delete`. */
export async function deleteNodeUser(
  { pool, node, name }: NamedUser,
  options: ConnectionOptions,
  output: Output,
): Promise<ExitCode> {
  const connection = connect(options, "node user delete");
  await connection.expect("DELETE", `${nodePath(pool, node)}/users/${encodeURIComponent(name)}`);
  output.note(`user ${visibleName(name)} of node ${visibleName(node)} deleted`);
  if (output.json) output.document({ pool, node, name });
  return exitCodes.done;
}

async function textOf(file: string, what: string): Promise<string> {
  return decodeText(await readBytes(file, what, FILE_BYTES_MAX), file, what);
}
