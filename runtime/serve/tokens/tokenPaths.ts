/**
 * The local directory on the wire, with the paths of Azure's own, so that a client that knows how to ask for a token by client credentials asks here:
 *
 *     POST /<tenant>/oauth2/v2.0/token  (scope)    POST /<tenant>/oauth2/token  (resource)
 *     GET  /<tenant>/v2.0/.well-known/openid-configuration    GET  /<tenant>/discovery/v2.0/keys
 *
 * A client is an account: its id the account's name, its secret one of the account's keys. The first account's stands for the owner of the server: its
 * tokens manage, and open every account; those of any other open that account alone.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { OtherPath } from "../../rest/server.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import { readBytes } from "../management/body.ts";
import { ManagementError } from "../management/route.ts";
import { AUDIENCES, LIFETIME_SECONDS, type TokenIssuer } from "./issuer.ts";

const PATHS =
  /^\/([\w.-]{1,64})\/(?:v2\.0\/)?(?:(\.well-known\/openid-configuration)|(discovery\/(?:v2\.0\/)?keys)|(oauth2\/(?:v2\.0\/)?token))$/;
const FORM_BYTES_MAX = 16_384;

/** The paths above, for the server's door. */
export function tokenPaths(issuer: TokenIssuer, accounts: AccountRegistry): OtherPath[] {
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    try {
      const [, tenant, metadata, keys] = PATHS.exec((request.url ?? "").split("?", 1)[0]) ?? [];
      await checkTenant(issuer, tenant);
      const method = request.method ?? "GET";
      if (method !== ((metadata ?? keys) ? "GET" : "POST"))
        throw new OAuthError(405, "invalid_request", `${(metadata ?? keys) ? "GET" : "POST"} is required`);
      if (metadata !== undefined) send(response, 200, await openIdConfiguration(issuer, baseOf(request, accounts.url)));
      else if (keys !== undefined) send(response, 200, await issuer.keySet());
      else send(response, 200, await token(request, issuer, accounts));
    } catch (error) {
      if (error instanceof OAuthError) send(response, error.status, { error: error.code, error_description: error.message });
      else if (error instanceof ManagementError)
        send(response, error.status, { error: "invalid_request", error_description: error.message });
      else throw error;
    }
  };
  return [{ path: PATHS, isSigned: false, handle }];
}

/** A refusal as OAuth 2.0 words it. */
class OAuthError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

async function checkTenant(issuer: TokenIssuer, name: string): Promise<void> {
  const own = await issuer.tenant();
  if (!["common", "organizations", own].includes(name.toLowerCase()))
    throw new OAuthError(400, "invalid_tenant", `there is no tenant of this name here; it is ${own}, or common`);
}

async function openIdConfiguration(issuer: TokenIssuer, url: string): Promise<object> {
  const base = `${url}/${await issuer.tenant()}`;
  return {
    issuer: `${base}/v2.0`,
    token_endpoint: `${base}/oauth2/v2.0/token`,
    authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
    jwks_uri: `${base}/discovery/v2.0/keys`,
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    response_types_supported: ["token"],
    subject_types_supported: ["pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
    scopes_supported: Object.values(AUDIENCES)
      .flat()
      .map((audience) => `${audience}/.default`),
  };
}

async function token(request: IncomingMessage, issuer: TokenIssuer, accounts: AccountRegistry): Promise<object> {
  const form = new URLSearchParams((await readBytes(request, FORM_BYTES_MAX)).toString("utf8"));
  if (form.get("grant_type") !== "client_credentials")
    throw new OAuthError(400, "unsupported_grant_type", "grant_type must be client_credentials");
  const audience = form.get("resource") ?? form.get("scope")?.replace(/\/\.default$/, "") ?? "";
  const purpose = issuer.purposeOf(audience);
  if (purpose === undefined)
    throw new OAuthError(
      400,
      "invalid_scope",
      `scope (or resource) must name one of ${Object.values(AUDIENCES).flat().join(", ")}`,
    );
  const client = clientOf(request, form, accounts);
  const isOwner = client === accounts.first.document.name;
  if (purpose === "management" && !isOwner)
    throw new OAuthError(
      403,
      "unauthorized_client",
      `only the owner of this server, ${accounts.first.document.name}, may manage it`,
    );
  const account = isOwner ? undefined : accounts.known({ name: client }).document;
  const url = baseOf(request, accounts.url);
  const issued = await issuer.issue({ audience, client, account, lifetimeSeconds: LIFETIME_SECONDS, url });
  const lifetime = { expires_in: LIFETIME_SECONDS, ext_expires_in: LIFETIME_SECONDS, expires_on: String(issued.expiresAt) };
  return { token_type: "Bearer", ...lifetime, resource: audience, access_token: issued.token };
}

/** Name of the account whose credentials were given. Throws 401 for wrong ones. */
function clientOf(request: IncomingMessage, form: URLSearchParams, accounts: AccountRegistry): string {
  const [, basic] = /^Basic +([A-Za-z0-9+/=]{1,1000})$/i.exec(request.headers.authorization ?? "") ?? [];
  const pair = basic === undefined ? undefined : Buffer.from(basic, "base64").toString("utf8").split(/:(.*)/s);
  const id = pair === undefined ? form.get("client_id") : decoded(pair[0]);
  const secret = (pair === undefined ? form.get("client_secret") : decoded(pair[1] ?? "")) ?? "";
  const keys = accounts.find({ name: id ?? "" })?.keys() ?? [];
  // Always two comparisons, whether there is such an account or not.
  const matches = [0, 1].map((i) => sameSecret(keys[i] ?? "no key", secret) && keys[i] !== undefined);
  if (id === null || !matches.includes(true))
    throw new OAuthError(401, "invalid_client", "client_id must be the name of an account and client_secret one of its keys");
  return id.toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function sameSecret(a: string, b: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function baseOf(request: IncomingMessage, url: string): string {
  const host = request.headers.host;
  return host !== undefined && /^[\w.:[\]-]{1,255}$/.test(host) ? `${url.split("://")[0]}://${host}` : url;
}

function send(response: ServerResponse, status: number, body: object): void {
  response
    .writeHead(status, { "Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store" })
    .end(`${JSON.stringify(body)}\n`);
}
