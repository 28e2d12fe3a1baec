/**
 * All accounts of one server: found, opened, made, changed and removed while it runs. The first account is the one the service was started with; it owns
 * the data directory, and its records hold the documents that the accounts share. Every other one has a directory of its own:
 *
 *     <data>/account.json …                    the first account, as a service with a single one always had it
 *     <data>/accounts/<name>/account.json …    each other one; a directory without this file is what a crash left of an account being made or removed
 */
import { existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Quotas } from "../../core/settings.ts";
import { defaultQuotas } from "../../core/settings.ts";
import type { Records } from "../../host/records.ts";
import type { AccountFacts } from "../../rest/accountFacts.ts";
import type { ServedAccount } from "../../rest/guard.ts";
import type { DataDirectory } from "../dataDirectory.ts";
import { layout, makeParts } from "../dataDirectory.ts";
import { ManagementError, notFound } from "../management/route.ts";
import { endAgent } from "../reset.ts";
import { ServeProblem } from "../serveProblem.ts";
import { serveDefaults } from "../serveSettings.ts";
import { type AccountDocument, type AccountSecrets, readAccountFile, writeAccountFile } from "./document.ts";
import { type AccountSurroundings, OpenAccount } from "./openAccount.ts";
import { keepSecrets, secretsIn, Vaults } from "./vaults.ts";

/** One account that exists, open or (while its vault is locked) not. */
export class KnownAccount {
  readonly directory: DataDirectory;
  document: AccountDocument;
  /** Undefined while its vault is locked. */
  secrets: AccountSecrets | undefined;
  open: OpenAccount | undefined = undefined;

  constructor(directory: DataDirectory, document: AccountDocument, secrets: AccountSecrets | undefined) {
    this.directory = directory;
    this.document = document;
    this.secrets = secrets;
  }

  /** Primary and secondary. */
  keys(): readonly string[] {
    return this.secrets === undefined ? [] : [this.secrets.primary, this.secrets.secondary];
  }

  secretsNow(): AccountSecrets {
    if (this.secrets === undefined) throw new ServeProblem(`the vault of account ${this.document.name} is locked`);
    return this.secrets;
  }
}

/** Where an account is looked for: by name, and by the path of a resource when it was named by one. */
interface AccountPlace {
  readonly name: string;
  readonly subscriptionId?: string;
  readonly resourceGroup?: string;
}

/** The accounts. */
export class AccountRegistry {
  readonly vaults: Vaults;
  readonly first: KnownAccount;
  /** Those that are open, for the guard: one list for life, changed in place. */
  readonly served: ServedAccount[] = [];
  private readonly around: AccountSurroundings;
  private readonly folder: string;
  private readonly byName = new Map<string, KnownAccount>();
  /** What a crash left of accounts that were being made or removed. */
  private readonly leftovers: DataDirectory[] = [];
  /** Names that are being made or removed. */
  private readonly busy = new Set<string>();
  /** Hears of every account that was opened. */
  onOpened: (account: OpenAccount) => void = () => {};
  onClosed: (account: OpenAccount) => void = () => {};

  /** Reads what is there; opens nothing yet. Throws ServeProblem. */
  constructor(directory: DataDirectory, around: AccountSurroundings) {
    this.around = around;
    this.folder = join(directory.path, "accounts");
    this.vaults = new Vaults(join(directory.path, "vaults"));
    const { document, secrets } = readAccountFile(directory.account);
    this.first = new KnownAccount(directory, document, secrets);
    // One that was written by an earlier version has no second key yet.
    writeAccountFile(directory.account, document, secrets);
    this.add(this.first);
    for (const name of existsSync(this.folder) ? readdirSync(this.folder) : []) {
      const own = layout(join(this.folder, name), directory.temporary);
      if (!existsSync(own.account)) {
        this.leftovers.push(own);
        continue;
      }
      const read = readAccountFile(own.account);
      if (this.byName.has(read.document.name))
        throw new ServeProblem(
          `the data directory has an account ${read.document.name} beside the first one: start it with another --account`,
        );
      this.add(new KnownAccount(own, read.document, read.secrets));
    }
  }

