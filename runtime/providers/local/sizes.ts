/**
 * What the size of a pool means for a node of it: the catalogue's figures, and to which of them the node is held. A size that is not in the catalogue has
 * its cores and no more.
 */
import type { NodeSize } from "../../agent/protocol.ts";
import type { Pool } from "../../core/pool.ts";
import { vmSizeOf } from "../../core/vmSizeTable.ts";
import type { MachineSettings } from "./machineSettings.ts";

const GIGABYTE_MB = 1024;

/** The size of a pool's nodes. */
export function sizeOf({ spec: { vmSize, coresPerNode: cores } }: Pool, machines: MachineSettings): NodeSize {
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
    ...(enforceSizes ? { coresMax: cores } : {}),
    ...(enforceSizes && memoryMb !== undefined ? { memoryMbMax: memoryMb } : {}),
    ...(diskMbMax === undefined ? {} : { diskMbMax }),
  };
}
