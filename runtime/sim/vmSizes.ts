/** Cores of VM sizes, by the core's catalogue: scenarios and the service know the same sizes. */
export { coresOf } from "../core/vmSizes.ts";
