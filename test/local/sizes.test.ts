/** What the size of a pool means for its nodes: the catalogue's figures, and to what of them a node is held. */
import { expect, it } from "vitest";
import type { Pool } from "../../runtime/core/pool.ts";
import { coresOf } from "../../runtime/core/vmSizes.ts";
import { machineDefaults } from "../../runtime/providers/local/machineSettings.ts";
import { sizeOf } from "../../runtime/providers/local/sizes.ts";

const pool = (vmSize: string) => ({ spec: { vmSize, coresPerNode: coresOf(vmSize) ?? 1 } }) as unknown as Pool;
const figures = (vmSize: string) => {
  const { cores, memoryMb, diskMb } = sizeOf(pool(vmSize), machineDefaults);
  return [cores, (memoryMb ?? Number.NaN) / 1024, (diskMb ?? Number.NaN) / 1024];
};

it("has the figures of the catalogue, whatever the case of the name", () => {
  expect(figures("standard_A1_v2")).toEqual([1, 2, 10]);
  expect(figures("STANDARD_D12_V2")).toEqual([4, 28, 200]);
  expect(figures("standard_d2s_v3")).toEqual([2, 8, 16]);
});

it("a size that is not known has its cores and no more; limits are what was asked for and is known", () => {
  expect(sizeOf(pool("standard_xy64"), { ...machineDefaults, enforceSizes: true })).toEqual({
    vmSize: "standard_xy64",
    cores: 64,
    coresMax: 64,
  });
  expect(sizeOf(pool("standard_a1"), { ...machineDefaults, nodeDiskMb: 5 })).toMatchObject({ diskMb: 71_680, diskMbMax: 5 });
  expect(sizeOf(pool("standard_a1"), machineDefaults)).not.toHaveProperty("diskMbMax");
  expect(sizeOf(pool("standard_a1"), { ...machineDefaults, enforceSizes: true })).toMatchObject({
    coresMax: 1,
    memoryMbMax: 1792,
    diskMbMax: 71_680,
  });
});
