/**
 * Errors on the wire: the codes with their status, the one exception that handlers and the frame throw, and the body it becomes. Codes are the service's
 * and stable, texts are ours and not. A code whose status depends on the case (ConditionNotMet) has the usual one here; the thrower may name another.
 */
import { table } from "../../src/base/table.ts";
import type { Refusal } from "../core/refusals.ts";

/** A code and the HTTP status it usually has. */
interface ErrorRow {
  readonly name: string;
  readonly status: number;
}

const of = (status: number, codes: string): ErrorRow[] => codes.split(" ").map((name) => ({ name, status }));

/** Every code an answer can carry (runtime limits and errors, section 5), with its HTTP status. */
export const errorRows = table<ErrorRow>([
  ...of(400, "MissingRequiredHeader UnsupportedHeader InvalidHeaderValue MultipleConditionHeadersNotSupported"),
  ...of(
    400,
    "MissingRequiredQueryParameter UnsupportedQueryParameter InvalidQueryParameterValue OutOfRangeQueryParameterValue",
  ),
  ...of(
    400,
    "MissingRequiredProperty UnsupportedProperty InvalidPropertyValue InvalidRequestBody OutOfRangeInput InvalidInput",
  ),
  ...of(400, "RequestUrlFailedToParse InvalidUri InvalidHttpVerb InvalidAuthenticationInfo UnsupportedRequestVersion"),
  ...of(
    400,
    "EmptyMetadataKey InvalidMetadata MetadataTooLarge InvalidConstraintValue UnsupportedConstraint OutOfRangePriority",
  ),
  ...of(400, "InvalidAutoScalingSettings AutoScalingFormulaSyntaxError AutoScalingFormulaTooLong"),
  ...of(400, "OSVersionNotFound OSVersionDisabled OSVersionExpired PoolVersionEqualsUpgradeVersion"),
  ...of(400, "PoolNotEligibleForOSVersionUpgrade InvalidRestAPIForAccountSetting"),
  ...of(400, "TaskDependenciesNotSpecifiedOnJob TaskDependencyListTooLong TaskDependencyRangesTooLong"),
  ...of(401, "Unauthorized"),
  ...of(403, "AuthenticationFailed InsufficientAccountPermissions AccountIsDisabled Forbidden IOError"),
  ...of(
    404,
    "ResourceNotFound PoolNotFound NodeNotFound JobScheduleNotFound JobNotFound TaskNotFound FileNotFound PathNotFound",
  ),
  ...of(404, "NodeUserNotFound CertificateNotFound JobPreparationTaskNotRunOnNode JobReleaseTaskNotRunOnNode"),
  ...of(404, "NodeAgentSKUNotFound ApplicationNotFound"),
  ...of(405, "UnsupportedHttpVerb"),
  ...of(408, "RequestTimeout"),
  ...of(
    409,
    "OperationInvalidForCurrentState PoolBeingDeleted PoolBeingResized PoolBeingCreated NodeBeingCreated NodeBeingStarted",
  ),
  ...of(
    409,
    "NodeBeingReimaged NodeBeingRebooted NodeStateUnusable NodeAlreadyInTargetSchedulingState OperationNotValidOnNode",
  ),
  ...of(409, "OperationNotValidOnPool UpgradePoolVersionConflict JobScheduleBeingTerminated JobScheduleBeingDeleted"),
  ...of(
    409,
    "JobScheduleDisabled JobScheduleCompleted JobBeingTerminated JobBeingDeleted JobDisabled JobCompleted JobNotActive",
  ),
  ...of(409, "TaskCompleted TaskNotCompleted TaskSucceeded TaskFilesUnavailable TaskFilesCleanedup CertificateBeingDeleted"),
  ...of(409, "CertificateStateActive PoolExists JobScheduleExists JobExists TaskExists NodeUserExists CertificateExists"),
  ...of(409, "JobWithSameIdExists JobScheduleWithSameIdExists TaskIdSameAsJobPreparationTask TaskIdSameAsJobReleaseTask"),
  ...of(
    409,
    "ActiveJobAndScheduleQuotaReached PoolQuotaReached InvalidApplicationPackageReferences InvalidCertificateReferences",
  ),
  ...of(409, "JobPreparationTaskNotSpecified JobReleaseTaskNotSpecified JobPreparationTaskOrReleaseTaskNotSpecified"),
  ...of(409, "StorageAccountNotFound"),
  ...of(411, "MissingContentLengthHeader"),
  ...of(412, "ConditionNotMet"),
  ...of(413, "RequestBodyTooLarge"),
  ...of(416, "InvalidRange"),
  ...of(429, "TooManyRequests"),
  ...of(500, "InternalError OperationTimedOut"),
  ...of(503, "ServerBusy TooManyEnableAutoScaleRequests"),
]);

