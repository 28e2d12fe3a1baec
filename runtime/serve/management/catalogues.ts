/**
 * What a region offers: sizes of nodes for virtual machine and cloud services pools, as `Microsoft.Batch` lists them, and families of guest operating
 * systems with their releases, as `Microsoft.Compute` lists them. A release can be published here; pools that want the newest then go over to it.
 */
import { familyOf, type GuestOSFamily, guestOSFamilies } from "../../core/guestOSFamilies.ts";
import { type VmSize, sizeRefusal, vmSizes } from "../../core/vmSizeTable.ts";
import {
  GUEST_OS_RELEASE,
  type GuestOSReleaseDocument,
  newestRelease,
  offeredFamilies,
  publishingRefusal,
  releasesOf,
} from "../../rest/handlers/guestOS.ts";
import { rollPools } from "../osRoll.ts";
import {
  badBody,
  type ManagementCall,
  type ManagementReply,
  type ManagementRoute,
  notFound,
  objectIn,
  textIn,
} from "./route.ts";

const LOCATION = (provider: string): string =>
  `/subscriptions/{subscriptionId}/providers/Microsoft.${provider}/locations/{location}`;
const FAMILIES: string = `${LOCATION("Compute")}/cloudServiceOsFamilies`;
const VERSIONS: string = `${LOCATION("Compute")}/cloudServiceOsVersions`;

/** Routes of the catalogues. */
export const catalogueRoutes: readonly ManagementRoute[] = [
  { method: "GET", path: `${LOCATION("Batch")}/virtualMachineSkus`, handle: (call) => sizes(call, "virtualMachine") },
  { method: "GET", path: `${LOCATION("Batch")}/cloudServiceSkus`, handle: (call) => sizes(call, "cloudService") },
  { method: "GET", path: FAMILIES, handle: families },
  { method: "GET", path: `${FAMILIES}/{family}`, handle: family },
  { method: "PUT", path: `${VERSIONS}/{version}`, handle: publish },
];

/** SupportedSku of each size that pools may have here. */
function sizes({ accounts }: ManagementCall, configuration: "virtualMachine" | "cloudService"): ManagementReply {
  const { strict } = accounts.settings;
  const other = configuration === "virtualMachine" ? "cloudServices" : "virtualMachines";
  const offered = vmSizes.filter(
    ({ name, offeredTo }) => offeredTo !== other && sizeRefusal(name, configuration, strict) === undefined,
  );
  return { status: 200, body: { value: offered.map(showSize) } };
}

/** Names of capabilities are those that the cloud has for its own sizes. */
function showSize({ name, family: familyName, cores, memoryGiB, diskGiB }: VmSize): object {
  const capabilities = [
    { name: "vCPUs", value: String(cores) },
    { name: "MemoryGB", value: String(memoryGiB) },
    { name: "MaxResourceVolumeMB", value: String(diskGiB * 1024) },
  ];
  return { name, familyName, capabilities };
}

function families({ path, accounts }: ManagementCall): ManagementReply {
  const value = offeredFamilies(accounts.settings.strict).map((each) => showFamily(each, path, accounts.landscape));
  return { status: 200, body: { value } };
}

function family({ path, accounts }: ManagementCall): ManagementReply {
  const found = familyOf(path.family);
  if (found === undefined) throw notFound("family of guest operating systems", path.family);
  return { status: 200, body: showFamily(found, path, accounts.landscape) };
}

/** A family with its releases, newest last, and with the versions of .NET that are installed with it. */
function showFamily(
  each: GuestOSFamily,
  { subscriptionId, location }: ManagementCall["path"],
  landscape: ManagementCall["accounts"]["landscape"],
): object {
  const { name, label, dotNetVersions } = each;
  const newest = newestRelease(each, landscape);
  const versions = releasesOf(each, landscape).map((version) => ({
    version,
    label: version,
    isDefault: version === newest,
    isActive: true,
  }));
  return {
    id: `/subscriptions/${subscriptionId}/providers/Microsoft.Compute/locations/${location}/cloudServiceOsFamilies/${name}`,
    name,
    type: "Microsoft.Compute/locations/cloudServiceOsFamilies",
    location,
    properties: { name, label, dotNetVersions, versions },
  };
}

/** Publishes a release: `properties.family`, and its name in the path. */
async function publish(call: ManagementCall): Promise<ManagementReply> {
  const { path, accounts, body } = call;
  const { landscape } = accounts;
  const name = textIn(objectIn(body, "properties"), "family", "properties.family") ?? "";
  const found = familyOf(name);
  if (found === undefined)
    throw badBody("properties.family", `one of ${guestOSFamilies.map((each) => each.name).join(", ")} is required`);
  const refusal = publishingRefusal(found, path.version, landscape);
  if (refusal !== undefined) throw badBody("version", refusal);
  const document: GuestOSReleaseDocument = { family: found.name, version: path.version };
  await landscape.put(GUEST_OS_RELEASE, path.version.toLowerCase(), document);
  const pools = rollPools(accounts.list());
  return { status: 201, body: { name: path.version, properties: { family: found.name, version: path.version, pools } } };
}
