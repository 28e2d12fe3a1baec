/**
 * A whole service in this process. `weir serve` and a program that wants a service of its own start it alike; both get what it takes to use it, and
 * `stop`.
 *
 *     data directory → account → composition → door opens → accounts start, agents are sought → seed → ready
 */
import { rmSync, writeFileSync } from "node:fs";
import { isolationProblem } from "../agent/node/nodeNetworks.ts";
import { lockDirectory } from "../persistence/dataLock.ts";
import type { Log } from "../providers/log.ts";
import { type Account, openAccount } from "./account.ts";
import { openCertificate } from "./certificate.ts";
import { compose, type Composition } from "./composition.ts";
import { type DataDirectory, openDataDirectory, removeTemporary } from "./dataDirectory.ts";
import { rollPools } from "./osRoll.ts";
import { forget } from "./reset.ts";
import { plant, readSeed } from "./seed.ts";
import { asServeProblem, ServeProblem, systemReason } from "./serveProblem.ts";
import type { OnStop, ServeSettings } from "./serveSettings.ts";

/** A service that is ready. */
export interface RunningServer {
  readonly endpoint: string;
  readonly account: Account;
  readonly directory: DataDirectory;
  /** File of the self-made certificate; undefined without HTTPS. */
  readonly certificate: string | undefined;
  /** Resolves when the service had to give up; it wants to be stopped then like any other. */
  readonly failed: Promise<Error>;
  /** Requests in flight are answered, what is acknowledged is durable, tasks go as `onStop` says. Twice is the same as once. */
  stop(onStop?: OnStop): Promise<void>;
}

/** How often pools that want the newest guest OS are looked at, milliseconds of real time. */
const ROLL_MS = 30_000;

/** Starts a service. Throws ServeProblem for whatever is the caller's to mend; nothing is left behind then. */
export async function startServer(settings: ServeSettings, log: Log): Promise<RunningServer> {
  // What can be wrong in the request itself is found before anything is touched.
  const seed = settings.seed === undefined ? undefined : readSeed(settings.seed);
  const problem = settings.isolateNodes ? isolationProblem() : undefined;
  if (problem !== undefined) throw new ServeProblem(`--isolate-nodes: ${problem}`);
  const directory = openDataDirectory(settings.data);
  const undo: (() => unknown)[] = [() => removeTemporary(directory)];
  try {
    const account = await prepare(directory, settings);
    const certificate = settings.https ? await openCertificate(directory.certificate, settings.host) : undefined;
    let ready = false;
    let fail: (error: Error) => void = () => {};
    const failed = new Promise<Error>((resolve) => {
      fail = resolve;
    });
    const parts = await compose({ settings, directory, certificate, log, isReady: () => ready, onFailure: fail });
    const { accounts, first, metrics, server } = parts;
    undo.push(
      () => Promise.all(accounts.list().map(({ open }) => open?.abandon())),
      () => metrics.close(),
    );
    const endpoint = await listen(parts, settings);
    undo.push(() => server.close(0));
    if (settings.vaultPassphrase !== undefined) await accounts.vaults.unlockAll(settings.vaultPassphrase);
    await first.start();
    await accounts.openOthers();
    // A release may have been published just before the last server ended, or between a job schedule and the pool that it makes.
    rollPools(accounts.list());
    const rolling = setInterval(() => rollPools(accounts.list()), ROLL_MS);
    rolling.unref();
    undo.push(() => clearInterval(rolling));
    if (seed !== undefined) {
      const ca = certificate === undefined ? {} : { ca: certificate.cert };
      log("info", "seeded", await plant(seed, { endpoint, account, ...ca }));
    }
    // For commands of this machine that name the directory; nothing of the service itself reads it.
    writeFileSync(directory.endpoint, `${endpoint}\n`);
    ready = true;
    let stopping: Promise<void> | undefined;
    return {
      endpoint,
      account,
      directory,
      certificate: certificate === undefined ? undefined : directory.certificate,
      failed,
      stop: (onStop = settings.onStop) => {
        ready = false;
        clearInterval(rolling);
        stopping ??= stop(parts, directory, onStop, log);
        return stopping;
      },
    };
  } catch (error) {
    // What cannot be undone must not hide why the service did not start.
    for (const back of undo.reverse()) {
      try {
        await back();
      } catch (left) {
        log("warn", "startNotUndone", { error: left });
      }
    }
    throw asServeProblem(error);
  }
}

/** Nothing of a directory that another process serves is touched; from here on the store itself holds the lock. */
async function prepare(directory: DataDirectory, { reset, account }: ServeSettings): Promise<Account> {
  const unlock = lockDirectory(directory.path);
  try {
    if (reset) await forget(directory);
    return openAccount(directory.account, account);
  } finally {
    unlock();
  }
}

async function listen({ server }: Composition, { host, port }: ServeSettings): Promise<string> {
  try {
    return await server.listen(port, host);
  } catch (error) {
    throw new ServeProblem(`cannot listen on ${host}:${port}: ${systemReason(error)}; choose another address with --listen`);
  }
}

async function stop(parts: Composition, directory: DataDirectory, onStop: OnStop, log: Log): Promise<void> {
  const { accounts, metrics, server } = parts;
  log("info", "stopping", { onStop });
  rmSync(directory.endpoint, { force: true });
  await server.close();
  await Promise.all(accounts.list().map(({ open }) => open?.stop(onStop)));
  metrics.close();
  removeTemporary(directory);
  log("info", "stopped");
}
