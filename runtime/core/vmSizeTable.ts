/**
 * The sizes of nodes as a catalogue: cores, memory and local disk of the sizes that the documentation of about 2018 lists, for whoever has to choose one
 * (by threads and memory) and for whoever plays a node of that size. `vmSizes.ts` also knows the cores of names that are not listed here.
 * Where the two cloud offers have a size under the same name, their disks differ: the row of the virtual machine stands here.
 */
import { coresOf } from "./vmSizes.ts";

/** One size. Names are spelled as the documentation does; they are compared without case. */
export interface VmSize {
  readonly name: string;
  /** Series it belongs to: `standardDv2Family`. */
  readonly family: string;
  readonly cores: number;
  /** GiB, as documented: fractions below 4. */
  readonly memoryGiB: number;
  /** Local temporary disk, GiB. */
  readonly diskGiB: number;
  /** Which configurations list it. */
  readonly offeredTo: "both" | "cloudServices" | "virtualMachines";
}

type Offer = VmSize["offeredTo"];

/** `name cores memory disk`, one size after the other. */
function series(family: string, offeredTo: Offer, sizes: string): VmSize[] {
  return sizes.split(",").map((size) => {
    const [name, cores, memoryGiB, diskGiB] = size.trim().split(" ");
    return { name, family, cores: Number(cores), memoryGiB: Number(memoryGiB), diskGiB: Number(diskGiB), offeredTo };
  });
}

/** Every listed size, by series. Source: the sizes pages of virtual machines and of cloud services. */
export const vmSizes: readonly VmSize[] = [
  ...series(
    "standardA0_A7Family",
    "cloudServices",
    "ExtraSmall 1 0.75 19, Small 1 1.75 224, Medium 2 3.5 489, Large 4 7 999, ExtraLarge 8 14 2039, A5 2 14 489, A6 4 28 999, A7 8 56 2039",
  ),
  ...series("standardA8_A11Family", "cloudServices", "A8 8 56 1817, A9 16 112 1817, A10 8 56 1817, A11 16 112 1817"),
  ...series(
    "standardA0_A7Family",
    "virtualMachines",
    "Standard_A0 1 0.75 20, Standard_A1 1 1.75 70, Standard_A2 2 3.5 135, Standard_A3 4 7 285, Standard_A4 8 14 605, Standard_A5 2 14 135, Standard_A6 4 28 285, Standard_A7 8 56 605",
  ),
  ...series(
    "standardA8_A11Family",
    "virtualMachines",
    "Standard_A8 8 56 382, Standard_A9 16 112 382, Standard_A10 8 56 382, Standard_A11 16 112 382",
  ),
  ...series(
    "standardAv2Family",
    "both",
    "Standard_A1_v2 1 2 10, Standard_A2_v2 2 4 20, Standard_A4_v2 4 8 40, Standard_A8_v2 8 16 80, Standard_A2m_v2 2 16 20, Standard_A4m_v2 4 32 40, Standard_A8m_v2 8 64 80",
  ),
  ...series(
    "standardDFamily",
    "both",
    "Standard_D1 1 3.5 50, Standard_D2 2 7 100, Standard_D3 4 14 200, Standard_D4 8 28 400, Standard_D11 2 14 100, Standard_D12 4 28 200, Standard_D13 8 56 400, Standard_D14 16 112 800",
  ),
  ...series(
    "standardDv2Family",
    "both",
    "Standard_D1_v2 1 3.5 50, Standard_D2_v2 2 7 100, Standard_D3_v2 4 14 200, Standard_D4_v2 8 28 400, Standard_D5_v2 16 56 800, Standard_D11_v2 2 14 100, Standard_D12_v2 4 28 200, Standard_D13_v2 8 56 400, Standard_D14_v2 16 112 800, Standard_D15_v2 20 140 1000",
  ),
  ...series(
    "standardDv3Family",
    "both",
    "Standard_D2_v3 2 8 50, Standard_D4_v3 4 16 100, Standard_D8_v3 8 32 200, Standard_D16_v3 16 64 400, Standard_D32_v3 32 128 800, Standard_D64_v3 64 256 1600",
  ),
  ...series(
    "standardDSv3Family",
    "virtualMachines",
    "Standard_D2s_v3 2 8 16, Standard_D4s_v3 4 16 32, Standard_D8s_v3 8 32 64, Standard_D16s_v3 16 64 128, Standard_D32s_v3 32 128 256, Standard_D64s_v3 64 256 512",
  ),
  ...series(
    "standardDSFamily",
    "virtualMachines",
    "Standard_DS1 1 3.5 7, Standard_DS2 2 7 14, Standard_DS3 4 14 28, Standard_DS4 8 28 56, Standard_DS11 2 14 28, Standard_DS12 4 28 56, Standard_DS13 8 56 112, Standard_DS14 16 112 224",
  ),
  ...series(
    "standardDSv2Family",
    "virtualMachines",
    "Standard_DS1_v2 1 3.5 7, Standard_DS2_v2 2 7 14, Standard_DS3_v2 4 14 28, Standard_DS4_v2 8 28 56, Standard_DS5_v2 16 56 112, Standard_DS11_v2 2 14 28, Standard_DS12_v2 4 28 56, Standard_DS13_v2 8 56 112, Standard_DS14_v2 16 112 224, Standard_DS15_v2 20 140 280",
  ),
  ...series(
    "standardEv3Family",
    "both",
    "Standard_E2_v3 2 16 50, Standard_E4_v3 4 32 100, Standard_E8_v3 8 64 200, Standard_E16_v3 16 128 400, Standard_E32_v3 32 256 800, Standard_E64_v3 64 432 1600",
  ),
  ...series(
    "standardFFamily",
    "virtualMachines",
    "Standard_F1 1 2 16, Standard_F2 2 4 32, Standard_F4 4 8 64, Standard_F8 8 16 128, Standard_F16 16 32 256",
  ),
  ...series(
    "standardFSv2Family",
    "virtualMachines",
    "Standard_F2s_v2 2 4 16, Standard_F4s_v2 4 8 32, Standard_F8s_v2 8 16 64, Standard_F16s_v2 16 32 128, Standard_F32s_v2 32 64 256, Standard_F64s_v2 64 128 512, Standard_F72s_v2 72 144 576",
  ),
  ...series(
    "standardGFamily",
    "both",
    "Standard_G1 2 28 384, Standard_G2 4 56 768, Standard_G3 8 112 1536, Standard_G4 16 224 3072, Standard_G5 32 448 6144",
  ),
  ...series(
    "standardGSFamily",
    "virtualMachines",
    "Standard_GS1 2 28 56, Standard_GS2 4 56 112, Standard_GS3 8 112 224, Standard_GS4 16 224 448, Standard_GS5 32 448 896",
  ),
  ...series(
    "standardHFamily",
    "both",
    "Standard_H8 8 56 1000, Standard_H16 16 112 2000, Standard_H8m 8 112 1000, Standard_H16m 16 224 2000, Standard_H16r 16 112 2000, Standard_H16mr 16 224 2000",
  ),
  ...series(
    "standardFSFamily",
    "virtualMachines",
    "Standard_F1s 1 2 4, Standard_F2s 2 4 8, Standard_F4s 4 8 16, Standard_F8s 8 16 32, Standard_F16s 16 32 64",
  ),
  ...series(
    "standardESv3Family",
    "virtualMachines",
    "Standard_E2s_v3 2 16 32, Standard_E4s_v3 4 32 64, Standard_E8s_v3 8 64 128, Standard_E16s_v3 16 128 256, Standard_E32s_v3 32 256 512, Standard_E64s_v3 64 432 864",
  ),
  ...series(
    "standardLSFamily",
    "virtualMachines",
    "Standard_L4s 4 32 678, Standard_L8s 8 64 1388, Standard_L16s 16 128 2807, Standard_L32s 32 256 5630",
  ),
  ...series(
    "standardNVFamily",
    "virtualMachines",
    "Standard_NV6 6 56 340, Standard_NV12 12 112 680, Standard_NV24 24 224 1440",
  ),
  ...series(
    "standardNCFamily",
    "virtualMachines",
    "Standard_NC6 6 56 340, Standard_NC12 12 112 680, Standard_NC24 24 224 1440",
  ),
];

