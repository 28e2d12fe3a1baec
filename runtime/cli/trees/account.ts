/** Accounts of a running service and what belongs to them: account, storage, vault, role. The first account's key is what manages. */
import { type Command, Option } from "commander";
import { withConnectionOptions } from "../connection.ts";
import { countOption, positiveDurationOption } from "../optionValues.ts";
import { type Ended, outputOf } from "./tree.ts";

const TICKS_PER_SECOND = 10_000_000;

/** account, storage, vault, role. */
export function addAccountCommands(program: Command, ended: Ended): void {
  addAccounts(program, ended);
  addStorage(program, ended);
  addVaults(program, ended);
  addRoles(program, ended);
}

/** A command that manages; `group`: it makes something in a resource group. */
function leaf(parent: Command, name: string, description: string): Command {
  const command = parent.command(name).description(description);
  command.addOption(new Option("--resource-group <name>", "resource group (default: weir)").helpGroup("Place:"));
  command.addOption(new Option("--subscription <id>", "subscription (default: that of the service)").helpGroup("Place:"));
  return withConnectionOptions(command);
}

function addAccounts(program: Command, ended: Ended): void {
  const account = program.command("account").description("Batch accounts of a running service");
  const quotas = (command: Command) => {
    const quota = (flag: string, what: string) => new Option(`${flag} <n>`, what).argParser(countOption).helpGroup("Quotas:");
    return command
      .addOption(quota("--core-quota", "cores of dedicated nodes (new accounts: 20)"))
      .addOption(quota("--low-priority-core-quota", "cores of low-priority nodes (new accounts: 20)"))
      .addOption(quota("--pool-quota", "pools (new accounts: 20)"))
      .addOption(quota("--active-job-quota", "active jobs and schedules (new accounts: 20)"))
      .option("--storage-account <account>", "link storage: a name, a resource id, or the URL of its blobs; none unlinks")
      .option("--storage-key <base64>", "key of a storage account that is named by URL")
      .option("--storage-kind <kind>", "its kind (default: StorageV2; Storage works too)");
  };
  quotas(leaf(account, "create", "make an account").argument("<name>", "3 to 24 lower-case letters and digits"))
    .option("--location <region>", "region", "local")
    .addOption(
      new Option("--pool-allocation-mode <mode>", "where nodes are allocated (default: BatchService)").choices([
        "BatchService",
        "UserSubscription",
      ]),
    )
    .option("--keyvault <vault>", "key vault, which UserSubscription needs: a name or a resource id")
    .addHelpText(
      "after",
      "\nExamples:\n  weir account create render --storage-account http://127.0.0.1:10000/devstoreaccount1 --storage-key …\n" +
        "  weir account create own --pool-allocation-mode UserSubscription --keyvault safe",
    )
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).createAccount(name, options, outputOf(command)));
    });
  quotas(leaf(account, "set", "change quotas, storage or whether it is disabled; in force at once").argument("<name>"))
    .option("--disabled", "refuse every request to the account")
    .option("--no-disabled", "take requests again")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).setAccount(name, options, outputOf(command)));
    });
  leaf(account, "list", "list all accounts").action(async (options, command: Command) => {
    ended(await (await import("../commands/account.ts")).listAccounts(options, outputOf(command)));
  });
  leaf(account, "show", "show one, without its secrets")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).showOneAccount(name, options, outputOf(command)));
    });
  leaf(account, "delete", "delete one with all its pools, jobs and files")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).deleteAccount(name, options, outputOf(command)));
    });
  leaf(account, "token", "print a directory token for one account")
    .argument("<name>")
    .addOption(new Option("--lifetime <duration>", "how long it is good (default: PT1H)").argParser(positiveDurationOption))
    .addOption(new Option("--audience <what>", "for what it is good (default: batch)").choices(["batch", "management"]))
    .action(async (name: string, options, command: Command) => {
      const { lifetime, ...rest } = options as { lifetime?: bigint };
      const lifetimeSeconds = lifetime === undefined ? undefined : Math.ceil(Number(lifetime) / TICKS_PER_SECOND);
      const { accountToken } = await import("../commands/account.ts");
      ended(
        await accountToken(name, { ...rest, ...(lifetimeSeconds === undefined ? {} : { lifetimeSeconds }) }, outputOf(command)),
      );
    });
  const keys = account.command("keys").description("the two shared keys of an account");
  leaf(keys, "list", "print both keys")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).accountKeys(name, options, outputOf(command)));
    });
  leaf(keys, "renew", "make one of the keys anew; the old one opens nothing any more")
    .argument("<name>")
    .addOption(new Option("--key-name <which>", "which one").choices(["primary", "secondary"]).default("primary"))
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/account.ts")).accountKeys(name, options, outputOf(command)));
    });
}

