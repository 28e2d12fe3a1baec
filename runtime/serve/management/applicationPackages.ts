/**
 * Versions of an application (L-22, L-23), in the shapes of `Microsoft.Batch/batchAccounts/applications/versions`:
 *
 *     PUT → pending, with a URL to upload the zip file to ── POST activate → active: can be referenced ── DELETE → gone
 *
 * An active version that is put anew stays active with its old package until the new one is activated, so that nodes that boot meanwhile find one.
 */
import { type ApplicationRecord, keepApplication, spelled } from "../../rest/handlers/applicationRecords.ts";
import { bringToShelf, prepareUpload, removePackage, shelfBytes } from "../packages/packageFiles.ts";
import { type PackageHome, type PackageName, packageLink } from "../packages/packageHome.ts";
import { allVersions, checkId, existing, homeOf, ONE_APPLICATION, page } from "./applications.ts";
import {
  badBody,
  type ManagementCall,
  ManagementError,
  type ManagementReply,
  type ManagementRoute,
  shown,
  textIn,
} from "./route.ts";

const VERSIONS = `${ONE_APPLICATION}/versions`;
const ONE_VERSION = `${VERSIONS}/{version}`;

/** Of one application (section 3 of the limits). */
export const PACKAGES_MAX = 40;

/** Routes of packages. */
export const packageRoutes: readonly ManagementRoute[] = [
  { method: "PUT", path: ONE_VERSION, handle: create },
  { method: "POST", path: `${ONE_VERSION}/activate`, handle: activate },
  { method: "GET", path: ONE_VERSION, handle: get },
  { method: "DELETE", path: ONE_VERSION, handle: remove },
  { method: "GET", path: VERSIONS, handle: list },
];

async function create(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const { version } = call.path;
  checkId(version, "version", true);
  const before = existing(home, call);
  const known = spelled(allVersions(before), version);
  if (known === undefined && allVersions(before).length >= PACKAGES_MAX)
    throw new ManagementError(409, "ApplicationPackageQuotaReached", `an application has at most ${PACKAGES_MAX} packages`);
  if (before.allowUpdates === false && spelled(before.versions, version) !== undefined)
    throw new ManagementError(
      409,
      "ApplicationPackageUpdateNotAllowed",
      "the package is there, and the application does not allow existing packages to be updated",
    );
  const name = { id: before.id, version: known ?? version };
  await prepareUpload(home, name);
  // What happened while the storage was asked counts.
  const now = existing(home, call);
  const pending = [...(now.pending ?? []).filter((each) => !isSame(each, version)), name.version];
  await keepApplication(home.records, { ...now, pending, isManaged: true });
  return { status: 200, body: await show(call, home, existing(home, call), name, "w") };
}

async function activate(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const format = textIn(call.body, "format");
  if (format?.toLowerCase() !== "zip") throw badBody("format", "a package is a zip file: give zip");
  const name = nameOf(call, existing(home, call));
  await bringToShelf(home, name);
  const before = existing(home, call);
  const versions = spelled(before.versions, name.version) === undefined ? [...before.versions, name.version] : before.versions;
  const pending = (before.pending ?? []).filter((each) => !isSame(each, name.version));
  const activatedAt = { ...before.activatedAt, [name.version]: home.now };
  const { pending: _, ...rest } = before;
  await keepApplication(home.records, {
    ...rest,
    versions,
    ...(pending.length === 0 ? {} : { pending }),
    activatedAt,
    isManaged: true,
  });
  return { status: 200, body: await show(call, home, existing(home, call), name, "r", withoutAction(call)) };
}

async function get(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const application = existing(home, call);
  const name = nameOf(call, application);
  const isPending = spelled(application.pending, name.version) !== undefined;
  return { status: 200, body: await show(call, home, application, name, isPending ? "w" : "r") };
}

async function list(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const application = existing(home, call);
  const shownOnes: object[] = [];
  for (const version of allVersions(application).sort()) {
    const name = { id: application.id, version };
    shownOnes.push(await show(call, home, application, name, undefined, `${call.resource}/${version}`));
  }
  return { status: 200, body: page(call, shownOnes, (each) => each) };
}

async function remove(call: ManagementCall): Promise<ManagementReply> {
  const home = homeOf(call);
  const before = existing(home, call);
  const version = spelled(allVersions(before), call.path.version);
  if (version === undefined) return { status: 204 };
  await removePackage(home, { id: before.id, version });
  const { pending, activatedAt = {}, defaultVersion, ...rest } = existing(home, call);
  const others = (pending ?? []).filter((each) => !isSame(each, version));
  const isDefault = defaultVersion !== undefined && isSame(defaultVersion, version);
  await keepApplication(home.records, {
    ...rest,
    versions: rest.versions.filter((each) => !isSame(each, version)),
    ...(others.length === 0 ? {} : { pending: others }),
    // Deleting the default version leaves the application without one.
    ...(defaultVersion === undefined || isDefault ? {} : { defaultVersion }),
    activatedAt: Object.fromEntries(Object.entries(activatedAt).filter(([each]) => !isSame(each, version))),
    isManaged: true,
  });
  return { status: 200 };
}

const isSame = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const withoutAction = ({ resource }: ManagementCall) => resource.split("/").slice(0, -1).join("/");

/** The version in the path. Throws ManagementError 404. */
function nameOf({ path }: ManagementCall, application: ApplicationRecord): PackageName {
  const version = spelled(allVersions(application), path.version);
  if (version !== undefined) return { id: application.id, version };
  throw new ManagementError(
    404,
    "ApplicationPackageNotFound",
    `the application ${application.id} has no version ${shown(path.version)}`,
  );
}

async function show(
  call: ManagementCall,
  home: PackageHome,
  application: ApplicationRecord,
  name: PackageName,
  permission: "r" | "w" | undefined,
  resource: string = call.resource,
): Promise<object> {
  const isActive = spelled(application.versions, name.version) !== undefined;
  const { activatedAt = {} } = application;
  const at = Object.hasOwn(activatedAt, name.version) ? activatedAt[name.version] : undefined;
  const link = permission === undefined ? undefined : packageLink(home, name, permission);
  const bytes = isActive ? await shelfBytes(home, name) : undefined;
  return {
    id: resource,
    name: name.version,
    type: "Microsoft.Batch/batchAccounts/applications/versions",
    properties: {
      state: isActive ? "Active" : "Pending",
      ...(isActive ? { format: "zip" } : {}),
      ...(link === undefined ? {} : { storageUrl: link.url, storageUrlExpiry: link.expiresAt.toISOString() }),
      ...(at === undefined ? {} : { lastActivationTime: new Date(at).toISOString() }),
      // Not of Azure: what a node fetches.
      ...(bytes === undefined ? {} : { packageBytes: bytes }),
    },
  };
}
