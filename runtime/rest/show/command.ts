/** What tasks of every kind have in common beside their command line: files, environment, identity, container (section 9 of the job rules). */
import type { CommandDetails, ResourceFile, UserIdentity } from "../../agent/run/details.ts";
import type { JsonObject } from "../call.ts";
import { withoutSecrets } from "./secrets.ts";
import { type View, wire } from "./view.ts";

/** P-185: an automatic user of pool scope without privileges, unless another was asked for. */
const DEFAULT_IDENTITY: UserIdentity = Object.freeze({
  autoUser: Object.freeze({ scope: "pool", elevationLevel: "nonadmin" }),
});

/** Shared properties in the order of the models; absent ones stay away, the identity is filled in. */
export function showCommandDetails(given: CommandDetails, view: View): JsonObject {
  return wire({
    displayName: given.displayName,
    containerSettings: given.containerSettings === undefined ? undefined : withoutSecrets(given.containerSettings),
    resourceFiles: showFiles(given.resourceFiles, view),
    environmentSettings: given.environmentSettings,
    userIdentity: showIdentity(given.userIdentity),
  });
}

/** Resource files as given; until 2018-08 what is `httpUrl` today was called `blobSource`. */
export function showFiles(files: readonly ResourceFile[] | undefined, view: View): unknown {
  if (files === undefined || !view.version.blobSource) return files;
  return files.map(({ httpUrl, ...file }) => (httpUrl === undefined ? file : { blobSource: httpUrl, ...file }));
}

/** UserIdentity with its defaults. */
function showIdentity(identity: UserIdentity | undefined): unknown {
  if (identity === undefined) return DEFAULT_IDENTITY;
  const { username, autoUser } = identity;
  if (username !== undefined) return { username };
  if (autoUser === undefined) return DEFAULT_IDENTITY;
  return { autoUser: { scope: autoUser.scope ?? "pool", elevationLevel: autoUser.elevationLevel ?? "nonadmin" } };
}
