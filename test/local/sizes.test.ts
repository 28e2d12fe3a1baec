/** What sizes promise: figures of the sizes pages, and to what of them a node is held. */
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

it.each<[vmSize: string, cores: number, memoryGb: number, diskGb: number]>([
  ["small", 1, 1.75, 225],
  ["ExtraLarge", 8, 14, 2040],
  ["standard_a1", 1, 1.75, 70],
  ["Standard_A1_v2", 1, 2, 10],
  ["standard_a2m_v2", 2, 16, 20],
  ["standard_d2", 2, 7, 100],
  ["standard_d11", 2, 14, 100],
  ["STANDARD_D3_V2", 4, 14, 200],
  ["standard_d12_v2", 4, 28, 200],
  ["standard_ds2_v2", 2, 7, 14],
  ["standard_d2_v3", 2, 8, 50],
  ["standard_d2s_v3", 2, 8, 16],
  ["standard_e4_v3", 4, 32, 100],
  ["standard_f4", 4, 8, 64],
  ["standard_f4s_v2", 4, 8, 32],
])("%s has %d cores, %d GB of memory and %d GB of disk", (vmSize, cores, memoryGb, diskGb) => {
  expect(figures(vmSize)).toEqual([cores, memoryGb, diskGb]);
});

it("a size that is not known has cores and nothing else; limits are what was asked for and is known", () => {
  expect(sizeOf(pool("standard_m64"), { ...machineDefaults, enforceSizes: true })).toEqual({
    vmSize: "standard_m64",
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
