/**
 * `weir watch [JOB]`: how far a job has come, looked at again and again until all its tasks are done; without a job every pool and job, until Ctrl-C. On a
 * terminal the view stays in place; elsewhere a line comes whenever something has changed.
 */
import { TICKS_PER_SECOND, type Ticks } from "../../../src/base/time.ts";
import { type Connection, type ConnectionOptions, connect } from "../connection.ts";
import { type ExitCode, exitCodes } from "../exitCodes.ts";
import { counted, type Output } from "../output.ts";
import { type Item, resources } from "../resources/table.ts";
import { textTable } from "../resources/textTable.ts";

export interface WatchOptions extends ConnectionOptions {
  readonly every?: Ticks;
}

interface Counts {
  readonly active: number;
  readonly running: number;
  readonly completed: number;
  readonly succeeded: number;
  readonly failed: number;
}

const EVERY_MS = 2000;

/** Follows a job, or everything. */
export async function watch(job: string | undefined, options: WatchOptions, output: Output): Promise<ExitCode> {
  const connection = connect(options, "watch");
  const everyMs = options.every === undefined ? EVERY_MS : Number((options.every * 1000n) / TICKS_PER_SECOND);
  return job === undefined ? await watchAll(connection, everyMs, output) : await watchJob(connection, job, everyMs, output);
}

async function watchJob(connection: Connection, id: string, everyMs: number, output: Output): Promise<ExitCode> {
  const path = `/jobs/${encodeURIComponent(id)}`;
  const screen = new Screen(output);
  for (;;) {
    const job = (await connection.expect("GET", path)).body as { id: string; state: string };
    const counts = countsOf((await connection.expect("GET", `${path}/taskcounts`)).body);
    const total = counts.active + counts.running + counts.completed;
    screen.show([lineOf(job, counts, total, output)]);
    const ended = job.state === "completed" || job.state === "deleting" || (total > 0 && counts.completed === total);
    if (ended) {
      screen.end();
      if (output.json) output.document({ job: job.id, state: job.state, ...counts });
      return counts.failed > 0 ? exitCodes.wrong : exitCodes.done;
    }
    await passed(everyMs);
  }
}

/** Newer versions of the API wrap the counts. */
function countsOf(body: unknown): Counts {
  const { taskCounts } = body as { taskCounts?: Counts };
  return taskCounts ?? (body as Counts);
}

function lineOf(job: { id: string; state: string }, counts: Counts, total: number, output: Output): string {
  const { active, running, succeeded, failed } = counts;
  const parts = [
    output.paint("name", job.id),
    job.state,
    counted(total, "task"),
    `${active} waiting`,
    `${running} running`,
    output.paint("good", `${succeeded} succeeded`),
    failed > 0 ? output.paint("error", `${failed} failed`) : "0 failed",
  ];
  return parts.join("  ");
}

async function watchAll(connection: Connection, everyMs: number, output: Output): Promise<ExitCode> {
  const screen = new Screen(output);
  const shown = resources.filter(({ noun }) => noun === "pool" || noun === "job");
  for (;;) {
    const lines: string[] = [];
    for (const { noun, path, columns } of shown) {
      const items = await connection.list<Item>(path([]), 100);
      const heads = columns.map(({ title }, i) => (i === 0 ? noun : title));
      const rows = items.map((item) => columns.map((column) => column.of(item)));
      lines.push(...(items.length === 0 ? [`no ${noun}s`] : textTable(heads, rows, output)), "");
    }
    screen.show(lines.slice(0, -1));
    await passed(everyMs);
  }
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The same place again and again on a terminal; else whatever is new. */
class Screen {
  private readonly output: Output;
  private readonly inPlace = process.stdout.isTTY === true;
  private before: readonly string[] = [];

  constructor(output: Output) {
    this.output = output;
  }

  show(lines: readonly string[]): void {
    if (this.output.json || lines.join("\n") === this.before.join("\n")) return;
    if (this.inPlace && this.before.length > 0) process.stdout.write(`\u001b[${this.before.length}A\u001b[J`);
    for (const line of lines) this.output.line(line);
    this.before = lines;
  }

  end(): void {
    this.before = [];
  }
}
