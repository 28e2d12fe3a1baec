/**
 * HTTP for files: tries again what may pass (busy servers, lost connections), gives up when nothing moves for a while, and never repeats the signature
 * of a URL in a message. Used for resource files, output files and container listings.
 */
import type { IncomingMessage } from "node:http";
import { type Sending, send } from "./httpRequest.ts";

/** Nothing has been received or sent for this long: the other side has gone. */
const IDLE_MS_MAX = 60_000;
/** Waits between tries; one more try than entries. */
const PAUSES_MS = [200, 1_000, 3_000];
/** At the same time, over all runs of the agent. */
const TRANSFERS_MAX = 16;
/** Answers that may be others the next time. */
const PASSING = new Set([408, 429, 500, 502, 503, 504]);

/** What the other side answered, or that it did not. */
export type TransferProblem =
  | { readonly status: number }
  | { readonly status: "timedOut" }
  | { readonly status: "unreachable"; readonly reason: string };

/** Thrown for anything but success. */
export class TransferError extends Error {
  readonly problem: TransferProblem;

  constructor(problem: TransferProblem) {
    super(describe(problem));
    this.problem = problem;
  }
}

function describe(problem: TransferProblem): string {
  switch (problem.status) {
    case "timedOut":
      return "nothing was heard for a minute";
    case "unreachable":
      return problem.reason;
    default:
      return `the server answered ${problem.status}`;
  }
}

function mayPass(problem: TransferProblem): boolean {
  if (problem.status === "timedOut") return true;
  // A connection that breaks or is refused has a code; what has none is wrong with the URL or the answer itself.
  if (problem.status === "unreachable") return /^[A-Z][A-Z_]+$/.test(problem.reason);
  return PASSING.has(problem.status);
}

let free = TRANSFERS_MAX;
const queue: (() => void)[] = [];

/** Waits for a place among the transfers. */
async function withPlace<T>(what: () => Promise<T>): Promise<T> {
  if (free > 0) free--;
  else await new Promise<void>((resolve) => queue.push(resolve));
  try {
    return await what();
  } finally {
    const next = queue.shift();
    if (next === undefined) free++;
    else next();
  }
}

/** A URL without user, password, query and fragment: what may be shown. */
export function publicUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "(not a URL)";
  }
}

/** One exchange; `touch` is to be called whenever something moves. */
export interface Exchange {
  readonly url: string;
  /** Made anew for every try; without it a GET. */
  readonly sending?: () => Sending;
  readonly signal: AbortSignal;
}

/**
 * Sends, and hands a good answer to `receive`, all of it again after a passing failure. Throws a TransferError, what `signal` was aborted with, or an error
 * of the local file system from `receive` as it is.
 */
export async function exchange<T>(
  what: Exchange,
  receive: (response: IncomingMessage, touch: () => void) => Promise<T>,
): Promise<T> {
  return withPlace(async () => {
    for (let round = 0; ; round++) {
      what.signal.throwIfAborted();
      try {
        return await once(what, receive);
      } catch (error) {
        if (!(error instanceof TransferError) || round === PAUSES_MS.length) throw error;
        if (!mayPass(error.problem)) throw error;
        await pause(PAUSES_MS[round], what.signal);
      }
    }
  });
}

async function once<T>(
  { url, sending, signal }: Exchange,
  receive: (response: IncomingMessage, touch: () => void) => Promise<T>,
): Promise<T> {
  const idle = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const touch = () => {
    clearTimeout(timer);
    timer = setTimeout(() => idle.abort(), IDLE_MS_MAX);
  };
  touch();
  try {
    const response = await send(url, sending?.() ?? {}, AbortSignal.any([signal, idle.signal]), touch);
    touch();
    const status = response.statusCode ?? 0;
    if (status < 200 || status > 299) {
      // With its connection: a file that is refused at its beginning does not have to be sent to its end.
      response.destroy();
      throw new TransferError({ status });
    }
    return await receive(response, touch);
  } catch (error) {
    signal.throwIfAborted();
    if (idle.signal.aborted) throw new TransferError({ status: "timedOut" });
    if (error instanceof TransferError || isLocal(error)) throw error;
    throw new TransferError({ status: "unreachable", reason: reasonOf(error) });
  } finally {
    clearTimeout(timer);
  }
}

/** Errors of the file system have a path or say which call failed; those of the network name no file. */
function isLocal(error: unknown): boolean {
  const { syscall, path } = error as NodeJS.ErrnoException;
  return path !== undefined || syscall === "write" || syscall === "read" || syscall === "open";
}

/** The system's code where there is one: ECONNREFUSED, ENOTFOUND. */
function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string };
  return code ?? message ?? "unknown";
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
  });
}
