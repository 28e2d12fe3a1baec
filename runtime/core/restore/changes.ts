/** (being written) */
import type { Event } from "../protocol/events.ts";
import type { World } from "../world.ts";
import type { WorldChanges } from "./tables.ts";

export class ChangeCollector {
  private readonly world: World;
  constructor(world: World) {
    this.world = world;
  }
  note(_events: readonly Event[]): void {}
  take(): WorldChanges {
    this.world.takeChanged();
    return { world: "{}", poolsGone: [], jobsGone: [], rows: [], tasks: [], runs: [], samples: [] };
  }
}
