/** A pool of the wire as the core's spec: what the core reads becomes its fields, the rest is checked and carried along (P-01 to P-14, P-170 to P-175). */
import type { PoolDetails } from "../../../agent/details.ts";
import type { AddPoolSpec } from "../../../core/pool.ts";
import { coresOf } from "../../../core/vmSizes.ts";
import type { Call, JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { checkImage } from "../images.ts";
import { checkReferences } from "../references.ts";
import { durationMs, flag, given, object, objects, picked, text, whole, word } from "../read.ts";
import { checkMetadata } from "./command.ts";
import { checkNetwork } from "./network.ts";
import { startTaskSpec } from "./startTask.ts";

const DETAILS = [
  "virtualMachineConfiguration",
  "networkConfiguration",
  "certificateReferences",
  "applicationPackageReferences",
  "applicationLicenses",
  "userAccounts",
  "metadata",
  "mountConfiguration",
  "targetNodeCommunicationMode",
  "upgradePolicy",
  "resourceTags",
] as const;

/** P-06: sizes that never were available to pools. Premium-storage sizes were refused in 2017 and are not any more. */
const UNSUPPORTED: ReadonlySet<string> = new Set(["standard_a0", "basic_a0", "extrasmall", "a0"]);
const UNSUPPORTED_IN_CLOUD_SERVICES: ReadonlySet<string> = new Set(["standard_a1_v2", "standard_a2_v2"]);

/** AddPoolSpec of a PoolAddParameter or of an auto pool's PoolSpecification; `place` is the path to it with a dot at its end, or "". */
export function poolSpec(call: Call, body: JsonObject, place = ""): Omit<AddPoolSpec, "id"> {
  const configuration = configurationOf(body, place);
  const vmSize = text(body, "vmSize") ?? "";
  const nodeFillType = word<"spread" | "pack">(object(body, "taskSchedulingPolicy"), "nodeFillType");
  checkMetadata(objects(body, "metadata"), `${place}metadata`);
  checkNetwork(object(body, "networkConfiguration"), `${place}networkConfiguration`);
  checkUsers(objects(body, "userAccounts"), `${place}userAccounts`);
  checkReferences(call, body, place);
  return {
    vmSize,
    coresPerNode: cores(vmSize, configuration, place),
    ...given("displayName", text(body, "displayName")),
    ...given("taskSlotsPerNode", whole(body, "taskSlotsPerNode")),
    ...given("nodeFillType", nodeFillType),
    ...given("enableInterNodeCommunication", flag(body, "enableInterNodeCommunication")),
    ...given("resizeTimeoutMs", durationMs(body, "resizeTimeout")),
    ...given("targetDedicatedNodes", whole(body, "targetDedicatedNodes")),
    ...given("targetLowPriorityNodes", whole(body, "targetLowPriorityNodes")),
    ...given("enableAutoScale", flag(body, "enableAutoScale")),
    ...given("autoScaleFormula", text(body, "autoScaleFormula")),
    ...given("autoScaleEvaluationIntervalMs", durationMs(body, "autoScaleEvaluationInterval")),
    configuration,
    ...given("osVersion", text(object(body, "cloudServiceConfiguration"), "osVersion")),
    ...given("startTask", startTaskSpec(object(body, "startTask"), `${place}startTask`)),
    ...given("opaque", poolDetails(body)),
  };
}

function poolDetails(body: JsonObject): PoolDetails | undefined {
  const details = picked<PoolDetails>(body, DETAILS);
  const cloud = object(body, "cloudServiceConfiguration");
  if (cloud === undefined) return details;
  return { ...details, cloudServiceConfiguration: { osFamily: text(cloud, "osFamily") ?? "" } };
}

/** P-01, P-03, P-04: one of the two, complete and consistent. */
function configurationOf(body: JsonObject, place: string): "cloudService" | "virtualMachine" {
  const cloud = object(body, "cloudServiceConfiguration");
  const machine = object(body, "virtualMachineConfiguration");
  if (cloud !== undefined && machine !== undefined)
    throw badProperty(`${place}virtualMachineConfiguration`, machine, "not together with cloudServiceConfiguration");
  if (cloud !== undefined) {
    const family = text(cloud, "osFamily") ?? "";
    if (!/^[2-7]$/.test(family))
      throw badProperty(`${place}cloudServiceConfiguration.osFamily`, family, "a family from 2 to 7");
    return "cloudService";
  }
  const at = `${place}virtualMachineConfiguration`;
  if (machine === undefined)
    throw badProperty(at, undefined, "this or cloudServiceConfiguration is required", "MissingRequiredProperty");
  checkImage(text(machine, "nodeAgentSKUId") ?? "", object(machine, "imageReference") ?? {}, at);
  return "virtualMachine";
}

/** Cores of the size: quotas count them, and they limit the task slots (P-10, L-10). */
function cores(vmSize: string, configuration: "cloudService" | "virtualMachine", place: string): number {
  const name = vmSize.toLowerCase();
  if (UNSUPPORTED.has(name) || (configuration === "cloudService" && UNSUPPORTED_IN_CLOUD_SERVICES.has(name)))
    throw badProperty(`${place}vmSize`, vmSize, "this size is not available to pools");
  const count = vmSize.length > 64 ? undefined : coresOf(vmSize);
  if (count === undefined)
    throw badProperty(`${place}vmSize`, vmSize, "the name of a known size is required, such as standard_d2_v3");
  return count;
}

/** P-186. */
function checkUsers(users: readonly JsonObject[] | undefined, place: string): void {
  const names = new Set<string>();
  for (const [i, user] of (users ?? []).entries()) {
    const name = text(user, "name") ?? "";
    if (!/^[A-Za-z0-9_.-]{1,64}$/.test(name)) throw badProperty(`${place}[${i}].name`, name, "1 to 64 letters, digits, _ . -");
    if (names.has(name.toLowerCase()))
      throw badProperty(`${place}[${i}].name`, name, "no other user of the pool may have the name");
    names.add(name.toLowerCase());
    const linux = object(user, "linuxUserConfiguration");
    if ((linux?.uid === undefined) !== (linux?.gid === undefined))
      throw badProperty(`${place}[${i}].linuxUserConfiguration`, linux, "uid and gid together, or neither");
  }
}