const byName = new Map(vmSizes.map((size) => [size.name.toLowerCase(), size]));

/** The listed size of this name; undefined for one of which no more than its cores is known. */
export function vmSizeOf(name: string): VmSize | undefined {
  return byName.get(name.toLowerCase());
}

/** P-06: sizes that were never available to pools, whatever their configuration. */
const NEVER: ReadonlySet<string> = new Set(["standard_a0", "basic_a0", "extrasmall", "a0"]);
/** P-06: sizes that cloud services have and their pools may not. */
const NEVER_IN_CLOUD_SERVICES: ReadonlySet<string> = new Set(["standard_a1_v2", "standard_a2_v2"]);
/** P-06: the series with premium storage that virtual machine pools of 2017 could not have: GS, DS and DSv2. */
const PREMIUM = /^standard_(?:gs|ds)\d+(?:-\d+)?(?:_v2)?$/;

/** Why a pool may not have this size; undefined: it may. `strict`: by the rules of 2017, when sizes with premium storage were not to be had. */
export function sizeRefusal(
  name: string,
  configuration: "cloudService" | "virtualMachine",
  strict: boolean,
): string | undefined {
  const key = name.toLowerCase();
  if (NEVER.has(key) || (configuration === "cloudService" && NEVER_IN_CLOUD_SERVICES.has(key)))
    return "this size is not available to pools";
  if (strict && PREMIUM.test(key)) return "sizes with premium storage (GS, DS, DSv2) are not available to pools of 2017";
  if (name.length > 64 || coresOf(name) === undefined) return "the name of a known size is required, such as standard_d2_v3";
  return undefined;
}
