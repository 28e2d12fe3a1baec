/**
 * Images and node agents that a pool may name (P-03, P-05). The nodes of this service are directories of one machine: whatever image a pool names, its
 * tasks run on this machine's system. The catalogue is therefore small: it holds what clients commonly ask for, marketplace images of Linux and Windows
 * with the node agent that fits each, and says that none of it is verified.
 */
import type { Call, JsonObject } from "../call.ts";
import { badProperty, BatchError, repeated } from "../errors.ts";
import { object, text, texts } from "./read.ts";

/** A marketplace image: publisher, offer, SKU. */
type Image = readonly [publisher: string, offer: string, sku: string];

/** One node agent, and the distribution and release that images need to fit it. */
interface AgentRow {
  readonly sku: string;
  readonly osType: "linux" | "windows";
  /** Images that the catalogue shows for it; none: accepted, not offered. */
  readonly images: readonly Image[];
  /** Publishers whose images it fits, lower case. */
  readonly publishers: readonly string[];
}

const CANONICAL = ["canonical", "microsoft-azure-batch", "microsoft-dsvm"];
const CENTOS = ["openlogic", "microsoft-azure-batch", "microsoft-azure-hpc"];
const EL = ["almalinux", "rockylinux", "oracle", "redhat", "microsoft-dsvm"];
const WINDOWS = [
  "microsoftwindowsserver",
  "microsoft-azure-batch",
  "microsoftwindowsdesktop",
  "microsoft-dsvm",
  "microsoftvisualstudio",
];

const linux = (sku: string, publishers: readonly string[], ...images: Image[]): AgentRow => ({
  sku: `batch.node.${sku}`,
  osType: "linux",
  images,
  publishers,
});

const windowsServer = (sku: string): Image => ["microsoftwindowsserver", "windowsserver", sku];

const agents: readonly AgentRow[] = [
  linux("ubuntu 14.04", CANONICAL, ["canonical", "ubuntuserver", "14.04.5-lts"]),
  linux("ubuntu 16.04", CANONICAL, ["canonical", "ubuntuserver", "16.04-lts"]),
  linux("ubuntu 18.04", CANONICAL, ["canonical", "ubuntuserver", "18.04-lts"]),
  linux("ubuntu 20.04", CANONICAL, ["canonical", "0001-com-ubuntu-server-focal", "20_04-lts"]),
  linux("ubuntu 22.04", CANONICAL, ["canonical", "0001-com-ubuntu-server-jammy", "22_04-lts"]),
  linux("ubuntu 24.04", CANONICAL, ["canonical", "ubuntu-24_04-lts", "server"]),
  linux("debian 8", ["credativ", "debian"]),
  linux("debian 9", ["credativ", "debian"]),
  linux("debian 10", ["credativ", "debian"]),
  linux("debian 11", ["debian"], ["debian", "debian-11", "11"]),
  linux("debian 12", ["debian"], ["debian", "debian-12", "12"]),
  linux("centos 6", CENTOS),
  linux("centos 7", CENTOS, ["openlogic", "centos", "7.3"]),
  linux("centos 8", CENTOS),
  linux("el 8", EL),
  linux("el 9", EL),
  linux("opensuse 13.2", ["suse"]),
  linux("opensuse 42.1", ["suse"]),
  linux("opensuse 42.3", ["suse"]),
  linux("mariner 2.0", ["microsoftcblmariner"]),
  {
    sku: "batch.node.windows amd64",
    osType: "windows",
    publishers: WINDOWS,
    images: ["2012-r2-datacenter", "2016-datacenter", "2019-datacenter", "2022-datacenter"].map(windowsServer),
  },
];

const bySku = new Map(agents.map((row) => [row.sku, row]));
const publishers = new Set(agents.flatMap((row) => row.publishers));
const nameOf = (image: Image): string => image.join("/");
const byImage = new Map(agents.flatMap((row) => row.images.map((image) => [nameOf(image), row] as const)));

