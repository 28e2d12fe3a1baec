/**
 * The rule of spring 2017 that application packages cannot be had on Linux nodes (P-154); later services offer them everywhere, and so does this one unless
 * it was told to be strict. Asked for whatever names packages: pools, tasks, job managers.
 */
import type { PoolDetails } from "../../agent/run/details.ts";
import type { Call, JsonObject } from "../call.ts";
import { badProperty } from "../errors.ts";
import { osTypeOf } from "./images.ts";
import { object, objects, text } from "./read.ts";

/** Refuses packages of a strict account on Linux nodes; `body` is what has the references, `place` its path with a dot at its end, or "". */
export function refuseLinuxPackages(call: Call, body: JsonObject, place: string): void {
  if (call.account.strict !== true || (objects(body, "applicationPackageReferences")?.length ?? 0) === 0) return;
  const machine = object(body, "virtualMachineConfiguration") ?? machineOfCall(call);
  if (machine === undefined || osTypeOf(text(machine, "nodeAgentSKUId") ?? "") !== "linux") return;
  const reason = "application packages are not supported on Linux nodes (--strict-2017)";
  throw badProperty(`${place}applicationPackageReferences`, "(packages)", reason);
}

/** The machines of the pool that the request is about: in its path, or where a job runs. Undefined: cloud services, or not known yet. */
function machineOfCall({ path, body, service: { world } }: Call): JsonObject | undefined {
  const job = object(body, "jobSpecification") ?? body;
  const poolInfo = object(job, "poolInfo");
  const ownPool = object(object(poolInfo, "autoPoolSpecification"), "pool");
  if (ownPool !== undefined) return object(ownPool, "virtualMachineConfiguration");
  const pool =
    path.poolId !== undefined
      ? world.pool(path.poolId)
      : path.jobId !== undefined
        ? world.job(path.jobId)?.pool
        : world.pool(text(poolInfo, "poolId") ?? "");
  return (pool?.spec.opaque as PoolDetails | undefined)?.virtualMachineConfiguration as JsonObject | undefined;
}
