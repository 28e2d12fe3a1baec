/**
 * A process that commits batches is killed at random moments, again and again, and the store is read after each. `crash.test.ts` does it a few times,
 * `crash.soak.ts` fifty.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { expect } from "vitest";
import { randomStream } from "../../src/base/random.ts";
import { SqlitePersistence } from "../../runtime/persistence/sqlite.ts";
import { tasksOf } from "./committer.ts";

/** One file that starts in a fraction of the time of its sources; the database stays a package. */
function built(directory: string): string {
  const outfile = join(directory, "committer.cjs");
  buildSync({
    entryPoints: [join(import.meta.dirname, "committer.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    external: ["libsql"],
  });
  return outfile;
}

/** Runs the committer until it has acknowledged some batches and a moment more; the last number it said. */
function killedAfter(committer: string, path: string, batches: number, moreMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [committer, path], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NODE_PATH: join(import.meta.dirname, "../../node_modules") },
    });
    let text = "";
    let trouble = "";
    let counted = 0;
    child.stderr.on("data", (data: Buffer) => {
      trouble += data.toString();
    });
    child.stdout.on("data", (data: Buffer) => {
      text += data.toString();
      const lines = text.split("\n").length - 1;
      if (counted < batches && lines >= batches) setTimeout(() => child.kill("SIGKILL"), moreMs);
      counted = lines;
    });
    child.once("close", (_code, signal) => {
      if (signal !== "SIGKILL") reject(new Error(`the committer ended by itself: ${trouble}`));
      else resolve(Number(text.split("\n").at(-2)));
    });
  });
}

/** Fails unless, after each of `rounds` kills, what was acknowledged is there, in whole batches only. */
export async function storeSurvives(rounds: number): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "weir-crash-"));
  try {
    const path = join(directory, "weir.db");
    const committer = built(directory);
    const random = randomStream(7);
    let before = 0;
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await killedAfter(committer, path, 1 + Math.floor(random() * 8), random() * 12);
      expect(acknowledged, `round ${round}`).toBeGreaterThan(before);
      const store = new SqlitePersistence(path);
      const { world, records, lastEvent } = store.load();
      // The one that was being committed may have become durable before it could be said.
      expect(lastEvent - acknowledged, `round ${round}`).toBeGreaterThanOrEqual(0);
      expect(lastEvent - acknowledged, `round ${round}`).toBeLessThanOrEqual(1);
      expect(records).toEqual([{ kind: "batch", key: "last", json: String(lastEvent) }]);
      expect([world!.world, world!.rows.pool[0].body]).toEqual([String(lastEvent), String(lastEvent)]);
      const found = new Map<string, number>();
      for (const { job } of world!.tasks) found.set(job, (found.get(job) ?? 0) + 1);
      const wanted = Array.from({ length: lastEvent }, (_, i) => i + 1).filter(
        (batch) => batch % 10 !== 0 || batch + 10 > lastEvent,
      );
      expect(Object.fromEntries(found)).toEqual(Object.fromEntries(wanted.map((batch) => [`job-${batch}`, tasksOf(batch)])));
      expect(store.readEvents(lastEvent, 5)).toEqual([{ number: lastEvent, at: lastEvent, kind: "Batch" }]);
      store.close();
      before = lastEvent;
    }
    expect(before).toBeGreaterThanOrEqual(rounds);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
