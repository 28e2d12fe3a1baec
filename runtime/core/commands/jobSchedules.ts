/** Commands on jobSchedules. */
import type { Outcome } from "../answers.ts";
import type { JobScheduleCommand } from "../protocol/commands.ts";
import type { World } from "../world.ts";

export function jobScheduleCommand(_world: World, _command: JobScheduleCommand): Outcome {
  return undefined;
}