function addStorage(program: Command, ended: Ended): void {
  const storage = program.command("storage").description("storage accounts that Batch accounts can be linked to");
  leaf(storage, "add", "tell the service of a storage account")
    .argument("<name>")
    .requiredOption("--blob-endpoint <url>", "where its blobs are, such as http://127.0.0.1:10000/devstoreaccount1")
    .requiredOption("--storage-key <base64>", "its key")
    .option("--storage-kind <kind>", "its kind (default: StorageV2)")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/storage.ts")).addStorage(name, options, outputOf(command)));
    });
  leaf(storage, "list", "list them").action(async (options, command: Command) => {
    ended(await (await import("../commands/storage.ts")).listStorage(options, outputOf(command)));
  });
  leaf(storage, "remove", "forget one")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/storage.ts")).removeStorage(name, options, outputOf(command)));
    });
}

function addVaults(program: Command, ended: Ended): void {
  const vault = program
    .command("vault")
    .description("key vaults, which keep the secrets of accounts in user subscription mode");
  const withPassphrase = (command: Command) =>
    command.option(
      "--passphrase-file <file>",
      "file with the passphrase, - for standard input (default: WEIR_VAULT_PASSPHRASE)",
    );
  withPassphrase(leaf(vault, "create", "make one, with a passphrase of 8 characters or more").argument("<name>")).action(
    async (name: string, options, command: Command) => {
      ended(await (await import("../commands/vault.ts")).createVault(name, options, outputOf(command)));
    },
  );
  withPassphrase(leaf(vault, "unlock", "open one after a restart of the service").argument("<name>")).action(
    async (name: string, options, command: Command) => {
      ended(await (await import("../commands/vault.ts")).unlockVault(name, options, outputOf(command)));
    },
  );
  leaf(vault, "show", "show one and the names of its secrets")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/vault.ts")).showVault(name, options, outputOf(command)));
    });
  leaf(vault, "list", "list them").action(async (options, command: Command) => {
    ended(await (await import("../commands/vault.ts")).listVaults(options, outputOf(command)));
  });
  leaf(vault, "delete", "delete one that no account uses")
    .argument("<name>")
    .action(async (name: string, options, command: Command) => {
      ended(await (await import("../commands/vault.ts")).deleteVault(name, options, outputOf(command)));
    });
}

function addRoles(program: Command, ended: Ended): void {
  const role = program.command("role").description("role assignments, which pools in classic virtual networks need");
  const withScope = (command: Command) =>
    command.option("--vnet <name>", "classic virtual network").option("--scope <id>", "resource id, instead of a network");
  const withWhat = (command: Command) =>
    withScope(command)
      .option("--role <name>", "role", "Classic Virtual Machine Contributor")
      .option("--assignee <principal>", "who gets it: name or id of a principal", "MicrosoftAzureBatch");
  withWhat(leaf(role, "assign", "give a role")).action(async (options, command: Command) => {
    ended(await (await import("../commands/role.ts")).assignRole(options, outputOf(command)));
  });
  withWhat(leaf(role, "remove", "take a role away")).action(async (options, command: Command) => {
    ended(await (await import("../commands/role.ts")).removeRole(options, outputOf(command)));
  });
  withScope(leaf(role, "list", "list assignments")).action(async (options, command: Command) => {
    ended(await (await import("../commands/role.ts")).listRoles(options, outputOf(command)));
  });
}
