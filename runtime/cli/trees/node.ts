/** People on nodes: `weir node login`, `weir node user create|update|delete`, `weir node rdp`, beside what the table of resources has for nodes. */
import { type Command, Option } from "commander";
import { withConnectionOptions } from "../connection.ts";
import { timeOption } from "../optionValues.ts";
import { group } from "./resources.ts";
import { type Ended, outputOf } from "./tree.ts";

/** login, user, rdp. */
export function addNodeCommands(program: Command, ended: Ended): void {
  const node = group(program, "node", "nodes of a pool");
  addLogin(node, ended);
  const user = group(node, "user", "users who can log in to a node");
  addUserChange(user, "create", "add a user to a node", ended);
  addUserChange(user, "update", "replace a user's password, key and expiry; what is not given is removed", ended);
  withConnectionOptions(named(user.command("delete").description("delete a user of a node"))).action(
    async (pool: string, id: string, name: string, options, command: Command) => {
      const { deleteNodeUser } = await import("../commands/nodeUser.ts");
      ended(await deleteNodeUser({ pool, node: id, name }, options, outputOf(command)));
    },
  );
  withConnectionOptions(
    onNode(node.command("rdp").description("the Remote Desktop file of a node of a cloud services pool")).option(
      "--to <file>",
      "file to write (default: stdout)",
    ),
  ).action(async (pool: string, id: string, options, command: Command) => {
    const { nodeDesktop } = await import("../commands/nodeLogin.ts");
    ended(await nodeDesktop(pool, id, options, outputOf(command)));
  });
}

const onNode = (command: Command): Command => command.argument("<pool>", "id of the pool").argument("<node>", "id of the node");
const named = (command: Command): Command => onNode(command).argument("<user>", "name of the user");

function addLogin(node: Command, ended: Ended): void {
  withConnectionOptions(
    onNode(node.command("login").description("log in to a node by ssh, or run one command there"))
      .argument("[command...]", "what to run there (default: a shell)")
      .option("--user <name>", "who logs in; must have been created (default: USER)")
      .option("--identity <file>", "private key for ssh (default: ssh's own)")
      .option("--print", "print the ssh command, run nothing"),
  )
    .addHelpText(
      "after",
      "\nExamples:\n  weir node login render tvm-1 --user ann\n  weir node login render tvm-1 --user ann -- tail startup/stderr.txt",
    )
    .action(async (pool: string, id: string, words: string[], options, command: Command) => {
      const { nodeLogin } = await import("../commands/nodeLogin.ts");
      ended(await nodeLogin(pool, id, words, options, outputOf(command)));
    });
}

function addUserChange(user: Command, kind: "create" | "update", description: string, ended: Ended): void {
  const command = named(user.command(kind).description(description))
    .option("--public-key <file>", "key to log in with, as ssh-keygen writes it")
    .option("--password-file <file>", "file with the password; - is standard input")
    .addOption(new Option("--expires <time>", "until when the user may log in (default: in a day)").argParser(timeOption));
  if (kind === "create") command.option("--admin", "an administrator of the node");
  withConnectionOptions(command)
    .addHelpText("after", `\nExample:\n  weir node user ${kind} render tvm-1 ann --public-key ~/.ssh/id_ed25519.pub`)
    .action(async (pool: string, id: string, name: string, options, command: Command) => {
      const { changeNodeUser } = await import("../commands/nodeUser.ts");
      ended(await changeNodeUser(kind, { pool, node: id, name }, options, outputOf(command)));
    });
}
