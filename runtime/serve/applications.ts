/**
 * Applications as a start finds them: `<data>/packages/<application>/<version>.zip` is what there is, whoever put it there. An application that only lies
 * there has the default version that the file `default` beside its packages names, otherwise its highest; one that was made by the management
 * operations keeps what these said, as far as its packages are still there.
 */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Records } from "../host/records.ts";
import {
  APPLICATION,
  type ApplicationRecord,
  applicationOf,
  applications,
  spelled,
} from "../rest/handlers/applicationRecords.ts";

/** Makes the records agree with the directory. */
export async function readApplications(directory: string, records: Records): Promise<void> {
  const found = new Map<string, ApplicationRecord>();
  for (const entry of readdirSync(directory, { withFileTypes: true }))
    if (entry.isDirectory() && !entry.name.startsWith(".")) {
      const key = entry.name.toLowerCase();
      found.set(key, applicationIn(join(directory, entry.name), entry.name, applicationOf(records, key)));
    }
  const changes: Promise<void>[] = [];
  for (const application of applications(records)) {
    const key = application.id.toLowerCase();
    if (found.has(key)) continue;
    if (application.isManaged === true) found.set(key, agreed(application, []));
    else changes.push(records.delete(APPLICATION, key));
  }
  for (const [key, application] of found)
    if (JSON.stringify(applicationOf(records, key)) !== JSON.stringify(application))
      changes.push(records.put(APPLICATION, key, application));
  await Promise.all(changes);
}

function applicationIn(directory: string, id: string, known: ApplicationRecord | undefined): ApplicationRecord {
  const names = readdirSync(directory);
  // What was on its way when the service was killed.
  for (const name of names) if (name.endsWith(".part")) rmSync(join(directory, name), { force: true });
  const versions = names
    .filter((name) => name.endsWith(".zip") && !name.startsWith("."))
    .map((name) => name.slice(0, -".zip".length))
    .sort(byNumbers);
  if (known?.isManaged === true) return agreed(known, versions);
  const defaultVersion = namedDefault(directory) ?? versions[versions.length - 1];
  return { id, ...(defaultVersion === undefined ? {} : { defaultVersion }), versions };
}

/** What was said of an application, with the packages that there are. */
function agreed(known: ApplicationRecord, versions: readonly string[]): ApplicationRecord {
  const { defaultVersion, ...rest } = known;
  const isThere = defaultVersion !== undefined && spelled(versions, defaultVersion) !== undefined;
  return { ...rest, ...(isThere ? { defaultVersion } : {}), versions };
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
