/** Commands on tasks. */
import type { Outcome } from "../answers.ts";
import type { TaskCommand } from "../protocol/commands.ts";
import type { World } from "../world.ts";

export function taskCommand(_world: World, _command: TaskCommand): Outcome {
  return undefined;
}
