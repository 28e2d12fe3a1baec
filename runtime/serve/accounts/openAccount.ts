/**
 * One account, running: its world in a store of its own, its provider with an agent of its own, its files. Nothing in here knows of any other account
 * (L-06); only loopback addresses are drawn from one book, since the machine has them once.
 */
import { existsSync } from "node:fs";
import { RealClock } from "../../host/realClock.ts";
import { Service } from "../../host/service.ts";
import type { Quotas } from "../../core/settings.ts";
import type { Persistence } from "../../persistence/persistence.ts";
import { LocalProvider } from "../../providers/local.ts";
import type { Log } from "../../providers/log.ts";
import { NodeNetwork } from "../../providers/network/nodeNetwork.ts";
import type { Placement } from "../../providers/network/placement.ts";
import type { NodeFiles } from "../../providers/nodeFiles.ts";
import type { AccountFacts } from "../../rest/accountFacts.ts";
import type { ServedAccount } from "../../rest/guard.ts";
import { packageOf } from "../../rest/handlers/applicationRecords.ts";
import { certificateSecretOf, certificatesOnNode, keepCertificatesOnNode } from "../../rest/handlers/certificateRecords.ts";
import { usersOfNode } from "../../rest/handlers/nodeUserRecords.ts";
import { taskToken } from "../../rest/taskToken.ts";
import { startAgent } from "../agentProcess.ts";
import { linkedContainer } from "../storage/linkedStorage.ts";
import { readApplications } from "../applications.ts";
import type { DataDirectory } from "../dataDirectory.ts";
import { nodeFilesOf } from "../nodeFiles.ts";
import { coreSettings, type ServeSettings } from "../serveSettings.ts";
import { emptyNodes, enableAgain } from "../stopping.ts";
import { openStore } from "../store.ts";
import { openToTaskUsers } from "../taskUserAccess.ts";
import type { KnownAccount } from "./registry.ts";

/** What all accounts of a server share. */
export interface AccountSurroundings {
  readonly settings: ServeSettings;
  readonly log: Log;
  /** Of the server, once it listens. */
  readonly url: () => string;
  /** Loopback addresses that nodes have. */
  readonly addresses: Set<string>;
  /** Clusters and addresses of subnets that nodes have. */
  readonly placement: Placement;
  readonly onFailure: (error: Error) => void;
}

/** Usage is told this often in a sample period, so that a sample has news. */
const USAGE_PER_SAMPLE = 2;
/** More often than this, reading it costs more than it tells; milliseconds of real time. */
const USAGE_MS_MIN = 250;

/** An account whose store is open. */
export class OpenAccount {
  readonly known: KnownAccount;
  readonly directory: DataDirectory;
  readonly service: Service;
  readonly provider: LocalProvider;
  readonly files: NodeFiles;
  /** As the guard and the handlers see it; read anew at every request. */
  readonly served: ServedAccount;
  private readonly persistence: Persistence;
  private readonly log: Log;

  private constructor(
    known: KnownAccount,
    parts: Pick<OpenAccount, "service" | "provider" | "directory"> & {
      persistence: Persistence;
      served: ServedAccount;
      log: Log;
    },
  ) {
    this.known = known;
    this.directory = parts.directory;
    this.service = parts.service;
    this.provider = parts.provider;
    this.persistence = parts.persistence;
    this.served = parts.served;
    this.files = parts.served.files;
    this.log = parts.log;
  }

  get name(): string {
    return this.known.document.name;
  }

