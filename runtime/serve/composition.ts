/**
 * What a server is made of, put together and not yet started: its accounts (each a world of its own, see `accounts/openAccount.ts`), the issuer of its
 * tokens, and one door for all of them. Parts that need each other are given functions that look when asked: the address is known when the door listens.
 */
import { join } from "node:path";
import type { Log } from "../providers/log.ts";
import { Placement } from "../providers/network/placement.ts";
import { handlers } from "../rest/handlers/index.ts";
import { type BatchServer, createBatchServer, type RequestSummary } from "../rest/server.ts";
import { AccountRegistry } from "./accounts/registry.ts";
import type { OpenAccount } from "./accounts/openAccount.ts";
import type { Certificate } from "./certificate.ts";
import type { DataDirectory } from "./dataDirectory.ts";
import { managementPaths } from "./management/router.ts";
import { ServeMetrics } from "./metrics.ts";
import { uploadDoor } from "./packages/uploadDoor.ts";
import { otherPaths } from "./paths.ts";
import type { ServeSettings } from "./serveSettings.ts";
import { batchTokens, managers } from "./tokens/admission.ts";
import { TokenIssuer } from "./tokens/issuer.ts";
import { tokenPaths } from "./tokens/tokenPaths.ts";

/** What the parts are made from. */
interface CompositionOptions {
  readonly settings: ServeSettings;
  readonly directory: DataDirectory;
  readonly certificate: Certificate | undefined;
  readonly log: Log;
  /** Start-up is through. */
  readonly isReady: () => boolean;
  readonly onFailure: (error: Error) => void;
}

/** The parts; the caller starts and ends them. */
export interface Composition {
  readonly accounts: AccountRegistry;
  /** The account that the service is started with. */
  readonly first: OpenAccount;
  readonly metrics: ServeMetrics;
  readonly server: BatchServer;
}

/** Opens the first account's store and makes everything around it. Throws ServeProblem. */
export async function compose(options: CompositionOptions): Promise<Composition> {
  const { settings, directory, certificate, log, onFailure } = options;
  const url = (): string => server.url;
  const { clusterNodes, nodesMax } = settings;
  const placement = new Placement({ clusterNodes, nodesMax, documents: () => accounts.landscape });
  const around = { settings, log, url, addresses: new Set<string>(), placement, onFailure };
  const accounts: AccountRegistry = new AccountRegistry(directory, around);
  const issuer = new TokenIssuer(join(directory.path, "issuer.json"));
  const first = await accounts.openFirst();
  // L-66: whoever relies on users being kept apart has to hear it.
  if (settings.machines.taskUsers === undefined)
    log("warn", "all tasks run as the user of this service", { user: process.getuid?.() });
  const metrics = new ServeMetrics(first.service, first.provider);
  accounts.onOpened = ({ name, service, provider }) => metrics.watch(name, service, provider);
  accounts.onClosed = ({ name }) => metrics.forget(name);
  const server = createBatchServer({
    accounts: accounts.served,
    readToken: batchTokens(issuer),
    ...(settings.requestsPerSecond === undefined ? {} : { requestsPerSecond: settings.requestsPerSecond }),
    handlers,
    log,
    others: [
      ...otherPaths({ first, accounts, metrics, isReady: options.isReady }),
      ...managementPaths({ accounts, issuer, authorize: managers(issuer, accounts), log }),
      ...tokenPaths(issuer, accounts),
      uploadDoor(accounts),
    ],
    onRequest: (summary) => noteRequest(summary, metrics, log),
    ...(certificate === undefined ? {} : { tls: certificate }),
  });
  return { accounts, first, metrics, server };
}

function noteRequest(summary: RequestSummary, metrics: ServeMetrics, log: Log): void {
  const { operation, status, durationMs } = summary;
  metrics.request({ operation: operation ?? "none", status, seconds: durationMs / 1000 });
  const level = operation === undefined || status < 400 ? "debug" : status < 500 ? "info" : "error";
  log(level, "request", summary);
}
