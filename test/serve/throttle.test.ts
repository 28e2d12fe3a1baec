/** L-73: a service that is told to throttle, and clients that meet it. */
import { BatchServiceClient, BatchSharedKeyCredentials } from "@azure/batch";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { Owner } from "../overview/owner.ts";
import { eventually } from "../support/waiting.ts";
import { endAll, served } from "./servedProcess.ts";

let owner: Owner;

beforeAll(async () => {
  buildOnce();
  // So few that a slow machine, too, asks sooner than it may.
  owner = new Owner(await served("--fast", "--log-level", "error", "--requests-per-second", "1"));
}, 120_000);
afterAll(async () => {
  owner.workplace.clear();
  await endAll();
}, 60_000);

test("L-73: requests beyond the rate are answered with 429 and when to come again; another account has a rate of its own, managing has none", async () => {
  const tenant = await owner.account("hasty");
  const answers = await Promise.all(Array.from({ length: 12 }, () => tenant.ask("GET", "/pools")));
  const statuses = answers.map(({ status }) => status);
  expect(statuses).toContain(200);
  expect(statuses).toContain(429);
  expect(answers.find(({ status }) => status === 429)?.text).toContain("TooManyRequests");
  const other = await owner.account("patient");
  expect((await other.ask("GET", "/pools")).status).toBe(200);
  const managed = await Promise.all(Array.from({ length: 12 }, () => owner.manage("GET", "/subscriptions")));
  expect(managed.every(({ status }) => status === 200)).toBe(true);
});

test("L-73: the unmodified SDK sees when to come again, and is let in then", async () => {
  const { key, name } = await owner.account("waiting");
  const client = new BatchServiceClient(new BatchSharedKeyCredentials(name, key), owner.endpoint);
  type Refusal = { statusCode: number; code: string; response: { headers: { get(name: string): string | undefined } } };
  const refusals: Refusal[] = [];
  const list = () => client.pool.list().catch((error: Refusal) => void refusals.push(error));
  await Promise.all(Array.from({ length: 12 }, list));
  expect(refusals.length).toBeGreaterThan(0);
  for (const { statusCode, code, response } of refusals)
    expect([statusCode, code, response.headers.get("retry-after")]).toEqual([429, "TooManyRequests", "1"]);
  await eventually("the rate to allow it again", async () => ((await list()) === undefined ? undefined : true), {
    everyMs: 400,
  });
});
