/**
 * Applications of an account (L-20 to L-23), in the shapes of `Microsoft.Batch/batchAccounts/applications`: made, listed, changed, removed. Their packages
 * are in `applicationPackages.ts`.
 */
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import {
  type ApplicationRecord,
  APPLICATION,
  applicationOf,
  applications,
  keepApplication,
  spelled,
} from "../../rest/handlers/applicationRecords.ts";
import { type PackageHome, packageHome, shelfFile } from "../packages/packageHome.ts";
import {
  BATCH_ACCOUNT,
  badBody,
  flagIn,
  type Json,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  objectIn,
  shown,
  textIn,
} from "./route.ts";

/** Path of all applications of an account, and of one. */
const APPLICATIONS: string = `${BATCH_ACCOUNT}/applications`;
export const ONE_APPLICATION: string = `${APPLICATIONS}/{application}`;

/** Of one account (section 3 of the limits). */
const APPLICATIONS_MAX = 20;
/** Characters of an application's id and of a version. */
const ID_LENGTH_MAX = 64;
const ITEMS_MAX = 1000;

/** Routes of applications. */
export const applicationRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: ONE_APPLICATION, handle: create },
  { method: "PATCH", path: ONE_APPLICATION, handle: update },
  { method: "GET", path: ONE_APPLICATION, handle: (call) => ({ status: 200, body: show(call, existing(homeOf(call), call)) }) },
  { method: "DELETE", path: ONE_APPLICATION, handle: remove },
  { method: "GET", path: APPLICATIONS, handle: list },
];

/** Where the packages of the account in the path are. Throws ManagementError 404. */
export function homeOf(call: ManagementCall): PackageHome {
  return packageHome(call.account(), call.url);
}

/** The application in the path. Throws ManagementError 404. */
export function existing({ records }: PackageHome, { path }: ManagementCall): ApplicationRecord {
  const found = applicationOf(records, path.application);
  if (found !== undefined) return found;
  throw new ManagementError(404, "ApplicationNotFound", `there is no application ${shown(path.application)} in the account`);
}

/** Every version of an application, active or pending. */
export function allVersions({ versions, pending = [] }: ApplicationRecord): string[] {
  return [...versions, ...pending.filter((each) => spelled(versions, each) === undefined)];
}

/** Throws 400 for what cannot be an id of an application (`dots`: or of a version, which may have periods). */
export function checkId(id: string, what: string, dots: boolean): void {
  const pattern = dots ? /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/ : /^[A-Za-z0-9_-]+$/;
  if (id.length <= ID_LENGTH_MAX && pattern.test(id)) return;
  const letters = dots ? "letters, digits, hyphens, underscores and periods" : "letters, digits, hyphens and underscores";
  throw new ManagementError(400, "InvalidResourceName", `${what} ${shown(id)}: at most ${ID_LENGTH_MAX} ${letters}`);
}

async function create(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const id = call.path.application;
  checkId(id, "application", false);
  const before = applicationOf(home.records, id);
  if (before === undefined && applications(home.records).length >= APPLICATIONS_MAX)
    throw new ManagementError(409, "ApplicationQuotaReached", `an account has at most ${APPLICATIONS_MAX} applications`);
  const made = changed(before ?? { id, versions: [] }, call.body);
  await keepApplication(home.records, made);
  return { status: 200, body: show(call, made) };
}

async function update(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const made = changed(existing(home, call), call.body);
  await keepApplication(home.records, made);
  return { status: 200, body: show(call, made) };
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const found = applicationOf(home.records, call.path.application);
  if (found === undefined) return { status: 204 };
  const versions = allVersions(found);
  if (versions.length > 0) {
    const why = `the application still has packages (${versions.slice(0, 5).join(", ")}): delete them first`;
    throw new ManagementError(409, "ApplicationHasPackages", why);
  }
  await home.records.delete(APPLICATION, found.id.toLowerCase());
  await rm(dirname(shelfFile(home, { id: found.id, version: "none" })), { recursive: true, force: true });
  return { status: 200 };
}

function list(call: ManagementCall): ManagementReply {
  const all = applications(homeOf(call).records).sort((a, b) => (a.id.toLowerCase() < b.id.toLowerCase() ? -1 : 1));
  return { status: 200, body: page(call, all, (each) => show(call, each, `${call.resource}/${each.id}`)) };
}

/** A page of a list, by `maxresults`, with the link to the next one. */
export function page<T>(call: ManagementCall, all: readonly T[], shownAs: (item: T) => object): object {
  const wanted = Number(call.query.get("maxresults") ?? ITEMS_MAX);
  if (!Number.isSafeInteger(wanted) || wanted < 1 || wanted > ITEMS_MAX)
    throw new ManagementError(400, "InvalidQueryParameterValue", `maxresults: a number from 1 to ${ITEMS_MAX}`);
  const from = Math.max(0, Math.trunc(Number(call.query.get("$skiptoken") ?? 0)) || 0);
  const value = all.slice(from, from + wanted).map(shownAs);
  if (from + wanted >= all.length) return { value };
  const query = new URLSearchParams({ ...Object.fromEntries(call.query), $skiptoken: String(from + wanted) });
  return { value, nextLink: `${call.url}${call.resource.split("/").map(encodeURIComponent).join("/")}?${query}` };
}

/** What an application becomes by a body; what it does not name stays. Throws ManagementError 400. */
function changed(before: ApplicationRecord, body: Json): ApplicationRecord {
  const properties = objectIn(body, "properties");
  const displayName = textIn(properties, "displayName", "properties.displayName");
  const allowUpdates = flagIn(properties, "allowUpdates", "properties.allowUpdates");
  const wanted = textIn(properties, "defaultVersion", "properties.defaultVersion");
  const defaultVersion = wanted === undefined ? undefined : spelled(before.versions, wanted);
  if (wanted !== undefined && defaultVersion === undefined)
    throw badBody("properties.defaultVersion", `the application has no active package of version ${shown(wanted)}`);
  return {
    ...before,
    isManaged: true,
    ...(displayName === undefined ? {} : { displayName }),
    ...(allowUpdates === undefined ? {} : { allowUpdates }),
    ...(defaultVersion === undefined ? {} : { defaultVersion }),
  };
}

/** The resource; `resource` is its path when it is not that of the request. */
function show(call: ManagementCall, application: ApplicationRecord, resource = call.resource): object {
  const { id, displayName, defaultVersion, allowUpdates = true } = application;
  return {
    id: resource,
    name: id,
    type: "Microsoft.Batch/batchAccounts/applications",
    properties: {
      ...(displayName === undefined ? {} : { displayName }),
      allowUpdates,
      ...(defaultVersion === undefined ? {} : { defaultVersion }),
    },
  };
}
