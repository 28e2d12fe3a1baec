/**
 * A whole world as rows at one time: for a store that begins with a world that is there already, for seeding, and for tests, which compare it with what
 * was written change by change.
 */
import type { World } from "../world.ts";
import { tally } from "./changes.ts";
import { idKey } from "../limits.ts";
import { jobRow, jobScheduleRow, specialKey, specialRow } from "./rows/jobs.ts";
import { nodeRow, startTaskRow } from "./rows/nodes.ts";
import { nodeKey } from "./rows/places.ts";
import { poolRow } from "./rows/pools.ts";
import { MadeTexts, stateText } from "./rows/tasks.ts";
import { worldRow } from "./rows/world.ts";
import type { RowChange, RunRow, TaskChange, WorldChanges } from "./tables.ts";
import { toText } from "./text.ts";

/** Every row of the world but its samples, which only their own table holds. */
export function snapshotWorld(world: World): WorldChanges {
  const rows: RowChange[] = [];
  const tasks: TaskChange[] = [];
  const runs: RunRow[] = [];
  const made = new MadeTexts();
  for (const pool of world.pools.values()) {
    rows.push({ table: "pool", key: pool.key, body: toText(poolRow(pool)) });
    if (pool.tasks.succeeded + pool.tasks.failed > 0) rows.push(tally(pool));
    const first = pool.evaluationNumber - pool.autoScaleRuns.length + 1;
    for (const [i, record] of pool.autoScaleRuns.entries())
      runs.push({ pool: pool.key, number: first + i, body: toText(record), kept: world.settings.autoScaleRunsKept });
    for (const node of pool.nodes.values()) {
      rows.push({ table: "node", key: nodeKey(node), body: JSON.stringify(nodeRow(node)) });
      const startTask = startTaskRow(node);
      if (startTask !== undefined) rows.push({ table: "startTask", key: nodeKey(node), body: toText(startTask) });
    }
  }
  for (const schedule of world.jobSchedules.values())
    rows.push({ table: "jobSchedule", key: schedule.key, body: toText(jobScheduleRow(schedule)) });
  for (const job of world.jobs.values()) {
    rows.push({ table: "job", key: job.key, body: toText(jobRow(job)) });
    if (job.taskSequence > 0) rows.push(tally(job));
    for (const run of [...job.preparations.values(), ...job.releases.values()])
      rows.push({ table: "special", key: specialKey(run), body: toText(specialRow(run)) });
    for (const [key, sequence] of job.dependencies?.forgotten ?? [])
      rows.push({ table: "forgotten", key: `${job.key}/${idKey(key)}`, body: String(sequence) });
    for (const task of job.tasks.values())
      tasks.push({ job: job.key, number: task.sequence, made: made.of(task), state: stateText(task) });
  }
  // Tasks that are removed while their attempts still hold slots.
  for (const { task } of world.attempts)
    if (task.gone) tasks.push({ job: task.job.key, number: task.sequence, made: made.of(task), state: stateText(task) });
  return { world: toText(worldRow(world)), poolsGone: [], jobsGone: [], rows, tasks, runs, samples: [] };
}
