/**
 * Applications as small durable documents (L-20 to L-23). The Batch service itself only lists them; they are made by the management operations, or found as
 * files in the data directory. Ids and versions keep their case and are compared without it.
 */
import type { Records } from "../../host/records.ts";

/** Kind of the documents; the key is the id in lower case. */
export const APPLICATION = "application";

/** One application, as it is kept. */
export interface ApplicationRecord {
  readonly id: string;
  readonly displayName?: string;
  /** What a reference without a version means; absent: such a reference is refused. */
  readonly defaultVersion?: string;
  /** Versions that can be referenced: their package is there and active. */
  readonly versions: readonly string[];
  /** Whether a package may be uploaded anew under a version that is there; absent: yes. */
  readonly allowUpdates?: boolean;
  /** Versions that wait for their upload to be activated. */
  readonly pending?: readonly string[];
  /** When a version was activated, milliseconds since 1970, by version; one that was found as a file has none. */
  readonly activatedAt?: Readonly<Record<string, number>>;
  /** Made or changed by a management operation: what the data directory says of defaults is no longer asked. */
  readonly isManaged?: boolean;
}

/** The application of this id, if there is one. */
export function applicationOf(records: Records, id: string): ApplicationRecord | undefined {
  return records.get(APPLICATION, id.toLowerCase()) as ApplicationRecord | undefined;
}

/** All applications in the order in which they were added. */
export function applications(records: Records): ApplicationRecord[] {
  return records.list(APPLICATION).map(([, document]) => document as ApplicationRecord);
}

/** Keeps an application; resolves when it is durable. */
export function keepApplication(records: Records, application: ApplicationRecord): Promise<void> {
  return records.put(APPLICATION, application.id.toLowerCase(), application);
}

/** A package that can be referenced: application and version as they were spelled when they were made. */
export interface FoundPackage {
  readonly id: string;
  readonly version: string;
}

/** What a reference means; `version` undefined: the default one. Undefined when there is no such application or active version. */
export function packageOf(records: Records, id: string, version: string | undefined): FoundPackage | undefined {
  const application = applicationOf(records, id);
  const wanted = version ?? application?.defaultVersion;
  const found = application === undefined || wanted === undefined ? undefined : spelled(application.versions, wanted);
  return application === undefined || found === undefined ? undefined : { id: application.id, version: found };
}

/** The version among these that is this one but for case. */
export function spelled(versions: readonly string[] | undefined, version: string): string | undefined {
  const lower = version.toLowerCase();
  return versions?.find((each) => each.toLowerCase() === lower);
}
