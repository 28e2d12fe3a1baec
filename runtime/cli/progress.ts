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
  const shows = process.stderr.isTTY === true && !output.quiet && !output.json;
  if (!shows) {
    work.advance(work.steps);
    return;
  }
  const started = performance.now();
  let size = 256;
  let bar: { update(done: number): void; stop(): void } | undefined;
  while (work.done < work.steps) {
    const before = performance.now();
    work.advance(size);
    const now = performance.now();
    size = Math.max(64, Math.min(size * 4, Math.round((size * PIECE_MS) / Math.max(1, now - before))));
    if (bar === undefined && now - started > BAR_AFTER_MS) bar = await progressBar(work.steps, output);
    bar?.update(work.done);
    await new Promise(setImmediate);
  }
  bar?.stop();
}

async function progressBar(steps: number, output: Output): Promise<{ update(done: number): void; stop(): void }> {
  const { default: progress } = await import("cli-progress");
  const format = `back-test ${output.paintError("taken", "{bar}")} {percentage}% of {total} evaluations, {eta_formatted} left`;
  // The bar would like to hide the cursor and to switch line wrapping off; after Ctrl-C no one would switch them on again.
  const bar = new progress.SingleBar(
    { format, clearOnComplete: true, hideCursor: false, linewrap: true, stream: process.stderr },
    progress.Presets.shades_classic,
  );
  bar.start(steps, 0);
  return bar;
}