  /** Opens the store and makes everything around it; nothing runs yet. `facts` is asked at every request. Throws StoreError, RestoreError. */
  static async open(
    known: KnownAccount,
    around: AccountSurroundings,
    options: { readonly quotas: Quotas; readonly facts: () => AccountFacts; readonly isFirst: boolean },
  ): Promise<OpenAccount> {
    const { directory } = known;
    const { settings, log } = around;
    const { timeScale } = settings;
    const { name } = known.document;
    const { taskUsers } = settings.machines;
    if (taskUsers !== undefined) openToTaskUsers(directory, taskUsers);
    const { persistence, stored, world } = await openStore(directory, {
      settings: coreSettings(settings),
      quotas: options.quotas,
      trackChanges: true,
      events: "keep",
    });
    const clock = new RealClock({ scale: timeScale, notBefore: world.now });
    const taskTokenSecret = Buffer.from(known.secretsNow().tokenSeed, "base64");
    const provider: LocalProvider = new LocalProvider({
      socket: directory.socket,
      startAgent: () => startAgent({ directory, log }),
      // Most accounts of a server that has several have no nodes: their agents wait for the first.
      startsLate: () => !options.isFirst && !existsSync(directory.socket),
      addresses: around.addresses,
      isolateNodes: settings.isolateNodes,
      network: new NodeNetwork({
        account: name,
        home: directory.path,
        placement: around.placement,
        own: () => service.records,
        landscape: () => options.facts().landscape,
        log,
      }),
      account: () => ({ name, url: around.url() }),
      shelf: {
        directory: directory.packages,
        find: (id, version) => packageOf(service.records, id, version),
      },
      linkedContainer: (container) => linkedContainer(known, container),
      taskToken: (task) => taskToken(taskTokenSecret, task),
      certificates: {
        find: (reference) => certificateSecretOf(service.records, reference),
        installed: (node) => certificatesOnNode(service.records, node),
        keep: (node, references) =>
          void keepCertificatesOnNode(service.records, node, references, service.now()).catch((error: Error) =>
            log("error", "certificates of a node not kept", { node: node.id, error: error.message }),
          ),
      },
      usersOf: (node) => usersOfNode(service.records, node),
      now: () => service.now(),
      timeScale,
      retentionMs: world.settings.retentionMs,
      nodesMax: settings.nodesMax,
      machines: settings.machines,
      bootMs: settings.fast ? 0 : settings.bootMs,
      usageEveryMs: Math.max(USAGE_MS_MIN, world.settings.samplePeriodMs / timeScale / USAGE_PER_SAMPLE),
      log,
    });
    const { onFailure } = around;
    const service: Service = new Service({ world, provider, persistence, stored, clock, log, onFailure });
    const files = nodeFilesOf(directory, provider);
    const served: ServedAccount = {
      name,
      createdAt: known.document.createdAt,
      get keys() {
        return known.document.poolAllocationMode === "UserSubscription" ? [] : known.keys();
      },
      get isDisabled() {
        return known.document.isDisabled;
      },
      get facts() {
        return options.facts();
      },
      taskTokenSecret,
      service,
      files,
      logins: provider.logins,
    };
    return new OpenAccount(known, { directory, service, provider, persistence, served, log });
  }

  /** Begins to work. */
  async start(): Promise<void> {
    this.service.start();
    await readApplications(this.directory.packages, this.service.records);
    await enableAgain(this.service);
  }

  /** Ends the loop and gives the store back. `leave`: nodes go on with their tasks; otherwise tasks are requeued or ended first, and nodes go. */
  async stop(onStop: ServeSettings["onStop"]): Promise<void> {
    const { directory, provider, service } = this;
    // Without a data directory there is nobody who could come back for the tasks.
    const leave = onStop === "leave" && !directory.temporary;
    if (!leave && !directory.temporary && service.running) {
      const empty = await emptyNodes(service, onStop === "end" ? "terminate" : "requeue");
      if (!empty) this.log("warn", "tasks did not end in time", { account: this.name, attempts: service.world.attempts.size });
    }
    await service.stop();
    // An agent without nodes has nothing to keep.
    const hasNodes = [...service.world.pools.values()].some(({ nodes }) => nodes.size > 0);
    await (leave && hasNodes ? provider.close() : provider.shutDown());
    this.persistence.close();
  }

  /** Ends everything at once, as a start that failed wants it. */
  async abandon(): Promise<void> {
    await this.service.stop();
    await (this.directory.temporary ? this.provider.shutDown() : this.provider.close());
    this.persistence.close();
  }

  /** Ends everything for good: nodes, their processes and the agent. */
  async destroy(): Promise<void> {
    await this.service.stop();
    await this.provider.shutDown();
    this.persistence.close();
  }
}
