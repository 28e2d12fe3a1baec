/**
 * The management door: Azure Resource Manager's paths below `/subscriptions`. A request's life:
 *
 *     who asks (router's `authorize`) → route of the table → body, at most 1 MB of JSON → handler → JSON
 *
 * Each resource kind brings its routes in a file of its own; the table below is all there is. A resource group is not a thing of its own here: any name
 * of one is as good as there.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Log } from "../../providers/log.ts";
import type { OtherPath } from "../../rest/server.ts";
import { BatchError } from "../../rest/errors.ts";
import { queryOf, type RequestLine, requestLine } from "../../rest/requestLine.ts";
import type { AccountRegistry } from "../accounts/registry.ts";
import type { TokenIssuer } from "../tokens/issuer.ts";
import { accountActionRoutes } from "./accountActions.ts";
import { accountRoutes } from "./accounts.ts";
import { packageRoutes } from "./applicationPackages.ts";
import { applicationRoutes } from "./applications.ts";
import { readJson } from "./body.ts";
import { catalogueRoutes } from "./catalogues.ts";
import { networkRoutes } from "./network.ts";
import { resourceRoutes } from "./resources.ts";
import { roleRoutes } from "./roles.ts";
import { securityGroupRoutes } from "./securityGroups.ts";
import { storageRoutes } from "./storage.ts";
import { vaultRoutes } from "./vaults.ts";
import { type ManagementCall, ManagementError, type ManagementReply, type ManagementRoute, shown } from "./route.ts";

/** All routes; the first that matches is taken. */
const routes: readonly ManagementRoute[] = [
  ...accountRoutes,
  ...accountActionRoutes,
  ...applicationRoutes,
  ...packageRoutes,
  ...storageRoutes,
  ...vaultRoutes,
  ...resourceRoutes,
  ...networkRoutes,
  ...securityGroupRoutes,
  ...catalogueRoutes,
  // Behind all others: what they are about is the rest of the path.
  ...roleRoutes,
];

/** Management requests worked on at once; more are told to come again. */
const IN_FLIGHT_MAX = 64;

/** What the door works with. */
export interface ManagementOptions {
  readonly accounts: AccountRegistry;
  readonly issuer: TokenIssuer;
  /** Lets a caller in or throws BatchError or ManagementError 401, 403. */
  readonly authorize: (request: IncomingMessage, line: RequestLine) => Promise<void>;
  readonly log: Log;
}

/** The management paths, for the server's door. */
export function managementPaths(options: ManagementOptions): OtherPath[] {
  let inFlight = 0;
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    inFlight++;
    try {
      if (inFlight > IN_FLIGHT_MAX) response.setHeader("Retry-After", "1");
      if (inFlight > IN_FLIGHT_MAX)
        throw new ManagementError(429, "TooManyRequests", "too many requests at once; try again in 1 s");
      send(response, await answer(request, options));
    } catch (error) {
      send(response, asReply(error, request, options.log));
    } finally {
      inFlight--;
    }
  };
  return ["/subscriptions", "/subscriptions/"].map((path) => ({ path, isSigned: false, handle }));
}

async function answer(request: IncomingMessage, { accounts, issuer, authorize }: ManagementOptions): Promise<ManagementReply> {
  const line = requestLine(request.url ?? "/");
  await authorize(request, line);
  const method = request.method ?? "GET";
  const found = find(method, line.segments);
  if (found === undefined)
    throw new ManagementError(404, "InvalidResourceType", `nothing of this server is managed at ${shown(line.rawPath)}`);
  if (found === "method")
    throw new ManagementError(405, "UnsupportedHttpVerb", `${shown(method)} is not supported on ${shown(line.rawPath)}`);
  checkPlace(found.path);
  const query = queryOf(line);
  const body = await readJson(request);
  const { route, path } = found;
  const resource = `/${line.segments.join("/")}`;
  const call: ManagementCall = {
    resource,
    path,
    query,
    headers: request.headers as Record<string, string | undefined>,
    body,
    url: baseOf(request, accounts.url),
    accounts,
    issuer,
    account: () =>
      accounts.opened({ name: path.account, subscriptionId: path.subscriptionId, resourceGroup: path.resourceGroup }),
  };
  return await route.handle(call);
}

/** What becomes part of ids and is shown wherever they are. Throws ManagementError 400. */
function checkPlace({ subscriptionId, resourceGroup }: Readonly<Record<string, string | undefined>>): void {
  if (subscriptionId !== undefined && !/^[\w-]{1,64}$/.test(subscriptionId))
    throw new ManagementError(400, "InvalidSubscriptionId", `${shown(subscriptionId)} is not the id of a subscription`);
  if (resourceGroup !== undefined && !/^[\w().-]{0,89}[\w()-]$/.test(resourceGroup))
    throw new ManagementError(400, "InvalidResourceGroup", `${shown(resourceGroup)} is not the name of a resource group`);
}

interface Found {
  readonly route: ManagementRoute;
  readonly path: Record<string, string>;
}

/** `method`: there is such a path, but not with this method. */
function find(method: string, segments: readonly string[]): Found | "method" | undefined {
  let other = false;
  for (const { route, pattern } of patterns) {
    const path = matched(pattern, segments);
    if (path === undefined) continue;
    if (route.method === method) return { route, path };
    other = true;
  }
  return other ? "method" : undefined;
}

const patterns = routes.map((route) => ({ route, pattern: route.path.split("/").slice(1) }));

/** Texts of the pattern's names; undefined where it is another path. */
function matched(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const path: Record<string, string> = {};
  const many = pattern.findIndex((part) => part.endsWith("...}"));
  const missing = segments.length - pattern.length;
  if (many < 0 ? missing !== 0 : missing < 0) return undefined;
  for (const [i, part] of pattern.entries()) {
    const at = many >= 0 && i > many ? i + missing : i;
    const name = /^\{(\w+)(?:\.\.\.)?\}$/.exec(part)?.[1];
    const text = i === many ? segments.slice(i, i + missing + 1).join("/") : segments[at];
    if (text === "") return undefined;
    if (name !== undefined) path[name] = text;
    else if (part.toLowerCase() !== text.toLowerCase()) return undefined;
  }
  return path;
}

function baseOf(request: IncomingMessage, url: string): string {
  const host = request.headers.host;
  return host !== undefined && /^[\w.:[\]-]{1,255}$/.test(host) ? `${url.split("://")[0]}://${host}` : url;
}

function send(response: ServerResponse, { status, body, headers }: ManagementReply): void {
  if (response.headersSent) return;
  if (body === undefined) response.writeHead(status, headers).end();
  else response.writeHead(status, { ...headers, "Content-Type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

function asReply(error: unknown, request: IncomingMessage, log: Log): ManagementReply {
  if (error instanceof ManagementError) {
    const { status, code, message, target } = error;
    return { status, body: { error: { code, message, ...(target === undefined ? {} : { target }) } } };
  }
  if (error instanceof BatchError)
    return { status: error.status, body: { error: { code: error.code, message: error.message } } };
  log("error", "managementFailed", { method: request.method, path: (request.url ?? "").split("?", 1)[0].slice(0, 500), error });
  return { status: 500, body: { error: { code: "InternalServerError", message: "something went wrong inside the service" } } };
}
