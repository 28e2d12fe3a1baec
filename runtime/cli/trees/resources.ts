/** What a running service has and what can be done to it: a command group a kind of thing, made from the table of resources; files; watch. */
import { type Command, Option } from "commander";
import { type ConnectionOptions, withConnectionOptions } from "../connection.ts";
import { UsageError } from "../exitCodes.ts";
import { countFromOneOption, countOption, positiveDurationOption } from "../optionValues.ts";
import { type Action, type ActionOption, type Item, type Resource, resources } from "../resources/table.ts";
import { type Ended, outputOf } from "./tree.ts";

/** pool, node, job, task, file, watch. */
export function addResourceCommands(program: Command, ended: Ended): void {
  for (const resource of resources) addResource(group(program, resource.noun, resource.description), resource, ended);
  addFileCommands(group(program, "file", "files of tasks and nodes"), ended);
  addWatchCommand(program, ended);
}

/** The group of this name, which another tree may have made. */
export function group(program: Command, name: string, description: string): Command {
  return program.commands.find((command) => command.name() === name) ?? program.command(name).description(description);
}

/** Commander hands over the arguments one by one, then the options, then the command. */
type Given = [...names: string[], options: ConnectionOptions & Record<string, unknown>, command: Command];

function split(given: Given): { names: string[]; options: ConnectionOptions & Record<string, unknown>; command: Command } {
  const command = given.pop() as unknown as Command;
  const options = given.pop() as unknown as ConnectionOptions & Record<string, unknown>;
  return { names: given as unknown as string[], options, command };
}

function addResource(parent: Command, resource: Resource, ended: Ended): void {
  const within = resource.within.map((each) => `<${each}>`).join(" ");
  const leaf = (name: string, description: string, args: string) => {
    const command = parent.command(name).description(description);
    for (const each of args.split(" ").filter((arg) => arg !== "")) command.argument(each);
    return command;
  };
  withConnectionOptions(
    leaf("list", `list ${resource.description}`, within)
      .option("--filter <expression>", "only these, such as \"state eq 'active'\"")
      .addOption(new Option("--max <n>", "at most so many").argParser(countFromOneOption)),
  ).action(async (...given: Given) => {
    const { names, options, command } = split(given);
    const { listResources } = await import("../commands/resource.ts");
    ended(await listResources(resource, names, options, outputOf(command)));
  });
  withConnectionOptions(leaf("show", "show every property of one", `${within} <id>`.trim())).action(async (...given: Given) => {
    const { names, options, command } = split(given);
    const { showResource } = await import("../commands/resource.ts");
    ended(await showResource(resource, names, options, outputOf(command)));
  });
  if (resource.creatable)
    withConnectionOptions(
      leaf("create", "add what a file of JSON or YAML says, in the words of the API", `${within} <file>`.trim()),
    ).action(async (...given: Given) => {
      const { names, options, command } = split(given);
      const { createResource } = await import("../commands/resource.ts");
      const file = names[names.length - 1];
      ended(await createResource(resource, names.slice(0, -1), file, options, outputOf(command)));
    });
  for (const action of resource.actions)
    addAction(leaf(action.name, action.description, `${within} <id>`.trim()), resource, action, ended);
}

function addAction(command: Command, resource: Resource, action: Action, ended: Ended): void {
  for (const { flag, description, kind, choices, byDefault } of action.options ?? []) {
    const option = new Option(flag, description);
    if (kind === "choice" && choices !== undefined) option.choices(choices);
    if (kind === "whole") option.argParser(countOption);
    if (byDefault !== undefined) option.default(byDefault);
    command.addOption(option);
  }
  withConnectionOptions(command).action(async (...given: Given) => {
    const { names, options, command: own } = split(given);
    const values = valuesOf(action, options);
    if (action.path === "/resize" && Object.keys(values).length === 0)
      throw new UsageError("say how many: --dedicated N, --low-priority N, or both", `${resource.noun} resize`);
    const { actOn } = await import("../commands/resource.ts");
    ended(await actOn(resource, action, names, values, options, outputOf(own)));
  });
}

function valuesOf(action: Action, options: Record<string, unknown>): Item {
  const values: Record<string, unknown> = {};
  for (const option of action.options ?? []) {
    const value = options[nameOf(option)];
    if (value !== undefined) values[option.property] = value;
  }
  return values;
}

/** `--low-priority <n>` is `lowPriority` among the options. */
const nameOf = ({ flag }: ActionOption): string => new Option(flag).attributeName();

function addFileCommands(parent: Command, ended: Ended): void {
  const where = (command: Command) =>
    withConnectionOptions(
      command
        .option("--job <id>", "with --task: a task's files")
        .option("--task <id>", "with --job: a task's files")
        .option("--pool <id>", "with --node: a node's files")
        .option("--node <id>", "with --pool: a node's files"),
    );
  where(parent.command("list").description("list files of a task or node, those in directories too")).action(
    async (options, command: Command) => {
      const { listFiles } = await import("../commands/file.ts");
      ended(await listFiles(options, outputOf(command)));
    },
  );
  where(
    parent
      .command("download")
      .description("write a file of a task or node to this machine, or to stdout")
      .argument("<path>", "path of the file, as list shows it")
      .option("--to <file>", "file to write (default: stdout)"),
  )
    .addHelpText("after", "\nExample:\n  weir file download stdout.txt --job render --task frame-7")
    .action(async (path: string, options, command: Command) => {
      const { downloadFile } = await import("../commands/file.ts");
      ended(await downloadFile(path, options, outputOf(command)));
    });
}

function addWatchCommand(program: Command, ended: Ended): void {
  withConnectionOptions(
    program
      .command("watch")
      .description("follow a job until its tasks are done, or all jobs and pools until Ctrl-C")
      .argument("[job]", "id of the job")
      .addOption(new Option("--every <duration>", "how often to look (default: PT2S)").argParser(positiveDurationOption)),
  )
    .addHelpText("after", "\nEnds with 0 when every task of the job has succeeded, with 1 when one has failed.")
    .action(async (job: string | undefined, options, command: Command) => {
      const { watch } = await import("../commands/watch.ts");
      ended(await watch(job, options, outputOf(command)));
    });
}
