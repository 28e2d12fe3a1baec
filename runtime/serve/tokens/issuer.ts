/**
 * The local directory: issues tokens signed with an RSA key of its own and reads them again (L-62). The key and the tenant's id are kept in the data
 * directory and made when the first token is asked for. A token is good for one audience until it expires, by real time.
 *
 *     token = RS256 { aud, iss, tid, oid, appid, iat, nbf, exp, account?, accountCreatedAt? }
 */
import { createHash, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import {
  type CryptoKey,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  errors,
  jwtVerify,
  SignJWT,
} from "jose";
import { writeWhole } from "../accounts/document.ts";
import { ServeProblem, systemReason } from "../serveProblem.ts";

/** For what a token is good. */
export type TokenPurpose = "batch" | "management";

/** Audiences of each purpose, without a slash at the end. */
export const AUDIENCES: Readonly<Record<TokenPurpose, readonly string[]>> = {
  batch: ["https://batch.core.windows.net"],
  management: ["https://management.azure.com", "https://management.core.windows.net"],
};

/** An account as a token names it: one that is made later under the same name is another. */
export interface TokenAccount {
  readonly name: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What a token is made with. */
export interface TokenRequest {
  /** One of AUDIENCES, with or without slashes at its end; the token says it as it was asked for. */
  readonly audience: string;
  /** Who asks: the name of an account. */
  readonly client: string;
  /** The only account that the token opens; undefined: any of this server. */
  readonly account: TokenAccount | undefined;
  readonly lifetimeSeconds: number;
  /** Where the server is, as the client wrote it. */
  readonly url: string;
}

/** A token and when it ends. */
export interface IssuedToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

/** What was found to be true of a token. */
export interface ReadToken {
  readonly purpose: TokenPurpose;
  readonly client: string;
  readonly account: TokenAccount | undefined;
}

/** Why a token is not taken. */
export class TokenRefused extends Error {
  override readonly name = "TokenRefused";
}

/** Longest and usual life of a token, seconds. */
export const LIFETIME_SECONDS_MAX = 86_400;
export const LIFETIME_SECONDS = 3_600;

interface Keys {
  readonly tenant: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly publicJwk: JWK;
}

interface KeptKeys {
  readonly tenant: string;
  readonly kid: string;
  readonly privateKey: JWK;
}

/** The issuer of one server. */
export class TokenIssuer {
  private readonly file: string;
  private keys: Promise<Keys> | undefined;

  /** `file`: where its key is kept; made when it is first needed. */
  constructor(file: string) {
    this.file = file;
  }

  /** Id of the tenant, a UUID. */
  async tenant(): Promise<string> {
    return (await this.keysOf()).tenant;
  }

  /** The public keys, as anybody may see them. */
  async keySet(): Promise<JSONWebKeySet> {
    return { keys: [(await this.keysOf()).publicJwk] };
  }

  /** Purpose of an audience; undefined for one that this issuer does not know. */
  purposeOf(audience: unknown): TokenPurpose | undefined {
    const bare = typeof audience === "string" ? audience.replace(/\/+$/, "").toLowerCase() : "";
    if (AUDIENCES.batch.includes(bare)) return "batch";
    return AUDIENCES.management.includes(bare) ? "management" : undefined;
  }

  async issue({ audience, client, account, lifetimeSeconds, url }: TokenRequest): Promise<IssuedToken> {
    const { tenant, kid, privateKey } = await this.keysOf();
    const now = Math.floor(Date.now() / 1000);
    const expiresAt = now + lifetimeSeconds;
    const claims = {
      tid: tenant,
      oid: objectId(client),
      appid: client,
      ver: "1.0",
      ...(account === undefined ? {} : { account: account.name, accountCreatedAt: account.createdAt }),
    };
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "RS256", typ: "JWT", kid })
      .setIssuer(`${url}/${tenant}/v2.0`)
      .setAudience(audience)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(expiresAt)
      .sign(privateKey);
    return { token, expiresAt };
  }

  /** Reads a token. Undefined: it is none of this issuer's. Throws TokenRefused for one that is not good, or not any more. */
  async read(token: string): Promise<ReadToken | undefined> {
    if (token.length > 8_000 || token.split(".").length !== 3) return undefined;
    // Whoever has issued nothing knows no token.
    if (this.keys === undefined && !existsSync(this.file)) return undefined;
    const { publicKey, tenant } = await this.keysOf();
    try {
      const { payload } = await jwtVerify(token, publicKey, { algorithms: ["RS256"], requiredClaims: ["exp", "aud", "tid"] });
      const purpose = this.purposeOf(payload.aud);
      if (purpose === undefined) throw new TokenRefused("the token is for another audience");
      if (payload.tid !== tenant) throw new TokenRefused("the token is of another tenant");
      const { account: name, accountCreatedAt: createdAt } = payload;
      const account = typeof name === "string" && typeof createdAt === "string" ? { name, createdAt } : undefined;
      return { purpose, client: String(payload.appid), account };
    } catch (error) {
      if (error instanceof TokenRefused) throw error;
      if (error instanceof errors.JWTExpired) throw new TokenRefused("the token has expired");
      if (error instanceof errors.JWTClaimValidationFailed)
        throw new TokenRefused("the token's claims are not complete or not valid yet");
      return undefined;
    }
  }

  private keysOf(): Promise<Keys> {
    this.keys ??= this.open();
    return this.keys;
  }

  private async open(): Promise<Keys> {
    if (existsSync(this.file)) {
      const { tenant, kid, privateKey } = this.kept();
      const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, ...publicPart } = privateKey;
      const keys = await Promise.all([importJWK(privateKey, "RS256"), importJWK(publicPart, "RS256")]);
      return keysFrom(tenant, kid, keys[0] as CryptoKey, keys[1] as CryptoKey, publicPart);
    }
    const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
    const kept: KeptKeys = { tenant: randomUUID(), kid: randomUUID(), privateKey: await exportJWK(privateKey) };
    writeWhole(this.file, `${JSON.stringify(kept)}\n`);
    return keysFrom(kept.tenant, kept.kid, privateKey, publicKey, await exportJWK(publicKey));
  }

  private kept(): KeptKeys {
    try {
      const kept = JSON.parse(readFileSync(this.file, "utf8")) as KeptKeys;
      if (typeof kept.tenant !== "string" || kept.privateKey?.kty !== "RSA") throw new SyntaxError();
      return kept;
    } catch (error) {
      const why = error instanceof SyntaxError ? "not a key of the token issuer" : systemReason(error);
      throw new ServeProblem(`${this.file}: ${why}; remove it to have a new one made: tokens issued so far open nothing then`);
    }
  }
}

function keysFrom(tenant: string, kid: string, privateKey: CryptoKey, publicKey: CryptoKey, jwk: JWK): Keys {
  return { tenant, kid, privateKey, publicKey, publicJwk: { ...jwk, kid, use: "sig", alg: "RS256" } };
}

/** Id of a client's principal: the same for the same name, of the form of a UUID. */
export function objectId(client: string): string {
  const hex = createHash("sha256").update(`principal ${client}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
