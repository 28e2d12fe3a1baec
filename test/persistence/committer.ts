/**
 * A process that commits numbered batches to a store until it is killed, and says each number on its output once it is durable. A batch has a document,
 * a row and as many tasks as its number asks for, so that half a batch would be seen.
 */
import { writeSync } from "node:fs";
import { SqlitePersistence } from "../../runtime/persistence/sqlite.ts";

/** How many tasks a batch adds. */
export const tasksOf = (batch: number) => 1 + (batch % 40);

const path = process.argv[2];
if (path !== undefined) {
  const store = new SqlitePersistence(path, { eventsMax: 500 });
  const stored = store.load();
  for (let batch = stored.lastEvent + 1; ; batch++) {
    store.commit({
      changes: {
        world: String(batch),
        poolsGone: [],
        jobsGone: batch % 10 === 0 ? [`job-${batch - 10}`] : [],
        rows: [{ table: "pool", key: "p", body: String(batch) }],
        tasks: Array.from({ length: tasksOf(batch) }, (_, i) => ({
          job: `job-${batch}`,
          number: i + 1,
          made: "m",
          state: "s".repeat(300),
        })),
        runs: [],
        samples: [],
      },
      records: [{ kind: "batch", key: "last", json: String(batch) }],
      events: { first: batch, count: 1, at: batch, json: `[[${batch},{"kind":"Batch"}]]` },
    });
    writeSync(1, `${batch}\n`);
  }
}
