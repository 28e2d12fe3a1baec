/**
 * The language spoken with the core. In: commands (people and programs want something), reports (providers and agents tell what happened),
 * the timer (time has passed). Out: events (what happened, past tense), effects (what is to be done outside, imperative).
 */
export type { Command, JobCommand, JobScheduleCommand, NodeCommand, PoolCommand, TaskCommand } from "./protocol/commands.ts";
export type { Effect } from "./protocol/effects.ts";
export type { Event } from "./protocol/events.ts";
export type { Report } from "./protocol/reports.ts";
import type { Command } from "./protocol/commands.ts";
import type { Report } from "./protocol/reports.ts";

/** Fires whatever is due; a step with any other input fires nothing by itself, so the host sends it when `nextDueAt` has come. */
export interface TimeInput {
  readonly kind: "TimePassed";
}

export type Input = Command | Report | TimeInput;
