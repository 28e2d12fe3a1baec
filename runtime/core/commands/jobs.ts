/** Commands on jobs. */
import type { Outcome } from "../answers.ts";
import type { JobCommand } from "../protocol/commands.ts";
import type { World } from "../world.ts";

export function jobCommand(_world: World, _command: JobCommand): Outcome {
  return undefined;
}
