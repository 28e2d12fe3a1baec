/**
 * Typed refusals: what a command is answered when it may not be done. Codes are the service's, with its HTTP status (runtime limits and errors,
 * section 5); messages are ours and not stable. A refused command changed nothing.
 */
import { table } from "../../src/base/table.ts";

export interface RefusalRow {
  readonly name: string;
  readonly status: 400 | 403 | 404 | 409 | 412 | 413 | 500 | 503;
}

const of = (status: RefusalRow["status"], codes: string): RefusalRow[] => codes.split(" ").map((name) => ({ name, status }));

/** Every code the core can answer with. */
export const refusalRows = table<RefusalRow>([
  ...of(
    400,
    "MissingRequiredProperty InvalidPropertyValue OutOfRangeInput OutOfRangePriority InvalidAutoScalingSettings AutoScalingFormulaSyntaxError",
  ),
  ...of(
    400,
    "AutoScalingFormulaTooLong PoolVersionEqualsUpgradeVersion PoolNotEligibleForOSVersionUpgrade TaskDependenciesNotSpecifiedOnJob",
  ),
  ...of(400, "TaskDependencyListTooLong TaskDependencyRangesTooLong InvalidConstraintValue EmptyMetadataKey"),
  ...of(404, "PoolNotFound NodeNotFound JobScheduleNotFound JobNotFound TaskNotFound"),
  ...of(
    409,
    "OperationInvalidForCurrentState PoolBeingDeleted PoolBeingResized NodeBeingCreated NodeBeingStarted NodeBeingReimaged NodeBeingRebooted",
  ),
  ...of(
    409,
    "NodeStateUnusable NodeAlreadyInTargetSchedulingState OperationNotValidOnNode OperationNotValidOnPool UpgradePoolVersionConflict",
  ),
  ...of(
    409,
    "JobScheduleBeingTerminated JobScheduleBeingDeleted JobScheduleDisabled JobScheduleCompleted JobBeingTerminated JobBeingDeleted JobDisabled",
  ),
  ...of(
    409,
    "JobCompleted JobNotActive TaskCompleted TaskNotCompleted TaskSucceeded PoolExists JobScheduleExists JobExists TaskExists",
  ),
  ...of(409, "JobWithSameIdExists JobScheduleWithSameIdExists TaskIdSameAsJobPreparationTask TaskIdSameAsJobReleaseTask"),
  ...of(409, "ActiveJobAndScheduleQuotaReached PoolQuotaReached JobPreparationTaskNotSpecified JobReleaseTaskNotSpecified"),
  ...of(413, "RequestBodyTooLarge"),
  ...of(503, "TooManyEnableAutoScaleRequests"),
]);

export interface RefusalValue {
  readonly name: string;
  readonly value: string;
}

/** Why a command was not done. */
export class Refusal {
  readonly code: string;
  readonly status: RefusalRow["status"];
  readonly message: string;
  /** For a bad property: PropertyName, PropertyValue, Reason. */
  readonly values: readonly RefusalValue[];
  constructor(row: RefusalRow, message: string, values: readonly RefusalValue[]) {
    this.code = row.name;
    this.status = row.status;
    this.message = message;
    this.values = values;
  }
}

/** A refusal with a code of the table; another code is our mistake. */
export function refuse(code: string, message: string, values: readonly RefusalValue[] = []): Refusal {
  const row = refusalRows.get(code);
  if (row === undefined) throw new Error(`no refusal ${code}`);
  return new Refusal(row, message, values);
}

/** 400 for a property that has a value it may not have. The value is cut: a caller may send anything. */
export function refuseProperty(name: string, value: unknown, reason: string, code = "InvalidPropertyValue"): Refusal {
  return refuse(code, `${name}: ${reason}`, [
    { name: "PropertyName", value: name },
    // A property that is not there has no value.
    ...(value === undefined ? [] : [{ name: "PropertyValue", value: String(value).slice(0, 80) }]),
    { name: "Reason", value: reason },
  ]);
}
