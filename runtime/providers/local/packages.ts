/**
 * Application packages of this machine: `<data>/packages/<application>/<version>.zip`, put there by whoever runs the service, since adding them is no
 * operation of the Batch service itself. Which package a reference means (its spelling, the default version) is the records' matter, asked through the
 * shelf.
 */
import { join } from "node:path";
import type { ApplicationPackageReference } from "../../agent/run/details.ts";
import type { Pool } from "../../core/pool.ts";
import { isWindows } from "../operatingSystem.ts";
import type { Environment } from "./environment.ts";

/** Where packages lie, and which one a reference means. */
export interface PackageShelf {
  /** `<data>/packages`. */
  readonly directory: string;
  /** Id and version as they are spelled on the shelf; `version` undefined: the default one. Undefined when there is no such package, or no more. */
  readonly find: (
    applicationId: string,
    version: string | undefined,
  ) => { readonly id: string; readonly version: string } | undefined;
}

/** One package that a node or task is to have. */
export interface WantedPackage {
  /** Absolute path of the zip file, which may not exist: then the agent says so. */
  readonly zip: string;
  /** Its directory under `applications` of the node. */
  readonly directory: string;
  /** Variables that name the directory (T-80). */
  readonly variables: readonly string[];
  /** The same on Windows nodes. */
  readonly windowsVariables: readonly string[];
}

/** Where the zip file of a package lies on a shelf; any texts are good. */
export function zipOnShelf(directory: string, applicationId: string, version: string): string {
  return join(directory, asPart(applicationId), `${asPart(version)}.zip`);
}

/** One part of a path, whatever a client has written. */
const asPart = (text: string) => text.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
/** In names of variables on Linux `.`, `-` and `#` become `_`, and case is kept; on Windows the id is in capitals and the version after a `#`. */
const asVariable = (text: string) => text.replace(/[.#-]/g, "_");

/** What the references mean, in their order. A version that cannot be had is named all the same; installing it then fails with its name. */
export function wantedPackages(
  shelf: PackageShelf,
  references: readonly ApplicationPackageReference[] | undefined,
): WantedPackage[] {
  return (references ?? []).map(({ applicationId, version }) => {
    const found = shelf.find(applicationId, version) ?? { id: applicationId, version: version ?? "no-default-version" };
    const variable = `AZ_BATCH_APP_PACKAGE_${asVariable(applicationId)}`;
    // As the reference spells it: that is what the command line was written with.
    const versioned = `${variable}_${asVariable(version ?? found.version)}`;
    const onWindows = `AZ_BATCH_APP_PACKAGE_${applicationId.toUpperCase()}`;
    const windowsVersioned = `${onWindows}#${version ?? found.version}`;
    return {
      zip: zipOnShelf(shelf.directory, found.id, found.version),
      directory: `${asPart(found.id)}_${asPart(found.version)}`,
      variables: version === undefined ? [versioned, variable] : [versioned],
      windowsVariables: version === undefined ? [windowsVersioned, onWindows] : [windowsVersioned],
    };
  });
}

/** `root`: absolute path of the node's root. */
export function packageEnvironment(root: string, packages: readonly WantedPackage[], pool: Pool): Environment {
  const windows = isWindows(pool);
  return packages.flatMap(({ directory, variables, windowsVariables }) =>
    (windows ? windowsVariables : variables).map((name): [string, string] => [name, join(root, "applications", directory)]),
  );
}
