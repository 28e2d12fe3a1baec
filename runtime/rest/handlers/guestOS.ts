/**
 * Releases of guest operating systems (P-04, P-125): those that came with this version stand with their family, those published while the service runs are
 * documents of the landscape. A pool of cloud services names a release, or `*` for the newest.
 */
import { type GuestOSFamily, guestOSFamilies } from "../../core/guestOSFamilies.ts";
import type { Call } from "../call.ts";
import { badProperty, BatchError, repeated } from "../errors.ts";

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