  /** As the server was started. */
  get settings(): AccountSurroundings["settings"] {
    return this.around.settings;
  }

  /** Of the server, once it listens. */
  get url(): string {
    return this.around.url();
  }

  /** Documents of the subscription, shared by all accounts. Only when the first one is open. */
  get landscape(): Records {
    return this.firstOpen.service.records;
  }

  get firstOpen(): OpenAccount {
    if (this.first.open === undefined) throw new ServeProblem("the first account is not open");
    return this.first.open;
  }

  list(): KnownAccount[] {
    return [...this.byName.values()];
  }

  /** The account of this name, in this place if one is given. */
  find({ name, subscriptionId, resourceGroup }: AccountPlace): KnownAccount | undefined {
    const found = this.byName.get(name.toLowerCase());
    if (found === undefined) return undefined;
    const { document } = found;
    const here = (given: string | undefined, own: string) => given === undefined || given.toLowerCase() === own.toLowerCase();
    return here(subscriptionId, document.subscriptionId) && here(resourceGroup, document.resourceGroup) ? found : undefined;
  }

  /** As `find`. Throws ManagementError 404. */
  known(place: AccountPlace): KnownAccount {
    const found = this.find(place);
    if (found === undefined) throw notFound("Batch account", place.name);
    return found;
  }

  /** As `known`, for what needs the account's world. Throws ManagementError 404, 409. */
  opened(place: AccountPlace): OpenAccount {
    const { open, document } = this.known(place);
    if (open !== undefined) return open;
    throw new ManagementError(
      409,
      "VaultIsLocked",
      `the key vault of account ${document.name} is locked: weir vault unlock NAME`,
    );
  }

  /** Opens the first account; the others follow with `openOthers`. Throws StoreError, RestoreError. */
  async openFirst(): Promise<OpenAccount> {
    return await this.openOne(this.first);
  }

  /** Opens and starts every other account whose secrets can be read. */
  async openOthers(): Promise<void> {
    for (const { path, socket } of this.leftovers.splice(0)) {
      await endAgent(socket);
      rmSync(path, { recursive: true, force: true, maxRetries: 10 });
    }
    for (const known of this.list()) {
      if (known.open !== undefined) continue;
      this.takeSecrets(known);
      if (known.secrets === undefined) {
        const { name, keyVault } = known.document;
        this.around.log("warn", "account is locked with its vault", { account: name, vault: keyVault?.id });
      } else await (await this.openOne(known)).start();
    }
  }

  /** Makes an account and opens it; durable when it resolves. The caller has checked all but the name. Throws ManagementError 409. */
  async create(document: AccountDocument, secrets: AccountSecrets): Promise<KnownAccount> {
    const { name } = document;
    if (this.byName.has(name) || this.busy.has(name))
      throw new ManagementError(
        409,
        "AccountAlreadyExists",
        `there is an account ${name} already: names are unique in a region`,
      );
    this.busy.add(name);
    try {
      const directory = layout(join(this.folder, name), this.first.directory.temporary);
      rmSync(directory.path, { recursive: true, force: true, maxRetries: 5 });
      mkdirSync(directory.path, { recursive: true, mode: 0o700 });
      makeParts(directory);
      const known = new KnownAccount(directory, document, secrets);
      try {
        this.write(known);
        await (await this.openOne(known)).start();
      } catch (error) {
        await this.undo(known);
        throw error;
      }
      this.add(known);
      return known;
    } finally {
      this.busy.delete(name);
    }
  }

  /** Changes what is kept of an account; durable when it returns, and in force with the next request. Quotas are told to its world too. */
  async change(known: KnownAccount, document: Partial<AccountDocument>, secrets: Partial<AccountSecrets> = {}): Promise<void> {
    const before = { document: known.document, secrets: known.secrets };
    known.document = { ...known.document, ...document };
    if (known.secrets !== undefined) known.secrets = { ...known.secrets, ...secrets };
    try {
      this.write(known);
    } catch (error) {
      Object.assign(known, before);
      throw error;
    }
    if (document.quotas !== undefined && known.open !== undefined)
      await known.open.service.submit({ kind: "SetQuotas", quotas: this.quotasOf(known) });
  }