/** ImageInformation of each image of the catalogue. None is verified: none of them is really booted. */
export const supportedImages: readonly JsonObject[] = agents.flatMap(({ sku: nodeAgentSKUId, osType, images }) =>
  images.map(([publisher, offer, sku]) => ({
    nodeAgentSKUId,
    imageReference: { publisher, offer, sku, version: "latest" },
    osType,
    capabilities: [],
    batchSupportEndOfLife: "2035-01-01T00:00:00Z",
    verificationType: "unverified",
  })),
);

/** The operating system that this node agent is for; Linux for one that nobody knows, which no pool has. */
export const osTypeOf = (nodeAgentSKUId: string): "linux" | "windows" => agentOf(nodeAgentSKUId)?.osType ?? "linux";

const agentOf = (nodeAgentSKUId: string): AgentRow | undefined => bySku.get(nodeAgentSKUId.toLowerCase().trim());

/** P-03, P-05: a known node agent, and a marketplace image that fits it or, in the owner's own subscription, custom images. Throws 400, 404. */
export function checkMachine(call: Call, machine: JsonObject, place: string): void {
  const nodeAgentSKUId = text(machine, "nodeAgentSKUId") ?? "";
  const agent = agentOf(nodeAgentSKUId);
  if (agent === undefined)
    throw new BatchError(
      "NodeAgentSKUNotFound",
      `There is no node agent ${repeated(nodeAgentSKUId)}; supported images tell which there are.`,
    );
  const image = object(machine, "imageReference");
  const uris = texts(object(machine, "osDisk"), "imageUris");
  if (uris !== undefined) checkImageUris(call, uris, image, place);
  else if (image === undefined)
    throw badProperty(`${place}.imageReference`, undefined, "an image is required", "MissingRequiredProperty");
  else if (isCustom(image)) checkCustomImage(call, image, place);
  else checkMarketplaceImage(agent, image, place);
}

const isCustom = (image: JsonObject): boolean =>
  ["virtualMachineImageId", "communityGalleryImageId", "sharedGalleryImageId"].some((name) => text(image, name) !== undefined);

/** Custom images of 2017: disks of a storage account, each of which serves so many nodes (P-05). */
function checkImageUris(call: Call, uris: readonly string[], image: JsonObject | undefined, place: string): void {
  const at = `${place}.osDisk.imageUris`;
  if (call.account.poolAllocationMode !== "UserSubscription")
    throw badProperty(at, uris, "only an account in user subscription mode has pools of custom images");
  if (image !== undefined) throw badProperty(at, uris, "not together with imageReference");
  if (uris.length === 0) throw badProperty(at, uris, "at least one image is required");
  for (const [i, uri] of uris.entries())
    if (!/^https?:\/\/[^\s/]+\/\S+$/i.test(uri) || uri.length > 2048)
      throw badProperty(`${at}[${i}]`, uri, "the http or https address of an image is required");
}

/** Images by resource id came after 2017, when they stopped to need the owner's own subscription. */
function checkCustomImage({ account }: Call, image: JsonObject, place: string): void {
  if (account.strict === true && account.poolAllocationMode !== "UserSubscription")
    throw badProperty(`${place}.imageReference`, image, "only an account in user subscription mode has pools of custom images");
}

function checkMarketplaceImage(agent: AgentRow, image: JsonObject, place: string): void {
  for (const name of ["publisher", "offer", "sku"])
    if ((text(image, name) ?? "") === "")
      throw badProperty(
        `${place}.imageReference.${name}`,
        image[name],
        "an image needs publisher, offer and sku",
        "MissingRequiredProperty",
      );
  const [publisher, offer, sku] = ["publisher", "offer", "sku"].map((name) => String(image[name]).toLowerCase());
  const fitting = byImage.get(nameOf([publisher, offer, sku]));
  const fits = fitting === undefined ? !publishers.has(publisher) || agent.publishers.includes(publisher) : fitting === agent;
  if (fits) return;
  const remedy = fitting === undefined ? "" : `; ${fitting.sku} does`;
  throw badProperty(
    `${place}.nodeAgentSKUId`,
    agent.sku,
    `the node agent does not fit the image ${repeated(nameOf([publisher, offer, sku]))}${remedy}`,
  );
}
