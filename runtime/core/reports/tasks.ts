/** Reports about tasks, preparation and release tasks. */
import type { TaskReport } from "../protocol/reports.ts";
import type { World } from "../world.ts";

export function taskReport(_world: World, _report: TaskReport): void {}
