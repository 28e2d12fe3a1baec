/**
 * What the size of a pool means for a node of it: the catalogue's figures, and to which of them the node is held. A size that is not in the catalogue has
 * its cores and no more.
 */
import type { PoolDetails } from "../../agent/run/details.ts";
import type { NodeSize } from "../../agent/protocol.ts";
import { familyOfDetails } from "../../core/guestOSFamilies.ts";
import type { Pool } from "../../core/pool.ts";
import { vmSizeOf } from "../../core/vmSizeTable.ts";
import type { MachineSettings } from "./machineSettings.ts";

const GIGABYTE_MB = 1024;

/** The size of a pool's nodes. */
export function sizeOf({ spec: { vmSize, coresPerNode: cores, opaque } }: Pool, machines: MachineSettings): NodeSize {
  const known = vmSizeOf(vmSize);
  const memoryMb = known === undefined ? undefined : Math.round(known.memoryGiB * GIGABYTE_MB);
  const diskMb = known === undefined ? undefined : Math.round(known.diskGiB * GIGABYTE_MB);
  const { enforceSizes, nodeDiskMb } = machines;
  const diskMbMax = nodeDiskMb ?? (enforceSizes ? diskMb : undefined);
  return {
    vmSize,
    cores,
    ...(memoryMb === undefined ? {} : { memoryMb }),
    ...(diskMb === undefined ? {} : { diskMb }),
    ...systemOf(opaque),
    ...(enforceSizes ? { coresMax: cores } : {}),
    ...(enforceSizes && memoryMb !== undefined ? { memoryMbMax: memoryMb } : {}),
    ...(diskMbMax === undefined ? {} : { diskMbMax }),
  };
}

/** What comes with the guest operating system; nothing of virtual machines, whose images say nothing of it. */
function systemOf(opaque: unknown): Pick<NodeSize, "osFamily" | "dotNetVersions"> {
  const family = familyOfDetails((opaque as PoolDetails | undefined)?.cloudServiceConfiguration);
  return family === undefined ? {} : { osFamily: family.name, dotNetVersions: family.dotNetVersions };
}
