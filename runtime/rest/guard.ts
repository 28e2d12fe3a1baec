/**
 * Who may come in (L-60 to L-63). SharedKey: the signature is really checked, over the request as it arrived, in constant time, with either of the
 * account's keys, and its date must lie within 15 minutes of real time (the service's own time may be scaled). Bearer: a configured token, a task's, or
 * a directory's, which names its account itself, or leaves that to the host that is asked (`<account>.localhost`), or to there being only one.
 * Says 401 when nobody introduced himself, 400 when the introduction cannot be read, 403 when it is not true.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Service } from "../host/service.ts";
import type { NodeFiles } from "../providers/nodeFiles.ts";
import type { NodeLogins } from "../providers/nodeLogins.ts";
import type { AccountFacts } from "./accountFacts.ts";
import { BatchError } from "./errors.ts";
import type { RequestLine } from "./requestLine.ts";
import { signature, stringToSign } from "./sharedKey.ts";
import { isTaskToken, jobOfToken } from "./taskToken.ts";
import { parseInstantMs } from "./times.ts";

/** An account that is served, with all that belongs to it; nothing crosses accounts (L-06). Read anew at every request, so keys may change (L-04). */
export interface ServedAccount {
  readonly name: string;
  /** Base64; primary and secondary, both open. Empty: no shared keys (L-02). */
  readonly keys: readonly string[];
  readonly bearerTokens?: readonly string[];
  /** With which task tokens are signed; without it there are none. */
  readonly taskTokenSecret?: Buffer;
  /** L-07. */
  readonly isDisabled?: boolean;
  /** When the account was made, as its tokens say it. */
  readonly createdAt?: string;
  /** What rules ask of the account; without them it is an account in batch service mode that stands alone. */
  readonly facts?: AccountFacts;
  readonly service: Service;
  readonly files: NodeFiles;
  /** Ways to log in to nodes; undefined: there are none. */
  readonly logins?: NodeLogins;
}

/** What a directory token says that was found to be true: signature, audience and expiry are checked (L-62). */
export interface DirectoryClaims {
  /** The one account it opens, and when that was made: a later account of the same name is another one. Undefined: whichever is asked for. */
  readonly account: { readonly name: string; readonly createdAt: string } | undefined;
}

/** Reads a directory token for the Batch service. Undefined: it is none of this issuer's. Throws BatchError 403 for one that is not good any more. */
export type ReadDirectoryToken = (token: string) => Promise<DirectoryClaims | undefined>;

/** Who asks. */
export interface Caller {
  readonly account: ServedAccount;
  /** A task's token: the only job it opens. */
  readonly onlyJob: string | undefined;
}

/** How far a request's date may lie from real time, milliseconds (L-61). */
export const SKEW_MS_MAX = 15 * 60_000;

// Signed against for names that no account has, so that they take the same time.
const NO_KEY = Buffer.alloc(32, 1);

/** Decides who a caller is. Throws BatchError for those who may not come in. */
export class Guard {
  private readonly accounts: readonly ServedAccount[];
  private readonly realNow: () => number;
  private readonly readToken: ReadDirectoryToken | undefined;
  private readonly decodedKeys = new Map<string, Buffer>();

  /** `accounts` is read anew at every request. `realNow`: real time, milliseconds since 1970. Without `readToken` there are no directory tokens. */
  constructor(accounts: readonly ServedAccount[], realNow: () => number, readToken?: ReadDirectoryToken) {
    this.accounts = accounts;
    this.realNow = realNow;
    this.readToken = readToken;
  }

  /** Lets a request in or rejects with BatchError 400, 401, 403. */
  async admit(method: string, line: RequestLine, headers: IncomingHttpHeaders): Promise<Caller> {
    const authorization = headers.authorization;
    if (authorization === undefined) {
      throw new BatchError("Unauthorized", "the request lacks an Authorization header", [], {
        headers: { "WWW-Authenticate": 'SharedKey, Bearer realm="batch"' },
      });
    }
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const caller =
      token === undefined ? this.sharedKey(authorization, method, line, headers) : await this.bearer(token, headers);
    if (caller.account.isDisabled === true) throw new BatchError("AccountIsDisabled", "this account is disabled");
    return caller;
  }

  private async bearer(token: string, headers: IncomingHttpHeaders): Promise<Caller> {
    for (const account of this.accounts) {
      if (account.bearerTokens?.some((each) => sameText(each, token))) return { account, onlyJob: undefined };
      if (account.taskTokenSecret === undefined || !isTaskToken(token)) continue;
      const onlyJob = jobOfToken(account.taskTokenSecret, token, account.service.world);
      if (onlyJob !== undefined) return { account, onlyJob };
    }
    const claims = await this.readToken?.(token);
    if (claims === undefined) throw failed("the token is not known, or the task it was made for is over");
    return { account: this.accountOf(claims, headers.host), onlyJob: undefined };
  }

