/**
 * A whole service in this process: data directory, store, world, clock, provider with its agent, HTTP door. `weir serve` and a program that wants a
 * service of its own start it alike; both get what it takes to use it, and `stop`.
 *
 *     data directory → store → world ┐
 *     clock, agent → provider ───────┼→ service → HTTP door → seed → ready
 *     account, log, metrics ─────────┘
 */
import { createHash } from "node:crypto";
import { RealClock } from "../host/realClock.ts";
import { Service } from "../host/service.ts";
import type { World } from "../core/world.ts";
import { LocalProvider } from "../providers/local.ts";
import { APPLICATION, type ApplicationRecord } from "../rest/handlers/applicationRecords.ts";
import { handlers } from "../rest/handlers/index.ts";
import { type BatchServer, createBatchServer } from "../rest/server.ts";
import { taskToken } from "../rest/taskToken.ts";
import { type Account, openAccount } from "./account.ts";
import { startAgent } from "./agentProcess.ts";
import { readApplications } from "./applications.ts";
import { type DataDirectory, openDataDirectory, removeTemporary } from "./dataDirectory.ts";
import type { ServeLog } from "./log.ts";
import { ServeMetrics } from "./metrics.ts";
import { nodeFilesOf } from "./nodeFiles.ts";
import { otherPaths } from "./paths.ts";
import { forget } from "./reset.ts";
import { plant, readSeed } from "./seed.ts";
import { ServeProblem, systemReason } from "./serveProblem.ts";
import { coreSettings, type OnStop, type ServeSettings } from "./serveSettings.ts";
import { emptyNodes, enableAgain } from "./stopping.ts";
import { openStore } from "./store.ts";
import { selfMadeCertificate } from "./tls.ts";

export interface RunningServer {
  readonly endpoint: string;
  readonly account: Account;
  readonly directory: DataDirectory;
  /** File of the self-made certificate; undefined without HTTPS. */
  readonly certificate: string | undefined;
  readonly service: Service;
  readonly provider: LocalProvider;
  /** Resolves when the service had to give up; it is stopped then like any other. */
  readonly failed: Promise<Error>;
  /** Requests in flight are answered, what is acknowledged is durable, tasks go as `onStop` says. Twice is the same as once. */
  stop(onStop?: OnStop): Promise<void>;
}

/** Starts a service. Throws ServeProblem for whatever is the caller's to mend; nothing is left behind then. */
export async function startServer(settings: ServeSettings, log: ServeLog): Promise<RunningServer> {
  const seed = settings.seed === undefined ? undefined : readSeed(settings.seed);
  const directory = openDataDirectory(settings.data);
  const undo: (() => unknown)[] = [() => removeTemporary(directory)];
  try {
    const account = openAccount(directory.account, settings.account);
    if (settings.reset) await forget(directory);
    const tls = settings.https ? await selfMadeCertificate(directory, settings.host) : undefined;
    const { persistence, stored, world } = await openStore(directory, {
      settings: coreSettings(settings),
      quotas: settings.quotas,
      trackChanges: true,
      events: "keep",
    });
    undo.push(() => persistence.close());
    const clock = new RealClock({ scale: settings.timeScale, notBefore: world.now });
    const secret = createHash("sha256").update(`task tokens of ${account.name}\n${account.key}`).digest();
    const url = { value: "" };
    const provider = localProvider({ settings, directory, world, log, secret, account, url, now: () => clock.now() });
    const failed = Promise.withResolvers === undefined ? deferred<Error>() : Promise.withResolvers<Error>();
    const service = new Service({ world, provider, persistence, stored, clock, log, onFailure: (error) => failed.resolve(error) });
    shelves.set(provider, service);
    const metrics = new ServeMetrics(service, provider);
    undo.push(() => metrics.close());
    let ready = false;
    const server = createBatchServer({
      accounts: [
        { name: account.name, keys: [account.key], taskTokenSecret: secret, service, files: nodeFilesOf(directory, provider) },
      ],
      handlers,
      log,
      others: otherPaths({ service, provider, metrics, isReady: () => ready }),
      onRequest: (summary) => {
        metrics.request({ operation: summary.operation ?? "none", status: summary.status, seconds: summary.durationMs / 1000 });
        log(summary.status >= 500 ? "warn" : "debug", "request", summary);
      },
      ...(tls === undefined ? {} : { tls }),
    });
    url.value = await listen(server, settings);
    undo.push(() => server.close(0));
    service.start();
    undo.push(() => service.stop());
    undo.push(() => provider.close());
    await readApplications(directory.packages, service.records);
    await enableAgain(service);
    if (seed !== undefined) {
      const ca = tls === undefined ? {} : { ca: tls.cert };
      log("info", "seeded", await plant(seed, { endpoint: url.value, account, ...ca }));
    }
    ready = true;
    let stopping: Promise<void> | undefined;
    const stop = async (onStop: OnStop) => {
      log("info", "stopping", { onStop });
      ready = false;
      await server.close();
      const leave = onStop === "leave" && !directory.temporary;
      if (!leave && service.running && !directory.temporary)
        if (!(await emptyNodes(service, onStop === "end" ? "terminate" : "requeue"))) log("warn", "tasks did not end in time");
      await service.stop();
      if (leave) await provider.close();
      else await provider.shutDown();
      metrics.close();
      persistence.close();
      removeTemporary(directory);
      log("info", "stopped");
    };
    return {
      endpoint: url.value,
      account,
      directory,
      certificate: tls === undefined ? undefined : directory.certificate,
      service,
      provider,
      failed: failed.promise,
      stop: (onStop = settings.onStop) => (stopping ??= stop(onStop)),
    };
  } catch (error) {
    for (const back of undo.reverse()) await back();
    throw error;
  }
}
