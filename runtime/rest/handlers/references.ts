/** What a pool or task refers to must be there: certificates and application packages of the account (P-14, L-23). */
import type { Call, JsonObject } from "../call.ts";
import { BatchError, badProperty, repeated } from "../errors.ts";
import { type ApplicationRecord, applicationOf, spelled } from "./applicationRecords.ts";
import { certificateOf } from "./certificateRecords.ts";
import { refuseLinuxPackages } from "./linuxPackages.ts";
import { objects, text } from "./read.ts";

/** Package references of a pool (P-14). */
const PACKAGES_MAX = 10;

/** Throws 400 or 409 for what does not resolve; `place` is the path to the body with a dot at its end, or "". */
export function checkReferences(call: Call, body: JsonObject, place: string): void {
  refuseLinuxPackages(call, body, place);
  checkPackages(call, objects(body, "applicationPackageReferences"), `${place}applicationPackageReferences`);
  const missing = (objects(body, "certificateReferences") ?? []).filter((reference) => {
    const algorithm = text(reference, "thumbprintAlgorithm") ?? "";
    return certificateOf(call.service.records, algorithm, text(reference, "thumbprint") ?? "") === undefined;
  });
  if (missing.length === 0) return;
  throw new BatchError(
    "InvalidCertificateReferences",
    "One or more certificates that the pool refers to are not in the account.",
    missing.map((reference) => ({
      key: repeated(text(reference, "thumbprint") ?? ""),
      value: "The certificate was not found.",
    })),
  );
}

/** Each must name an application, and a version of it that is there, or have a default version to fall back to. */
export function checkPackages(call: Call, references: readonly JsonObject[] | undefined, place: string): void {
  if (references === undefined || references.length === 0) return;
  if (references.length > PACKAGES_MAX) throw badProperty(place, references.length, `at most ${PACKAGES_MAX} packages`);
  const wrong: { key: string; value: string }[] = [];
  for (const reference of references) {
    const id = text(reference, "applicationId") ?? "";
    const version = text(reference, "version");
    const application = applicationOf(call.service.records, id);
    if (application === undefined)
      wrong.push({ key: repeated(id), value: "The specified application package does not exist." });
    else if (version === undefined && application.defaultVersion === undefined)
      wrong.push({ key: repeated(id), value: "The application has no default version; name a version." });
    else if (version !== undefined && spelled(application.pending, version) !== undefined && !isActive(application, version))
      wrong.push({ key: repeated(id), value: `The package of version ${repeated(version)} has not been activated.` });
    else if (version !== undefined && !isActive(application, version))
      wrong.push({ key: repeated(id), value: `The application has no version ${repeated(version)}.` });
  }
  if (wrong.length > 0)
    throw new BatchError(
      "InvalidApplicationPackageReferences",
      "One or more application package references could not be satisfied.",
      wrong,
    );
}

const isActive = ({ versions }: ApplicationRecord, version: string) => spelled(versions, version) !== undefined;
