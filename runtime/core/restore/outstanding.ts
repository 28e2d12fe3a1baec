/**
 * What a restored world waits for. An effect is performed after the commit that decided it, so a crash in between loses it; and a provider that was
 * away may have forgotten. All effects whose answer is still awaited are asked for again: each is one the provider may be told twice.
 */
import type { Effect } from "../protocol/effects.ts";
import type { World } from "../world.ts";

export function outstandingEffects(_world: World): Effect[] {
  return [];
}
