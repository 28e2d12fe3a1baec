/**
 * Long work in pieces: between two pieces the process looks up, so that a terminal's progress bar moves. The bar is on stderr, only on a
 * terminal, and only when the work turns out to be long. Ctrl-C needs no handler: an interrupted command ends at once with 130, as shells count.
 */
import type { Output } from "./output.ts";

/** Work that is done piece by piece. */
export interface Pieces {
  readonly steps: number;
  readonly done: number;
  advance(steps: number): void;
}

/** A piece should take about so long; shorter costs time, longer feels dead. */
const PIECE_MS = 80;
/** Work that is done sooner needs no bar. */
const BAR_AFTER_MS = 400;

/** Does all of it. */
export async function inPieces(work: Pieces, output: Output): Promise<void> {
  if (!showsProgress(output)) {
    work.advance(work.steps);
    return;
  }
  const started = performance.now();
  let size = 256;
  let bar: Bar | undefined;
  while (work.done < work.steps) {
    const before = performance.now();
    work.advance(size);
    const now = performance.now();
    size = Math.max(64, Math.min(size * 4, Math.round((size * PIECE_MS) / Math.max(1, now - before))));
    if (bar === undefined && now - started > BAR_AFTER_MS)
      bar = await progressBar("back-test", work.steps, "evaluations", output);
    bar?.update(work.done);
    await new Promise(setImmediate);
  }
  bar?.stop();
}

/** A bar that is on the terminal until it is stopped. */
export interface Bar {
  update(done: number): void;
  stop(): void;
}

/** Whether a bar may be shown at all. */
function showsProgress(output: Output): boolean {
  return process.stderr.isTTY === true && !output.quiet && !output.json;
}

/** A bar for work of `total` units, from now on; without a name for the units it tells only the share. */
async function progressBar(title: string, total: number, units: string, output: Output): Promise<Bar> {
  return startBar((await import("cli-progress")).default, { title, total, units }, output);
}

/** A bar that shows itself at the first update after work has turned out to be long; for work that cannot wait for one to be loaded. */
export async function lateBar(title: string, total: number, units: string, output: Output): Promise<Bar> {
  if (!showsProgress(output)) return { update: () => {}, stop: () => {} };
  const progress = (await import("cli-progress")).default;
  const started = performance.now();
  let bar: Bar | undefined;
  return {
    update: (done) => {
      if (bar === undefined && performance.now() - started > BAR_AFTER_MS)
        bar = startBar(progress, { title, total, units }, output);
      bar?.update(done);
    },
    stop: () => bar?.stop(),
  };
}

function startBar(
  progress: typeof import("cli-progress"),
  { title, total, units }: { readonly title: string; readonly total: number; readonly units: string },
  output: Output,
): Bar {
  const of = units === "" ? "" : ` of {total} ${units}`;
  const format = `${title} ${output.paintError("taken", "{bar}")} {percentage}%${of}, {eta_formatted} left`;
  // The bar would like to hide the cursor and to switch line wrapping off; after Ctrl-C no one would switch them on again.
  const bar = new progress.SingleBar(
    { format, clearOnComplete: true, hideCursor: false, linewrap: true, stream: process.stderr },
    progress.Presets.shades_classic,
  );
  bar.start(total, 0);
  return bar;
}
