/**
 * Families of guest operating systems, which pools of cloud services name: what they are, what is installed with them, and the releases that came with this
 * version (P-04). Sources: the overview of 2017 (2 to 5), the release matrix of guest operating systems of that spring; 6 and 7 came later.
 */

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

/** Every family, oldest first. */
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

/** The family of this name; undefined when there is none. */
export const familyOf = (name: string): GuestOSFamily | undefined => guestOSFamilies.find((family) => family.name === name);

/** The family that a pool's configuration of cloud services names, as the wire has it; undefined for a virtual machine pool. */
export function familyOfDetails(cloudServiceConfiguration: unknown): GuestOSFamily | undefined {
  const { osFamily } = (cloudServiceConfiguration ?? {}) as { readonly osFamily?: unknown };
  return typeof osFamily === "string" ? familyOf(osFamily) : undefined;
}
