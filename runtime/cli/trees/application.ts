/** Applications of a Batch account and their packages, which nodes get by themselves: application. */
import { type Command, Option } from "commander";
import { withConnectionOptions } from "../connection.ts";
import { type Ended, outputOf } from "./tree.ts";

const load = () => import("../commands/application.ts");

/** application. */
export function addApplicationCommands(program: Command, ended: Ended): void {
  const application = program
    .command("application")
    .description("programs as packages, which nodes and tasks get by reference");
  described(leaf(application, "create", "make one, without a package yet").argument("<application>")).action(
    async (id: string, options, command: Command) => {
      ended(await (await load()).createApplication(id, options, outputOf(command)));
    },
  );
  described(leaf(application, "set", "change one").argument("<application>"))
    .option("--default-version <version>", "what a reference without a version means")
    .addHelpText("after", "\nExample:\n  weir application set blender --default-version 2.79 --no-allow-updates")
    .action(async (id: string, options, command: Command) => {
      ended(await (await load()).setApplication(id, options, outputOf(command)));
    });
  leaf(application, "list", "list all of an account").action(async (options, command: Command) => {
    ended(await (await load()).listApplications(options, outputOf(command)));
  });
  leaf(application, "show", "show one")
    .argument("<application>")
    .action(async (id: string, options, command: Command) => {
      ended(await (await load()).showApplication(id, options, outputOf(command)));
    });
  leaf(application, "delete", "delete one that has no packages any more")
    .argument("<application>")
    .action(async (id: string, options, command: Command) => {
      ended(await (await load()).deleteApplication(id, options, outputOf(command)));
    });
  addPackages(application.command("package").description("versions of an application, each a zip file"), ended);
}

function addPackages(parent: Command, ended: Ended): void {
  leaf(parent, "create", "upload a zip file as a version and activate it; makes the application if need be")
    .argument("<application>")
    .argument("<version>", "up to 64 letters, digits, hyphens, underscores, periods")
    .argument("<file>", "zip file")
    .addHelpText("after", "\nExample:\n  weir application package create blender 2.79 blender.zip")
    .action(async (id: string, version: string, file: string, options, command: Command) => {
      ended(await (await load()).createPackage(id, version, file, options, outputOf(command)));
    });
  leaf(parent, "activate", "make a version that was uploaded by other means usable")
    .argument("<application>")
    .argument("<version>")
    .addOption(new Option("--format <format>", "of the uploaded file").default("zip"))
    .action(async (id: string, version: string, options, command: Command) => {
      ended(await (await load()).activatePackage(id, version, options, outputOf(command)));
    });
  leaf(parent, "list", "list all versions of an application")
    .argument("<application>")
    .action(async (id: string, options, command: Command) => {
      ended(await (await load()).listPackages(id, options, outputOf(command)));
    });
  leaf(parent, "delete", "delete a version; nodes that have it keep it until they are reimaged")
    .argument("<application>")
    .argument("<version>")
    .action(async (id: string, version: string, options, command: Command) => {
      ended(await (await load()).deletePackage(id, version, options, outputOf(command)));
    });
}

/** A command about the applications of one account. */
function leaf(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description);
  const place = [
    new Option("-n, --name <account>", "whose applications (default: the account that asks)"),
    new Option("-g, --resource-group <name>", "resource group of that account"),
    new Option("--subscription <id>", "subscription of that account"),
  ];
  for (const option of place) command.addOption(option.helpGroup("Place:"));
  return withConnectionOptions(command);
}

function described(command: Command): Command {
  return command
    .option("--display-name <text>", "for people")
    .option("--allow-updates", "a package may be uploaded anew under a version that is there (default)")
    .option("--no-allow-updates", "a version stays as it was activated");
}
