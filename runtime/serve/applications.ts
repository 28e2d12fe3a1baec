/**
 * Applications of this machine: `<data>/packages/<application>/<version>.zip`, read when the service starts. Adding packages is no operation of the Batch
 * service, so the directory is where they are added; the file `default` beside them names the default version, otherwise it is the highest.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Records } from "../host/records.ts";
import { APPLICATION, type ApplicationRecord, applicationOf, applications } from "../rest/handlers/applicationRecords.ts";

/** Makes the records agree with the directory. */
export async function readApplications(directory: string, records: Records): Promise<void> {
  const found = new Map<string, ApplicationRecord>();
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory()) found.set(entry.name.toLowerCase(), applicationIn(join(directory, entry.name), entry.name));
  const changes: Promise<void>[] = [];
  for (const { id } of applications(records))
    if (!found.has(id.toLowerCase())) changes.push(records.delete(APPLICATION, id.toLowerCase()));
  for (const [key, application] of found)
    if (JSON.stringify(applicationOf(records, key)) !== JSON.stringify(application))
      changes.push(records.put(APPLICATION, key, application));
  await Promise.all(changes);
}

function applicationIn(directory: string, id: string): ApplicationRecord {
  const versions = readdirSync(directory)
    .filter((name) => name.endsWith(".zip"))
    .map((name) => name.slice(0, -".zip".length))
    .sort(byNumbers);
  const defaultVersion = namedDefault(directory) ?? versions[versions.length - 1];
  return { id, ...(defaultVersion === undefined ? {} : { defaultVersion }), versions };
}

function namedDefault(directory: string): string | undefined {
  try {
    const name = readFileSync(join(directory, "default"), "utf8").trim();
    return name === "" ? undefined : name;
  } catch {
    return undefined;
  }
}

/** 1.9 before 1.10. */
const { compare } = new Intl.Collator("en", { numeric: true });
function byNumbers(a: string, b: string): number {
  return compare(a, b);
}
