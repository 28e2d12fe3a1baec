/**
 * Which kind of operating system the nodes of a pool are said to have: all of the cloud services, and virtual machines by their node agent. It decides how
 * variables are called, how paths are written, and what a command line may be; what really runs here is this machine's own.
 */
import type { PoolDetails } from "../agent/run/details.ts";
import type { Pool } from "../core/pool.ts";

/** Whether nodes of the pool are Windows machines. */
export function isWindows({ spec }: Pool): boolean {
  if (spec.configuration === "cloudService") return true;
  const { virtualMachineConfiguration } = (spec.opaque as PoolDetails | undefined) ?? {};
  const { nodeAgentSKUId } = (virtualMachineConfiguration ?? {}) as { readonly nodeAgentSKUId?: unknown };
  return typeof nodeAgentSKUId === "string" && /^batch\.node\.windows\b/i.test(nodeAgentSKUId);
}

/** A path below a node's root as programs of its system write it. */
export function pathOn(pool: Pool, path: string): string {
  return isWindows(pool) ? path.replaceAll("/", "\\") : path;
}
