/** Room for restarted job managers (J-52). */
import type { Pool } from "../pool.ts";
import type { World } from "../world.ts";
export function makeRoomForManagers(_world: World, _pool: Pool): void {}