  /** The account that a directory's token is for: by its claim, by the host's first label, or the only one. */
  private accountOf({ account: own }: DirectoryClaims, host: string | undefined): ServedAccount {
    const asked = this.find(labelOf(host));
    if (own === undefined) {
      const account = asked ?? (this.accounts.length === 1 ? this.accounts[0] : undefined);
      if (account !== undefined) return account;
      throw failed(
        "the token does not say for which account it is, and this server has several: ask the host <account>.localhost, or get a token for one account",
      );
    }
    if (asked !== undefined && asked.name !== own.name)
      throw failed(`the token is for the account ${own.name}, the host names ${asked.name}`);
    const account = this.find(own.name);
    if (account === undefined) throw failed(`the token is for the account ${own.name}, which is not there or locked`);
    if (account.createdAt !== own.createdAt)
      throw failed(`the token is for an account ${own.name} that was deleted; there is another one of the name`);
    return account;
  }

  private find(name: string | undefined): ServedAccount | undefined {
    return this.accounts.find((each) => each.name === name);
  }

  private sharedKey(authorization: string, method: string, line: RequestLine, headers: IncomingHttpHeaders): Caller {
    const found = /^SharedKey +([^\s:]{1,64}):([A-Za-z0-9+/]{1,128}={0,2}) *$/i.exec(authorization);
    if (found === null) {
      throw new BatchError(
        "InvalidAuthenticationInfo",
        "the Authorization header is neither SharedKey <account>:<signature> nor Bearer <token>",
      );
    }
    const [, name, given] = found;
    this.checkDate(headers);
    const account = this.find(name);
    if (account?.keys.length === 0)
      throw failed(`the account ${name} takes no shared keys: it is open to directory tokens only`);
    const parts = { account: name, method, path: line.rawPath, query: line.pairs, headers: single(headers) };
    // With `ocp-date` the date's line is empty, whether a proxy added a Date or not; some signers put it in nevertheless.
    const texts = [stringToSign(parts, headers["ocp-date"] === undefined)];
    if (headers["ocp-date"] !== undefined && headers.date !== undefined) texts.push(stringToSign(parts));
    // By the service's page names of parameters are signed in lower case; the clients that can be read sign them as they are.
    const lower = line.pairs.map(([each, value]) => [each.toLowerCase(), value] as const);
    if (lower.some(([each], i) => each !== line.pairs[i][0])) texts.push(stringToSign({ ...parts, query: lower }, false));
    const keys = account === undefined ? [NO_KEY] : account.keys.map((key) => this.decodedKey(key));
    const signatureBytes = Buffer.from(given, "base64");
    let matches = false;
    for (const key of keys) {
      for (const text of texts) {
        const expected = Buffer.from(signature(key, text), "base64");
        if (signatureBytes.length === expected.length && timingSafeEqual(signatureBytes, expected)) matches = true;
      }
    }
    if (account === undefined || !matches) throw failed("the signature is not that of this request");
    return { account, onlyJob: undefined };
  }

  private checkDate(headers: IncomingHttpHeaders): void {
    const own = headers["ocp-date"];
    const text = (Array.isArray(own) ? own[0] : own) ?? headers.date;
    if (text === undefined) throw failed("the request lacks an ocp-date or Date header");
    const at = parseInstantMs(text);
    if (at === undefined) throw failed("the request's date is not of the form Mon, 05 Jan 2026 08:00:00 GMT");
    if (Math.abs(at - this.realNow()) > SKEW_MS_MAX)
      throw failed("the request's date is more than 15 minutes from the server's");
  }

  private decodedKey(text: string): Buffer {
    let key = this.decodedKeys.get(text);
    if (key === undefined) {
      key = Buffer.from(text, "base64");
      if (this.decodedKeys.size > 100) this.decodedKeys.clear();
      this.decodedKeys.set(text, key);
    }
    return key;
  }
}

/** `render` of `render.localhost:8123`; undefined for an address, or a host of one label. */
function labelOf(host: string | undefined): string | undefined {
  const name = (host ?? "").replace(/:\d*$/, "").toLowerCase();
  return isIP(name) === 0 ? /^([a-z0-9]{3,24})\.[^.]/.exec(name)?.[1] : undefined;
}

/** A task's token opens its own job and what is in it (L-63): 403 for anything else. */
export function checkReach(onlyJob: string | undefined, path: Readonly<Record<string, string>>): void {
  if (onlyJob === undefined || path.jobId?.toLowerCase() === onlyJob.toLowerCase()) return;
  throw new BatchError("InsufficientAccountPermissions", "a task's token opens the job of that task and nothing else");
}

const failed = (detail: string) =>
  new BatchError("AuthenticationFailed", `the server could not authenticate the request: ${detail}`, [
    { key: "AuthenticationErrorDetail", value: detail },
  ]);

/** Compares digests, so that neither content nor length of a secret shows in the time it takes. */
function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function single(headers: IncomingHttpHeaders): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(headers)) found[name] = Array.isArray(value) ? value.join(", ") : value;
  return found;
}
