/**
 * Applications as small durable documents. The Batch service itself only lists them; they are put there by whoever runs this service, together with the
 * package files. Ids are compared without case (L-20 to L-23).
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
  /** Versions whose package is there. */
  readonly versions: readonly string[];
}

/** The application of this id, if there is one. */
export function applicationOf(records: Records, id: string): ApplicationRecord | undefined {
  return records.get(APPLICATION, id.toLowerCase()) as ApplicationRecord | undefined;
}

/** All applications in the order in which they were added. */
export function applications(records: Records): ApplicationRecord[] {
  return records.list(APPLICATION).map(([, document]) => document as ApplicationRecord);
}