  /** Removes an account with all it has: nodes, jobs, files. The first one cannot go. Throws ManagementError 409. */
  async remove(known: KnownAccount): Promise<void> {
    const { name } = known.document;
    if (known === this.first)
      throw new ManagementError(
        409,
        "AccountCannotBeDeleted",
        `${name} is the account that the service was started with; it goes with its data directory`,
      );
    if (this.busy.has(name))
      throw new ManagementError(409, "AccountBeingDeleted", `the account ${name} is being made or removed`);
    this.busy.add(name);
    try {
      this.byName.delete(name);
      await this.undo(known);
    } finally {
      this.busy.delete(name);
    }
  }

  /** What an account may have: what was set for it, else the service's defaults; for the first one what the service was started with. */
  quotasOf({ document }: KnownAccount): Quotas {
    const { quotas, poolAllocationMode } = document;
    const started = { ...defaultQuotas, ...this.around.settings.quotas };
    if (document === this.first.document) {
      // What the command line says goes before what was set while an earlier service ran.
      const spoken = Object.entries(started).filter(([name, value]) => value !== serveDefaults.quotas[name as keyof Quotas]);
      return { ...started, ...quotas, ...Object.fromEntries(spoken) };
    }
    // L-11: cores of a user's subscription are the subscription's; here, as many as this machine was said to have.
    const { dedicatedCores, lowPriorityCores } = started;
    const own = poolAllocationMode === "UserSubscription" ? { dedicatedCores, lowPriorityCores } : {};
    return { ...defaultQuotas, ...own, ...quotas };
  }

  /** Takes away what there is of an account. Without its file it is gone, whatever comes between. */
  private async undo({ document: { name, keyVault }, directory, open }: KnownAccount): Promise<void> {
    rmSync(directory.account, { force: true });
    const at = this.served.findIndex((each) => each.name === name);
    if (at >= 0) this.served.splice(at, 1);
    if (open === undefined) await endAgent(directory.socket);
    else {
      this.onClosed(open);
      await open.destroy();
    }
    const vault = keyVault === undefined ? undefined : this.vaults.byId(keyVault.id);
    if (vault?.isLocked === false) keepSecrets(vault, name, undefined);
    rmSync(directory.path, { recursive: true, force: true, maxRetries: 10 });
    rmSync(directory.socket, { force: true });
  }

  private add(known: KnownAccount): void {
    this.byName.set(known.document.name, known);
  }

  private async openOne(known: KnownAccount): Promise<OpenAccount> {
    const open = await OpenAccount.open(known, this.around, {
      quotas: this.quotasOf(known),
      facts: () => this.factsOf(known),
      isFirst: known === this.first,
    });
    known.open = open;
    this.served.push(open.served);
    this.onOpened(open);
    return open;
  }

  private factsOf({ document, secrets }: KnownAccount): AccountFacts {
    const { poolAllocationMode, location, subscriptionId, resourceGroup, autoStorage } = document;
    const key = secrets?.storage;
    const linkedStorage = autoStorage === undefined || key === undefined ? undefined : { ...autoStorage, key };
    return {
      poolAllocationMode,
      location,
      subscriptionId,
      resourceGroup,
      linkedStorage,
      strict: this.around.settings.strict,
      landscape: this.landscape,
    };
  }

  /** Secrets of an account with a vault go there, before its file says that they are. */
  private write({ directory, document, secrets }: KnownAccount): void {
    if (document.keyVault === undefined) {
      writeAccountFile(directory.account, document, secrets);
      return;
    }
    const vault = this.vaults.byId(document.keyVault.id);
    if (vault === undefined || vault.isLocked)
      throw new ManagementError(409, "VaultIsLocked", `the key vault of account ${document.name} is locked or gone`);
    keepSecrets(vault, document.name, secrets);
    writeAccountFile(directory.account, document, undefined);
  }

  private takeSecrets(known: KnownAccount): void {
    const { keyVault, name } = known.document;
    const vault = keyVault === undefined ? undefined : this.vaults.byId(keyVault.id);
    if (known.secrets === undefined && vault !== undefined) known.secrets = secretsIn(vault, name);
  }
}
