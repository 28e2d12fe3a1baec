/**
 * Guest operating systems of cloud services pools: families, what is installed with them, and their releases (P-04, P-125). Releases that came with this
 * version are a table; those published while the service runs are documents of the landscape. A pool names a release, or `*` for the newest.
 */
import type { Call, JsonObject } from "../call.ts";
import { badProperty, BatchError, repeated } from "../errors.ts";

/** One family of guest operating systems. */
export interface GuestOSFamily {
  /** As `osFamily` of a pool names it. */
  readonly name: string;
  readonly label: string;
  /** Versions of the .NET Framework that are installed with it. */
  readonly dotNetVersions: readonly string[];
  /** Releases that came with this version, oldest first. */
  readonly releases: readonly string[];
}

const NET_45 = ["4.0", "4.5", "4.5.1", "4.5.2"];

/** Every family. Sources: the overview of 2017 (2 to 5), the release matrix of guest operating systems of that spring; 6 and 7 came later. */
export const guestOSFamilies: readonly GuestOSFamily[] = [
  {
    name: "2",
    label: "Windows Server 2008 R2 SP1",
    dotNetVersions: ["3.5", ...NET_45],
    releases: ["WA-GUEST-OS-2.58_201612-01", "WA-GUEST-OS-2.59_201701-01", "WA-GUEST-OS-2.61_201703-01"],
  },
  {
    name: "3",
    label: "Windows Server 2012",
    dotNetVersions: NET_45,
    releases: ["WA-GUEST-OS-3.45_201612-01", "WA-GUEST-OS-3.46_201703-01"],
  },
  {
    name: "4",
    label: "Windows Server 2012 R2",
    dotNetVersions: NET_45,
    releases: ["WA-GUEST-OS-4.38_201611-01", "WA-GUEST-OS-4.39_201612-01", "WA-GUEST-OS-4.40_201703-01"],
  },
  {
    name: "5",
    label: "Windows Server 2016",
    dotNetVersions: [...NET_45, "4.6", "4.6.1", "4.6.2"],
    releases: ["WA-GUEST-OS-5.3_201611-01", "WA-GUEST-OS-5.4_201612-01", "WA-GUEST-OS-5.5_201703-01"],
  },
  {
    name: "6",
    label: "Windows Server 2019",
    dotNetVersions: [...NET_45, "4.6", "4.6.1", "4.6.2", "4.7", "4.7.1", "4.7.2"],
    releases: ["WA-GUEST-OS-6.20_202006-01"],
  },
  {
    name: "7",
    label: "Windows Server 2022",
    dotNetVersions: [...NET_45, "4.6", "4.6.1", "4.6.2", "4.7", "4.7.1", "4.7.2", "4.8"],
    releases: ["WA-GUEST-OS-7.5_202202-01"],
  },
];

/** Last family of 2017: by its rules the later ones do not exist. */
const LAST_FAMILY_OF_2017 = 5;

/** The families that pools may name. `strict`: by the rules of 2017. */
export function offeredFamilies(strict: boolean): readonly GuestOSFamily[] {
  return strict ? guestOSFamilies.filter(({ name }) => Number(name) <= LAST_FAMILY_OF_2017) : guestOSFamilies;
}

/** Kind of the documents that hold published releases; the key is the release in lower case. */
export const GUEST_OS_RELEASE = "guestOSRelease";

/** A release that was published while the service ran. */
export interface GuestOSReleaseDocument {
  readonly family: string;
  readonly version: string;
}

/** Where published releases are read: the landscape of an account. */
interface Documents {
  list(kind: string): readonly (readonly [key: string, document: unknown])[];
}

/** Pattern of a release's name: family and number in the family, year, month and number in the month. */
const RELEASE = /^WA-GUEST-OS-(\d+)\.(\d{1,4})_(\d{6})-(\d{2})$/i;

/** The family of this name; undefined when there is none. */
export const familyOf = (name: string): GuestOSFamily | undefined => guestOSFamilies.find((family) => family.name === name);

/** Every release of a family, oldest first; published ones are in order of their numbers, whenever they were published. */
export function releasesOf(family: GuestOSFamily, documents: Documents): readonly string[] {
  const published = documents
    .list(GUEST_OS_RELEASE)
    .map(([, document]) => document as GuestOSReleaseDocument)
    .filter((document) => document.family === family.name)
    .map(({ version }) => version);
  return [...family.releases, ...published].sort((a, b) => numberOf(a) - numberOf(b));
}

/** The newest release of a family: what `*` stands for. */
export function newestRelease(family: GuestOSFamily, documents: Documents): string {
  const releases = releasesOf(family, documents);
  return releases[releases.length - 1];
}

const numberOf = (version: string): number => Number(RELEASE.exec(version)?.[2] ?? 0);

/** Why this may not be published as a release of the family; undefined: it may. */
export function publishingRefusal(family: GuestOSFamily, version: string, documents: Documents): string | undefined {
  const match = RELEASE.exec(version);
  if (match?.[1] !== family.name) return `a name like WA-GUEST-OS-${family.name}.99_202612-01 is required`;
  const same = releasesOf(family, documents).find((release) => numberOf(release) === Number(match[2]));
  return same === undefined ? undefined : `the family has that number already: ${same}`;
}

/** P-04: the family must be there, and by the rules of 2017 no later than Windows Server 2016. */
export function checkFamily(name: string, strict: boolean, place: string): GuestOSFamily {
  const offered = offeredFamilies(strict);
  const family = offered.find((each) => each.name === name);
  if (family === undefined) throw badProperty(place, name, `a family from 2 to ${offered[offered.length - 1].name}`);
  return family;
}

/** What the wanted version stands for. Throws 400 OSVersionNotFound for one that the family does not have. */
export function resolveVersion(call: Call, family: GuestOSFamily, wanted: string): string {
  const { landscape } = call.account;
  if (wanted === "*") return newestRelease(family, landscape);
  const found = releasesOf(family, landscape).find((release) => release.toLowerCase() === wanted.toLowerCase());
  if (found !== undefined) return found;
  throw new BatchError("OSVersionNotFound", `Family ${family.name} has no OS version ${repeated(wanted)}.`, [
    { key: "OSFamily", value: family.name },
    { key: "OSVersion", value: repeated(wanted) },
  ]);
}

/** The family that a pool of the wire, or the kept details of one, names; undefined for a virtual machine pool. */
export function familyOfDetails(cloudServiceConfiguration: unknown): GuestOSFamily | undefined {
  const { osFamily } = (cloudServiceConfiguration ?? {}) as JsonObject;
  return typeof osFamily === "string" ? familyOf(osFamily) : undefined;
}
