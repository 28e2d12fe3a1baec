/** The cloud around the accounts of a running service: virtual networks, security groups and their rules, sizes of nodes, guest operating systems. */
import { type Command, Option } from "commander";
import { withConnectionOptions } from "../connection.ts";
import { countOption } from "../optionValues.ts";
import { type Ended, outputOf } from "./tree.ts";

/** network, sizes, os. */
export function addNetworkCommands(program: Command, ended: Ended): void {
  const network = program.command("network").description("virtual networks, whose subnets pools can be put into");
  addNetworks(network, ended);
  addGroups(network, ended);
  addSizes(program, ended);
  addGuestOS(program, ended);
}

/** A command that manages something in a resource group. */
function leaf(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description);
  command.addOption(new Option("--resource-group <name>", "resource group (default: weir)").helpGroup("Place:"));
  command.addOption(new Option("--subscription <id>", "subscription (default: that of the service)").helpGroup("Place:"));
  return withConnectionOptions(command);
}

const commands = () => import("../commands/network.ts");
const several = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

function addNetworks(network: Command, ended: Ended): void {
  leaf(network, "list", "list them with their subnets").action(async (options, command: Command) => {
    ended(await (await commands()).listNetworks(options, outputOf(command)));
  });
  leaf(network, "create", "make one, or change its subnets")
    .argument("<name>")
    .requiredOption("--prefix <prefix>", "its address space, such as 10.1.0.0/16; several times for more", several)
    .option("--subnet <name=prefix>", "a subnet, such as nodes=10.1.0.0/24; several times for more", several, [])
    .option("--classic", "a classic network, as accounts in batch service mode need it")
    .option("--location <region>", "region (default: that of the service)")
    .option("--security-group <name>", "security group that guards its subnets")
    .addHelpText(
      "after",
      "\nExamples:\n  weir network create render --prefix 10.1.0.0/16 --subnet nodes=10.1.0.0/24\n" +
        "  weir network create loop --prefix 127.60.0.0/16 --subnet nodes=127.60.1.0/24 --security-group guard",
    )
    .action(async (name: string, options, command: Command) => {
      ended(await (await commands()).createNetwork(name, options, outputOf(command)));
    });
  leaf(network, "delete", "delete one that no pool is in")
    .argument("<name>")
    .option("--classic", "a classic one")
    .action(async (name: string, options, command: Command) => {
      ended(await (await commands()).deleteNetwork(name, options, outputOf(command)));
    });
}

function addGroups(network: Command, ended: Ended): void {
  const group = network.command("group").description("network security groups, which guard subnets");
  leaf(group, "create", "make one that lets the Batch service in, and nobody else yet")
    .argument("<name>")
    .option("--empty", "one that does not even let the Batch service in: nodes behind it are unusable")
    .action(async (name: string, options, command: Command) => {
      ended(await (await commands()).createGroup(name, options, outputOf(command)));
    });
  leaf(group, "list", "list them with their rules").action(async (options, command: Command) => {
    ended(await (await commands()).listGroups(options, outputOf(command)));
  });
  leaf(group, "delete", "delete one that guards nothing")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await commands()).deleteGroup(name, options, outputOf(command)));
    });
  const rule = network.command("rule").description("rules of security groups; the lowest priority that matches decides");
  leaf(rule, "set", "add one, or put it in place of the one of its name")
    .argument("<group>")
    .argument("<name>")
    .requiredOption("--port <range>", "port or range, such as 22, 29876-29877 or *")
    .addOption(new Option("--priority <n>", "100 to 4096").argParser(countOption).makeOptionMandatory())
    .addOption(new Option("--access <what>", "what it does").choices(["allow", "deny"]).makeOptionMandatory())
    .option("--source <prefix>", "where from: an address, a prefix, a service tag, or *", "*")
    .action(async (groupName: string, name: string, options, command: Command) => {
      ended(await (await commands()).setRule(groupName, name, options, outputOf(command)));
    });
  leaf(rule, "remove", "remove one")
    .argument("<group>")
    .argument("<name>")
    .action(async (groupName: string, name: string, options, command: Command) => {
      ended(await (await commands()).removeRule(groupName, name, options, outputOf(command)));
    });
}

function addSizes(program: Command, ended: Ended): void {
  leaf(program, "sizes", "sizes of nodes: cores, memory and disk")
    .argument("[name]", "only those whose name holds this")
    .option("--cloud-services", "those of cloud services pools")
    .addOption(new Option("--cores <n>", "with at least so many cores").argParser(countOption))
    .addOption(new Option("--memory <gib>", "with at least so much memory").argParser(countOption))
    .addHelpText("after", "\nExamples:\n  weir sizes --cores 4 --memory 16\n  weir sizes D3")
    .action(async (name: string | undefined, options, command: Command) => {
      ended(await (await import("../commands/catalogue.ts")).listSizes(name, options, outputOf(command)));
    });
}

function addGuestOS(program: Command, ended: Ended): void {
  const os = program.command("os").description("guest operating systems of cloud services pools");
  leaf(os, "list", "list families, their .NET versions and releases").action(async (options, command: Command) => {
    ended(await (await import("../commands/catalogue.ts")).listFamilies(options, outputOf(command)));
  });
  leaf(os, "publish", "publish a release: pools that want the newest go over to it, node by node")
    .argument("<family>", "number of the family, such as 5")
    .argument("<version>", "such as WA-GUEST-OS-5.6_201704-01")
    .action(async (family: string, version: string, options, command: Command) => {
      ended(await (await import("../commands/catalogue.ts")).publishRelease(family, version, options, outputOf(command)));
    });
}