/** A detail of an error: what was wrong and why. */
interface ErrorValue {
  readonly key: string;
  readonly value: string;
}

/** Longest part of a caller's text that an error repeats. */
const REPEATED_LENGTH_MAX = 80;

/** A caller's text, cut for showing and without control characters. */
export function repeated(text: string): string {
  const cut = text.length > REPEATED_LENGTH_MAX ? `${text.slice(0, REPEATED_LENGTH_MAX)}…` : text;
  return cut.replace(/[\x00-\x1f\x7f]/g, "?");
}

/** What a request is answered when it cannot be done. Thrown by handlers and the frame alike; a code without a row is our mistake. */
export class BatchError extends Error {
  override readonly name = "BatchError";
  readonly code: string;
  readonly status: number;
  readonly values: readonly ErrorValue[];
  /** Extra headers, `Retry-After` for instance. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: string,
    message: string,
    values: readonly ErrorValue[] = [],
    more: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    const row = errorRows.get(code);
    if (row === undefined) throw new Error(`no error code ${code}`);
    super(message);
    this.code = code;
    this.status = more.status ?? row.status;
    this.values = values;
    this.headers = more.headers ?? {};
  }
}

/** The core's refusal as an error; pairs keep their order. */
export function refused(refusal: Refusal): BatchError {
  const values = refusal.values.map(({ name, value }) => ({ key: name, value }));
  return new BatchError(refusal.code, refusal.message, values, { status: refusal.status });
}

/** 400 for a property of the body; `place` is its path, `value[3].constraints.retentionTime`. */
export function badProperty(place: string, value: unknown, reason: string, code = "InvalidPropertyValue"): BatchError {
  return new BatchError(code, `${place}: ${reason}`, [
    { key: "PropertyName", value: place },
    // A property that is not there has no value.
    ...(value === undefined ? [] : [{ key: "PropertyValue", value: shown(value) }]),
    { key: "Reason", value: reason },
  ]);
}

/** 400 for a query parameter. */
export function badQuery(name: string, value: string, reason: string, code = "InvalidQueryParameterValue"): BatchError {
  return new BatchError(code, `query parameter ${repeated(name)}: ${reason}`, [
    { key: "QueryParameterName", value: repeated(name) },
    { key: "QueryParameterValue", value: repeated(value) },
    { key: "Reason", value: reason },
  ]);
}

/** 400 for a header. */
export function badHeader(name: string, value: string, reason: string, code = "InvalidHeaderValue"): BatchError {
  return new BatchError(code, `header ${name}: ${reason}`, [
    { key: "HeaderName", value: name },
    { key: "HeaderValue", value: repeated(value) },
    { key: "Reason", value: reason },
  ]);
}

/** A value of the body as an error shows it: simple ones as they are, others by their kind, since they may be of any depth and size. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return "(an array)";
  if (typeof value === "object" && value !== null) return "(an object)";
  return repeated(String(value));
}

/** The body of an error answer. `base` is the account's URL, `time` real time. */
export function errorBody(error: BatchError, base: string, requestId: string, time: string): string {
  return JSON.stringify({
    "odata.metadata": `${base}/$metadata#Microsoft.Azure.Batch.Protocol.Entities.Container.errors/@Element`,
    code: error.code,
    message: { lang: "en-US", value: `${error.message}\nRequestId:${requestId}\nTime:${time}` },
    ...(error.values.length > 0 ? { values: error.values } : {}),
  });
}
