/**
 * Images and node agents that a pool may name (P-03). The nodes of this service are directories of one machine: whatever image a pool names, its tasks run
 * on this machine's system. The catalogue is therefore small: it holds what clients commonly ask for and says which of it is like the real thing.
 */
import type { JsonObject } from "../call.ts";
import { badProperty, BatchError, repeated } from "../errors.ts";

/** One node agent, and the distribution and release that images need to fit it. */
interface AgentRow {
  readonly sku: string;
  readonly osType: "linux" | "windows";
  /** The image that the catalogue shows for it; undefined: accepted, not offered. */
  readonly image?: { readonly publisher: string; readonly offer: string; readonly sku: string };
  /** Publishers whose images it fits, lower case. */
  readonly publishers: readonly string[];
}

const CANONICAL = ["canonical", "microsoft-azure-batch", "microsoft-dsvm"];
const CENTOS = ["openlogic", "microsoft-azure-batch", "microsoft-azure-hpc"];
const WINDOWS = [
  "microsoftwindowsserver",
  "microsoft-azure-batch",
  "microsoftwindowsdesktop",
  "microsoft-dsvm",
  "microsoftvisualstudio",
];

const agents: readonly AgentRow[] = [
  ...["14.04", "16.04"].map(
    (release): AgentRow => ({ sku: `batch.node.ubuntu ${release}`, osType: "linux", publishers: CANONICAL }),
  ),
  {
    sku: "batch.node.ubuntu 18.04",
    osType: "linux",
    publishers: CANONICAL,
    image: { publisher: "canonical", offer: "ubuntuserver", sku: "18.04-lts" },
  },
  {
    sku: "batch.node.ubuntu 20.04",
    osType: "linux",
    publishers: CANONICAL,
    image: { publisher: "canonical", offer: "0001-com-ubuntu-server-focal", sku: "20_04-lts" },
  },
  {
    sku: "batch.node.ubuntu 22.04",
    osType: "linux",
    publishers: CANONICAL,
    image: { publisher: "canonical", offer: "0001-com-ubuntu-server-jammy", sku: "22_04-lts" },
  },
  {
    sku: "batch.node.ubuntu 24.04",
    osType: "linux",
    publishers: CANONICAL,
    image: { publisher: "canonical", offer: "ubuntu-24_04-lts", sku: "server" },
  },
  ...["8", "9", "10"].map(
    (release): AgentRow => ({
      sku: `batch.node.debian ${release}`,
      osType: "linux",
      publishers: ["credativ", "debian"],
    }),
  ),
  {
    sku: "batch.node.debian 11",
    osType: "linux",
    publishers: ["debian"],
    image: { publisher: "debian", offer: "debian-11", sku: "11" },
  },
  {
    sku: "batch.node.debian 12",
    osType: "linux",
    publishers: ["debian"],
    image: { publisher: "debian", offer: "debian-12", sku: "12" },
  },
  ...["6", "7", "8"].map((release): AgentRow => ({ sku: `batch.node.centos ${release}`, osType: "linux", publishers: CENTOS })),
  ...["8", "9"].map(
    (release): AgentRow => ({
      sku: `batch.node.el ${release}`,
      osType: "linux",
      publishers: ["almalinux", "rockylinux", "oracle", "redhat", "microsoft-dsvm"],
    }),
  ),
  ...["13.2", "42.1", "42.3"].map(
    (release): AgentRow => ({ sku: `batch.node.opensuse ${release}`, osType: "linux", publishers: ["suse"] }),
  ),
  { sku: "batch.node.mariner 2.0", osType: "linux", publishers: ["microsoftcblmariner"] },
  { sku: "batch.node.windows amd64", osType: "windows", publishers: WINDOWS },
];

const bySku = new Map(agents.map((row) => [row.sku, row]));
const publishers = new Set(agents.flatMap((row) => row.publishers));

/** ImageInformation of each image of the catalogue. None is verified: none of them is really booted. */
export const supportedImages: readonly JsonObject[] = agents.flatMap(({ sku, osType, image }) =>
  image === undefined
    ? []
    : [
        {
          nodeAgentSKUId: sku,
          imageReference: { ...image, version: "latest" },
          osType,
          capabilities: [],
          batchSupportEndOfLife: "2035-01-01T00:00:00Z",
          verificationType: "unverified",
        },
      ],
);

/** P-03: the agent must be known, and fit the publisher of the image where that is known. Custom images say nothing of themselves. */
export function checkImage(nodeAgentSKUId: string, image: JsonObject, place: string): void {
  const agent = bySku.get(nodeAgentSKUId.toLowerCase().trim());
  if (agent === undefined)
    throw new BatchError(
      "NodeAgentSKUNotFound",
      `There is no node agent ${repeated(nodeAgentSKUId)}; supported images tell which there are.`,
    );
  const { publisher, virtualMachineImageId } = image;
  if (
    typeof virtualMachineImageId === "string" ||
    image.communityGalleryImageId !== undefined ||
    image.sharedGalleryImageId !== undefined
  )
    return;
  for (const name of ["publisher", "offer", "sku"])
    if (typeof image[name] !== "string" || image[name] === "")
      throw badProperty(
        `${place}.imageReference.${name}`,
        image[name],
        "an image needs publisher, offer and sku",
        "MissingRequiredProperty",
      );
  const from = String(publisher).toLowerCase();
  if (publishers.has(from) && !agent.publishers.includes(from))
    throw badProperty(
      `${place}.nodeAgentSKUId`,
      nodeAgentSKUId,
      `the node agent does not fit images of ${repeated(String(publisher))}`,
    );
}
