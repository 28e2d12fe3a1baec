/** A pool of the wire as the core's spec: what the core reads becomes its fields, the rest is checked and carried along (P-01 to P-14, P-170 to P-175). */
import type { PoolDetails } from "../../../agent/run/details.ts";
import type { AddPoolSpec } from "../../../core/pool.ts";
import { coresOf } from "../../../core/vmSizes.ts";
import { sizeRefusal } from "../../../core/vmSizeTable.ts";
import type { Call, JsonObject } from "../../call.ts";
import { badProperty } from "../../errors.ts";
import { checkFamily, resolveVersion } from "../guestOS.ts";
import { checkMachine } from "../images.ts";
import { checkReferences } from "../references.ts";
import { durationMs, flag, given, object, objects, picked, text, whole, word } from "../read.ts";
import { checkMetadata } from "./command.ts";
import { checkNetwork } from "./network.ts";
import { checkSubnet } from "./subnet.ts";
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

/** AddPoolSpec of a PoolAddParameter or of an auto pool's PoolSpecification; `place` is the path to it with a dot at its end, or "". */
export function poolSpec(call: Call, body: JsonObject, place = ""): Omit<AddPoolSpec, "id"> {
  const configuration = configurationOf(call, body, place);
  const vmSize = text(body, "vmSize") ?? "";
  const nodeFillType = word<"spread" | "pack">(object(body, "taskSchedulingPolicy"), "nodeFillType");
  checkMetadata(objects(body, "metadata"), `${place}metadata`);
  checkNetwork(object(body, "networkConfiguration"), `${place}networkConfiguration`);
  checkSubnet(call, configuration, object(body, "networkConfiguration"), `${place}networkConfiguration.subnetId`);
  checkUsers(objects(body, "userAccounts"), `${place}userAccounts`);
  checkReferences(call, body, place);
  return {
    vmSize,
    coresPerNode: cores(call, vmSize, configuration, place),
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
    ...osVersions(call, object(body, "cloudServiceConfiguration"), place),
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

/** P-01, P-03, P-04: one of the two, complete and consistent; virtual machines alone where nodes live in the owner's subscription (P-02). */
function configurationOf(call: Call, body: JsonObject, place: string): "cloudService" | "virtualMachine" {
  const cloud = object(body, "cloudServiceConfiguration");
  const machine = object(body, "virtualMachineConfiguration");
  const { poolAllocationMode, strict = false } = call.account;
  if (cloud !== undefined && machine !== undefined)
    throw badProperty(`${place}virtualMachineConfiguration`, machine, "not together with cloudServiceConfiguration");
  if (cloud !== undefined) {
    const at = `${place}cloudServiceConfiguration`;
    if (poolAllocationMode === "UserSubscription")
      throw badProperty(at, cloud, "an account in user subscription mode has no cloud services pools");
    checkFamily(text(cloud, "osFamily") ?? "", strict, `${at}.osFamily`);
    return "cloudService";
  }
  const at = `${place}virtualMachineConfiguration`;
  if (machine === undefined)
    throw badProperty(at, undefined, "this or cloudServiceConfiguration is required", "MissingRequiredProperty");
  checkMachine(call, machine, at);
  return "virtualMachine";
}

/** The release that a cloud services pool wants, and the one that its nodes get (P-04). */
function osVersions(
  call: Call,
  cloud: JsonObject | undefined,
  place: string,
): Pick<AddPoolSpec, "osVersion" | "currentOSVersion"> {
  if (cloud === undefined) return {};
  const family = checkFamily(text(cloud, "osFamily") ?? "", false, `${place}cloudServiceConfiguration.osFamily`);
  const wanted = text(cloud, "osVersion") ?? "*";
  const currentOSVersion = resolveVersion(call, family, wanted);
  return { osVersion: wanted === "*" ? wanted : currentOSVersion, currentOSVersion };
}

/** Cores of the size: quotas count them, and they limit the task slots (P-10, L-10). */
function cores(call: Call, vmSize: string, configuration: "cloudService" | "virtualMachine", place: string): number {
  const refusal = sizeRefusal(vmSize, configuration, call.account.strict === true);
  if (refusal !== undefined) throw badProperty(`${place}vmSize`, vmSize, refusal);
  return coresOf(vmSize) ?? 1;
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
