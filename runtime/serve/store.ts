/** The store of a service and the world that is in it: a file of the data directory, or memory. */
import { chmodSync, closeSync, openSync } from "node:fs";
import type { World, WorldOptions } from "../core/world.ts";
import { World as NewWorld } from "../core/world.ts";
import { restoreWorld } from "../core/restore/restore.ts";
import { MemoryPersistence } from "../persistence/memory.ts";
import type { Persistence, Stored } from "../persistence/persistence.ts";
import type { DataDirectory } from "./dataDirectory.ts";

/** A store, what it held when it was opened, and the world made of that. */
interface OpenStore {
  readonly persistence: Persistence;
  readonly stored: Stored;
  readonly world: World;
}

/** Opens and reads. Throws StoreError or RestoreError for a store that cannot be used. */
export async function openStore(directory: DataDirectory, options: WorldOptions): Promise<OpenStore> {
  let persistence: Persistence | undefined;
  try {
    persistence = directory.temporary ? new MemoryPersistence() : await openFile(directory);
    const stored = persistence.load();
    const world = stored.world === undefined ? new NewWorld(options) : restoreWorld(stored.world, options);
    // Quotas are this start's to say, whatever an earlier one said.
    Object.assign(world.quotas, options.quotas);
    return { persistence, stored, world };
  } catch (error) {
    persistence?.close();
    throw error;
  }
}

/** Loaded only by whoever has a file: the database is a native library. */
async function openFile(directory: DataDirectory): Promise<Persistence> {
  const { SqlitePersistence } = await import("../persistence/sqlite.ts");
  // Certificates and their passwords are in it; what the database writes beside it gets the same mode.
  try {
    closeSync(openSync(directory.database, "a", 0o600));
    chmodSync(directory.database, 0o600);
  } catch {
    // Whoever opens it next says what is wrong with it.
  }
  return new SqlitePersistence(directory.database);
}
