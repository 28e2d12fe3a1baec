/**
 * As whom a command runs (P-185, P-186, T-86): what its `userIdentity` says, read against the pool's `userAccounts`. Without an identity it is the automatic
 * user of the pool that is not elevated. On Linux the service makes one automatic user a pool; a task that asks for one of its own gets it here (a
 * decision: it asked to be kept apart).
 */
import type { PoolDetails, UserIdentity } from "../../agent/run/details.ts";
import type { RunUser } from "../../agent/protocol.ts";
import type { Pool } from "../../core/pool.ts";
import type { MachineSettings } from "./machineSettings.ts";

/** What a run's description says of it. */
export interface Identity {
  readonly elevated: boolean;
  readonly user?: RunUser;
  readonly refused?: string;
}

/** UserAccount of the wire, as far as it is read. */
interface UserAccount {
  readonly name: string;
  readonly elevationLevel?: string;
  readonly linuxUserConfiguration?: { readonly uid?: number; readonly gid?: number };
}

const isAdmin = (level: string | undefined) => level?.toLowerCase() === "admin";

/**
 * The user for an identity on a node of the pool. `isTask`: it is a task's own command; directories of start, preparation and release tasks are for all of
 * the node to read (T-86).
 */
export function identityOf(
  identity: UserIdentity | undefined,
  pool: Pool,
  machines: MachineSettings,
  isTask: boolean,
): Identity {
  const { username, autoUser } = identity ?? {};
  const accounts = ((pool.spec.opaque as PoolDetails | undefined)?.userAccounts ?? []) as readonly UserAccount[];
  const account = username === undefined ? undefined : accounts.find(({ name }) => name === username);
  if (username !== undefined && account === undefined)
    return { elevated: false, refused: `The pool ${pool.id} has no user account ${JSON.stringify(username)}.` };
  const { uid, gid } = account?.linuxUserConfiguration ?? {};
  // Whoever has root's number is root, by whatever name.
  const elevated = isAdmin(account === undefined ? autoUser?.elevationLevel : account.elevationLevel) || uid === 0;
  if (elevated && machines.elevation === "refuse")
    return { elevated, refused: "It asks for an elevated user, and this service was started with --elevation refuse." };
  const { taskUsers } = machines;
  if (taskUsers === undefined) return { elevated };
  const scope = account !== undefined ? "named" : autoUser?.scope?.toLowerCase() === "task" ? "task" : "pool";
  return {
    elevated,
    user: {
      scope,
      name: account?.name ?? (scope === "task" ? "batchtask" : "batchpool"),
      isPrivate: scope === "task" && isTask,
      elevated,
      numbers: taskUsers,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    },
  };
}
