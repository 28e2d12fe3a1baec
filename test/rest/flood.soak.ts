/** Ten thousand connections with a request each, all at once: every one is answered, memory stays bounded, and the door serves on as before. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { KEY, TestDoor, VERSION } from "./door.ts";

const REQUESTS = 10_000;
const client = fileURLToPath(new URL("./floodClient.ts", import.meta.url));
let door: TestDoor;

beforeAll(async () => {
  const handler = async () => {
    await new Promise((resolve) => setImmediate(resolve));
    return { status: 200, body: { id: "p" } };
  };
  door = await new TestDoor({ Pool_Get: handler, Pool_Patch: handler }).open();
});
afterAll(() => door.server.close());

it("10,000 requests at once are answered with 200 or 503 ServerBusy, three times, in bounded memory", async () => {
  const used: number[] = [];
  for (let round = 0; round < 3; round++) {
    const args = ["--import", "tsx", client, `${door.url}/pools/p?${VERSION}`, KEY, String(REQUESTS)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e7 });
    const statuses = JSON.parse(stdout) as number[];
    expect(statuses).toHaveLength(REQUESTS);
    expect(new Set([...statuses, 200, 503])).toEqual(new Set([200, 503]));
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThan(0);
    expect(door.server.inFlight).toBe(0);
    expect((await door.ask(`/pools/p?${VERSION}`)).status).toBe(200);
    used.push(process.memoryUsage().rss);
  }
  // What it takes is a matter of how many are let in at once and of the collector's mood, not of how many have come.
  expect(Math.max(...used)).toBeLessThan(640 * 1_048_576);
});
