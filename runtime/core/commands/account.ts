/** Commands on the account itself: its quotas (L-05). */
import { emit } from "../apply.ts";
import type { AccountCommand } from "../protocol/commands.ts";
import { type Refusal, refuseProperty } from "../refusals.ts";
import type { Quotas } from "../settings.ts";
import type { World } from "../world.ts";

/** Sets the quotas that are given; each a whole number of at least 0, or Infinity for none. */
export function setQuotas(world: World, command: AccountCommand): Refusal | undefined {
  const quotas: Quotas = { ...world.quotas };
  for (const name of Object.keys(quotas) as (keyof Quotas)[]) {
    const value: unknown = command.quotas[name];
    if (value === undefined) continue;
    const whole = typeof value === "number" && value >= 0 && (Number.isInteger(value) || value === Number.POSITIVE_INFINITY);
    if (!whole) return refuseProperty(name, value, "a whole number from 0, or Infinity");
    quotas[name] = value as number;
  }
  emit(world, { kind: "QuotasChanged", quotas });
  return undefined;
}
