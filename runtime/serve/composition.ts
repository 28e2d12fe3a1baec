/**
 * What a service is made of, put together and not yet started. The parts that need each other (the provider asks for applications that the service
 * remembers, and for the address that the door gets when it listens) are given functions that look when asked.
 */
import { createHash } from "node:crypto";
import { RealClock } from "../host/realClock.ts";
import { Service } from "../host/service.ts";
import type { Persistence } from "../persistence/persistence.ts";
import { LocalProvider } from "../providers/local.ts";
import { applicationOf } from "../rest/handlers/applicationRecords.ts";
import { handlers } from "../rest/handlers/index.ts";
import { type BatchServer, createBatchServer, type RequestSummary } from "../rest/server.ts";
import { taskToken } from "../rest/taskToken.ts";
import type { Account } from "./account.ts";
import { startAgent } from "./agentProcess.ts";
import type { DataDirectory } from "./dataDirectory.ts";
import type { ServeLog } from "./log.ts";
import { ServeMetrics } from "./metrics.ts";
import { nodeFilesOf } from "./nodeFiles.ts";
import { otherPaths } from "./paths.ts";
import { coreSettings, type ServeSettings } from "./serveSettings.ts";
import { openStore } from "./store.ts";
import type { Certificate } from "./certificate.ts";

/** What the parts are made from. */
interface CompositionOptions {
  readonly settings: ServeSettings;
  readonly directory: DataDirectory;
  readonly account: Account;
  readonly certificate: Certificate | undefined;
  readonly log: ServeLog;
  /** Start-up is through. */
  readonly isReady: () => boolean;
  readonly onFailure: (error: Error) => void;
}

/** The parts; the caller starts and ends them. */
export interface Composition {
  readonly persistence: Persistence;
  readonly provider: LocalProvider;
  readonly service: Service;
  readonly metrics: ServeMetrics;
  readonly server: BatchServer;
}

/** Usage is told this often in a sample period, so that a sample has news. */
const USAGE_PER_SAMPLE = 2;
/** More often than this, reading it costs more than it tells; milliseconds of real time. */
const USAGE_MS_MIN = 250;

/** Opens the store and makes everything around it. Throws ServeProblem. */
export async function compose(options: CompositionOptions): Promise<Composition> {
  const { settings, directory, account, certificate, log } = options;
  const { timeScale } = settings;
  const { persistence, stored, world } = await openStore(directory, {
    settings: coreSettings(settings),
    quotas: settings.quotas,
    trackChanges: true,
    events: "keep",
  });
  const clock = new RealClock({ scale: timeScale, notBefore: world.now });
  const taskTokenSecret = createHash("sha256").update(`task tokens of ${account.name}\n${account.key}`).digest();
  const provider: LocalProvider = new LocalProvider({
    socket: directory.socket,
    startAgent: () => startAgent({ directory, log }),
    account: () => ({ name: account.name, url: server.url }),
    shelf: {
      directory: directory.packages,
      defaultVersion: (id) => applicationOf(service.records, id)?.defaultVersion,
    },
    taskToken: (task) => taskToken(taskTokenSecret, task),
    now: () => service.now(),
    timeScale,
    retentionMs: world.settings.retentionMs,
    nodesMax: settings.nodesMax,
    bootMs: settings.fast ? 0 : settings.bootMs,
    usageEveryMs: Math.max(USAGE_MS_MIN, world.settings.samplePeriodMs / timeScale / USAGE_PER_SAMPLE),
    log,
  });
  const { onFailure } = options;
  const service: Service = new Service({ world, provider, persistence, stored, clock, log, onFailure });
  const metrics = new ServeMetrics(service, provider);
  const files = nodeFilesOf(directory, provider);
  const server = createBatchServer({
    accounts: [{ name: account.name, keys: [account.key], taskTokenSecret, service, files }],
    handlers,
    log,
    others: otherPaths({ service, provider, metrics, isReady: options.isReady }),
    onRequest: (summary) => noteRequest(summary, metrics, log),
    ...(certificate === undefined ? {} : { tls: certificate }),
  });
  return { persistence, provider, service, metrics, server };
}

function noteRequest(summary: RequestSummary, metrics: ServeMetrics, log: ServeLog): void {
  const { operation, status, durationMs } = summary;
  metrics.request({ operation: operation ?? "none", status, seconds: durationMs / 1000 });
  const level = operation === undefined || status < 400 ? "debug" : status < 500 ? "info" : "error";
  log(level, "request", summary);
}
