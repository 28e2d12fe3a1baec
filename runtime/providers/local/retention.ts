/** How long the files of a job preparation task stay on a node: for as long as the job goes on, and its retention time after that (J-64). */
import type { SpecialDetails } from "../../agent/run/details.ts";
import type { Job } from "../../core/job.ts";
import { taskDirectory } from "../taskDirectories.ts";
import type { Host } from "./hosts.ts";
import type { LocalState } from "./state.ts";

/** Tells the agent when the directory goes; nothing while the job has not ended, or where files are kept for ever. Twice is harmless. */
export function retainPreparation(host: Host, job: Job, state: LocalState): void {
  const { preparation } = job.spec;
  if (preparation === undefined || job.endAt === undefined) return;
  const { now, retentionMs, timeScale } = state.options;
  const keptMs = (preparation.opaque as SpecialDetails | undefined)?.retentionMs ?? retentionMs;
  const leftMs = Math.max(0, job.endAt + keptMs - now()) / timeScale;
  if (leftMs === Number.POSITIVE_INFINITY) return;
  state.tell({ kind: "Retain", node: host.name, directory: taskDirectory(job, preparation.id), retentionMs: leftMs });
}
