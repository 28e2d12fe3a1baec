/**
 * Application packages of this machine: `<data>/packages/<application>/<version>.zip`, put there by whoever runs the service, since adding them is no
 * operation of the Batch service itself. Which version a reference without one means is the application's record's matter, asked through `resolve`.
 */
import { join } from "node:path";
import type { ApplicationPackageReference } from "../../agent/details.ts";
import type { Environment } from "./environment.ts";

/** Where packages lie, and which version counts when none is named. */
export interface PackageShelf {
  /** `<data>/packages`. */
  readonly directory: string;
  /** The default version of an application; undefined when it has none, or there is no such application. */
  readonly defaultVersion: (applicationId: string) => string | undefined;
}

/** One package that a node or task is to have. */
interface WantedPackage {
  /** Absolute path of the zip file, which may not exist: then the agent says so. */
  readonly zip: string;
  /** Its directory under `applications` of the node. */
  readonly directory: string;
  /** Variables that name the directory (T-80). */
  readonly variables: readonly string[];
}

/** One part of a path, whatever a client has written. */
const asPart = (text: string) => text.replace(/[^\w.-]/g, "_").replace(/^\.+/, "_");
/** In names of variables on Linux `.`, `-` and `#` become `_`, and case is kept. */
const asVariable = (text: string) => text.replace(/[.#-]/g, "_");

/** What the references mean, in their order. A version that cannot be had is named all the same; installing it then fails with its name. */
export function wantedPackages(
  shelf: PackageShelf,
  references: readonly ApplicationPackageReference[] | undefined,
): WantedPackage[] {
  return (references ?? []).map(({ applicationId, version }) => {
    const found = version ?? shelf.defaultVersion(applicationId) ?? "no-default-version";
    const variable = `AZ_BATCH_APP_PACKAGE_${asVariable(applicationId)}`;
    const versioned = `${variable}_${asVariable(found)}`;
    return {
      zip: join(shelf.directory, asPart(applicationId), `${asPart(found)}.zip`),
      directory: `${asPart(applicationId)}_${asPart(found)}`,
      variables: version === undefined ? [versioned, variable] : [versioned],
    };
  });
}

/** `root`: absolute path of the node's root. */
export function packageEnvironment(root: string, packages: readonly WantedPackage[]): Environment {
  return packages.flatMap(({ directory, variables }) =>
    variables.map((name): [string, string] => [name, join(root, "applications", directory)]),
  );
}
