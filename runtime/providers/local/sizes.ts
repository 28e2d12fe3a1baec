/**
 * What the size of a pool promises for its nodes (rows of the sizes pages of the cloud's documentation of about 2018): cores by the core's own table, memory
 * and local disk by family, as so much a core. A size whose family is not here has cores and nothing else.
 */
import type { NodeSize } from "../../agent/protocol.ts";
import type { Pool } from "../../core/pool.ts";
import type { MachineSettings } from "./machineSettings.ts";

const GIGABYTE_MB = 1024;

/** Gigabytes of memory and of local disk a core, by family with its features (`s`: premium storage) and version. */
const A_CORE: Readonly<Record<string, readonly [memory: number, disk: number]>> = {
  "a v2": [2, 10],
  "am v2": [8, 10],
  d: [3.5, 50],
  ds: [3.5, 7],
  "d v2": [3.5, 50],
  "ds v2": [3.5, 7],
  "d v3": [4, 25],
  "ds v3": [4, 8],
  "e v3": [8, 25],
  "es v3": [8, 16],
  f: [2, 16],
  fs: [2, 4],
  "fs v2": [2, 8],
  g: [14, 192],
  gs: [14, 28],
  h: [7, 125],
  l: [8, 169],
  nc: [9.33, 56],
  nv: [9.33, 56],
};

/** Sizes of the first kind, and those whose memory is more than their neighbours': whole figures. */
const WHOLE: Readonly<Record<string, readonly [memory: number, disk: number]>> = {
  small: [1.75, 225],
  medium: [3.5, 490],
  large: [7, 1000],
  extralarge: [14, 2040],
  a1: [1.75, 70],
  a2: [3.5, 135],
  a3: [7, 285],
  a4: [14, 605],
  a5: [14, 135],
  a6: [28, 285],
  a7: [56, 605],
  a8: [56, 382],
  a9: [112, 382],
  a10: [56, 382],
  a11: [112, 382],
  d11: [14, 100],
  d12: [28, 200],
  d13: [56, 400],
  d14: [112, 800],
};

/** Family, number, features after it, version. */
const FORM = /^([a-z]+?)(s?)(\d+)([a-z]*)(?:_v(\d+))?$/;

/** Memory and disk of a size, megabytes; nothing for one that is not known. */
function figuresOf(vmSize: string, cores: number): Pick<NodeSize, "memoryMb" | "diskMb"> {
  const name = vmSize.toLowerCase().replace(/^(?:standard|basic)_/, "");
  const [, family = "", before = "", digits = "", after = "", version] = FORM.exec(name) ?? [];
  const key = `${family}${after.includes("m") ? "m" : ""}${before || (after.includes("s") ? "s" : "")}${version === undefined ? "" : ` v${version}`}`;
  const plain = version === undefined || (family === "d" && version === "2") ? `${family}${digits}` : "";
  const whole = Object.hasOwn(WHOLE, name) ? WHOLE[name] : Object.hasOwn(WHOLE, plain) ? WHOLE[plain] : undefined;
  const each = Object.hasOwn(A_CORE, key) ? A_CORE[key] : undefined;
  const [memory, disk] = whole ?? each?.map((gigabytes) => gigabytes * cores) ?? [];
  if (memory === undefined || disk === undefined) return {};
  return { memoryMb: Math.round(memory * GIGABYTE_MB), diskMb: Math.round(disk * GIGABYTE_MB) };
}

/** The size of a pool's nodes, and to what of it they are held. */
export function sizeOf({ spec: { vmSize, coresPerNode: cores } }: Pool, machines: MachineSettings): NodeSize {
  const figures = figuresOf(vmSize, cores);
  const { enforceSizes, nodeDiskMb } = machines;
  const diskMbMax = nodeDiskMb ?? (enforceSizes ? figures.diskMb : undefined);
  return {
    vmSize,
    cores,
    ...figures,
    ...(enforceSizes ? { coresMax: cores } : {}),
    ...(enforceSizes && figures.memoryMb !== undefined ? { memoryMbMax: figures.memoryMb } : {}),
    ...(diskMbMax === undefined ? {} : { diskMbMax }),
  };
}
