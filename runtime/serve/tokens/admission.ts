/**
 * Who may do what with which token: the Batch service's own reading of directory tokens for the guard, and who may manage this server. Managing takes a
 * management token, or a request signed with a key of the first account, whose holder owns the server.
 */
import type { IncomingMessage } from "node:http";
import { BatchError } from "../../rest/errors.ts";
import { Guard, type ReadDirectoryToken, type ServedAccount } from "../../rest/guard.ts";
import type { RequestLine } from "../../rest/requestLine.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { ManagementError } from "../management/route.ts";
import { type TokenIssuer, type TokenPurpose, type ReadToken, TokenRefused } from "./issuer.ts";

const NAMES: Readonly<Record<TokenPurpose, string>> = { batch: "the Batch service", management: "management" };

/** Directory tokens for the Batch operations (L-62), as the guard wants them read. */
export function batchTokens(issuer: TokenIssuer): ReadDirectoryToken {
  return async (token) => {
    const read = await readFor("batch", issuer, token);
    return read === undefined ? undefined : { account: read.account };
  };
}

async function readFor(purpose: TokenPurpose, issuer: TokenIssuer, token: string): Promise<ReadToken | undefined> {
  try {
    const read = await issuer.read(token);
    if (read !== undefined && read.purpose !== purpose)
      throw new TokenRefused(`the token's audience is ${NAMES[read.purpose]}, and ${NAMES[purpose]} was asked`);
    return read;
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    throw new BatchError("AuthenticationFailed", `the server could not authenticate the request: ${error.message}`, [
      { key: "AuthenticationErrorDetail", value: error.message },
    ]);
  }
}

/** Lets managers in; rejects with 401 or 403. */
export function managers(
  issuer: TokenIssuer,
  accounts: AccountRegistry,
): (request: IncomingMessage, line: RequestLine) => Promise<void> {
  const owner: ServedAccount = {
    get name() {
      return accounts.first.document.name;
    },
    get keys() {
      return accounts.first.keys();
    },
    // Whether the account is disabled does not matter: it is here that it is enabled again.
    get service() {
      return accounts.firstOpen.service;
    },
    get files() {
      return accounts.firstOpen.files;
    },
  };
  const guard = new Guard([owner], Date.now);
  return async (request, line) => {
    const { authorization } = request.headers;
    if (authorization === undefined)
      throw new ManagementError(
        401,
        "AuthenticationFailed",
        "managing takes a management token, or the signature of the first account",
      );
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    if (token === undefined) {
      const signer = /^SharedKey +([^\s:]{1,64}):/i.exec(authorization)?.[1];
      if (signer !== undefined && signer !== owner.name)
        throw new ManagementError(
          403,
          "AuthenticationFailed",
          `only the owner of this server manages it: sign with a key of ${owner.name}`,
        );
      await guard.admit(request.method ?? "GET", line, request.headers);
      return;
    }
    const read = await readFor("management", issuer, token);
    if (read === undefined) throw new ManagementError(403, "AuthenticationFailed", "the token is none of this server's");
  };
}
