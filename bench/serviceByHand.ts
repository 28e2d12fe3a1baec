/**
 * The limit that `weir serve` is measured against when tasks are added and read: a server by hand, in a process of its own, with the same HTTP, JSON and
 * SQLite (one transaction a collection, synchronous=FULL) and none of the rest: no signature, no checks, no scheduler, no events. Its address is
 * its first line of output; it ends when its standard input does.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import Database from "libsql";

interface Task {
  readonly id: string;
  readonly [property: string]: unknown;
}

const database = new Database(join(process.argv[2], "byhand.db"));
database.exec("PRAGMA journal_mode = WAL");
database.exec("PRAGMA synchronous = FULL");
database.exec("CREATE TABLE tasks (id TEXT PRIMARY KEY, body TEXT) WITHOUT ROWID");
const insert = database.prepare("INSERT INTO tasks VALUES (?, ?)");
const tasks = new Map<string, Task>();
const order: Task[] = [];

function add(text: string): object {
  const { value } = JSON.parse(text) as { value: Task[] };
  database.exec("BEGIN");
  const results = value.map((given) => {
    const at = new Date().toISOString();
    const task: Task = {
      ...given,
      url: `http://127.0.0.1/jobs/many/tasks/${given.id}`,
      eTag: "0x8D7CD3C4DCF7680",
      creationTime: at,
      lastModified: at,
      state: "active",
      stateTransitionTime: at,
      userIdentity: { autoUser: { scope: "pool", elevationLevel: "nonadmin" } },
      constraints: { maxWallClockTime: "P10675199DT2H48M5.4775807S", retentionTime: "P7D", maxTaskRetryCount: 0 },
      requiredSlots: 1,
      executionInfo: { retryCount: 0, requeueCount: 0 },
    };
    tasks.set(task.id, task);
    order.push(task);
    insert.run(task.id, JSON.stringify(task));
    return { status: "Success", taskId: task.id, eTag: task.eTag, lastModified: at, location: task.url };
  });
  database.exec("COMMIT");
  return { value: results };
}

function answer(request: IncomingMessage, response: ServerResponse, body: string): void {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  let document: object;
  if (request.method === "POST") document = add(body);
  else if (url.pathname === "/tasks") {
    const from = Number(url.searchParams.get("from"));
    document = { value: order.slice(from, from + 1000) };
  } else document = tasks.get(url.pathname.slice("/tasks/".length)) ?? {};
  const text = JSON.stringify(document);
  response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

const server = createServer((request, response) => {
  const pieces: Buffer[] = [];
  request.on("data", (piece: Buffer) => pieces.push(piece));
  request.on("end", () => answer(request, response, Buffer.concat(pieces).toString("utf8")));
});
server.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
process.stdin.resume().on("end", () => process.exit(0));
