/**
 * `weir node login` and `weir node rdp`: the ways to a node for people. Login is the system's own ssh with the node's address and port; the host key of a node
 * is made with its data directory and listens on loopback only, so it is not kept among the hosts that one knows.
 */
import { spawn } from "node:child_process";
import { type Answer, errorText } from "../../serve/client.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { type ExitCode, exitCodes, InputError, UsageError } from "../exitCodes.ts";
import { writeText } from "../files.ts";
import { type Output, visibleName, visibleText } from "../output.ts";
import { nodePath } from "./nodeUser.ts";

/** As given on the command line. */
export interface NodeLoginOptions extends ConnectionOptions {
  readonly user?: string;
  /** File of a private key. */
  readonly identity?: string;
  readonly print?: boolean;
}

interface LoginSettings {
  readonly remoteLoginIPAddress: string;
  readonly remoteLoginPort: number;
}

/**
 * `login`: a shell on the node, or one command. Ends with 0 when that did, with 1 when it did not or the node let nobody in.
 * `words`: what to run there; none: a shell.
 */
export async function nodeLogin(
  pool: string,
  node: string,
  words: readonly string[],
  options: NodeLoginOptions,
  output: Output,
): Promise<ExitCode> {
  const user = options.user ?? process.env.USER;
  if (user === undefined || user === "") throw new UsageError("say who logs in: --user NAME", "node login");
  if (user.startsWith("-")) throw new UsageError(`--user ${visibleName(user)}: no user has such a name`, "node login");
  const connection = connect(options, "node login");
  const settings = (await wayIn(connection, `${nodePath(pool, node)}/remoteloginsettings`)).body as LoginSettings;
  const { remoteLoginIPAddress: address, remoteLoginPort: port } = settings;
  const args = [
    ...["-p", String(port)],
    ...(options.identity === undefined ? [] : ["-i", options.identity]),
    ...["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"],
    `${user}@${address}`,
    ...(words.length === 0 ? [] : ["--", ...words]),
  ];
  if (options.print !== true) return await run("ssh", args);
  if (output.json) output.document({ address, port, user, command: ["ssh", ...args] });
  else output.line(["ssh", ...args.map(inShell)].join(" "));
  return exitCodes.done;
}

/** Asks for a way to the node. Throws InputError with the reason among the refusal's values: the message is the same for all of them. */
async function wayIn({ ask }: Connection, path: string): Promise<Answer> {
  const answer = await ask("GET", path);
  if (answer.status === 200) return answer;
  const { values } = (answer.body ?? {}) as { values?: readonly { readonly key: string; readonly value: string }[] };
  const reason = values?.find(({ key }) => key === "Reason")?.value;
  const text = errorText(answer);
  throw new InputError(visibleText(reason === undefined || text.includes(reason) ? text : `${text} ${reason}`));
}

/** The terminal is handed over; signals of the keyboard reach ssh itself. */
function run(program: string, args: readonly string[]): Promise<ExitCode> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit" });
    child.on("error", ({ code, message }: NodeJS.ErrnoException) =>
      reject(new InputError(code === "ENOENT" ? "ssh is not installed; print the command with --print" : message)),
    );
    child.on("close", (code) => resolve(code === 0 ? exitCodes.done : exitCodes.wrong));
  });
}

/** As a shell takes it for one word. */
const inShell = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** `rdp`: the file, as the service makes it. */
export async function nodeDesktop(
  pool: string,
  node: string,
  options: ConnectionOptions & { readonly to?: string },
  output: Output,
): Promise<ExitCode> {
  if (output.json && options.to === undefined) throw new UsageError("--json goes with --to", "node rdp");
  const connection = connect(options, "node rdp");
  const { text } = await wayIn(connection, `${nodePath(pool, node)}/rdp`);
  if (options.to === undefined) {
    process.stdout.write(text);
    return exitCodes.done;
  }
  writeText(options.to, text);
  output.note(`${visibleName(options.to)} written`);
  if (output.json) output.document({ pool, node, file: options.to });
  return exitCodes.done;
}
