/**
 * Accounts and kill -9: a server that is killed again and again while accounts are made, changed and deleted. What was acknowledged is there after the next
 * start, what was deleted is gone with its directory and its agent, and no half account keeps the server from starting.
 */
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildOnce } from "../cli/weir.ts";
import { accountPath, Owner, PLACE } from "../overview/owner.ts";
import { processesUnder } from "../support/processes.ts";
import { eventually } from "../support/waiting.ts";
import { dataDirectory, endAll, poolBody, served } from "./servedProcess.ts";

const ROUNDS = 12;

beforeAll(buildOnce, 120_000);
afterAll(endAll, 60_000);

interface Known {
  quota: number;
  key: string;
}

test("L-04, L-05, L-06: accounts, keys and quotas that were acknowledged are there after any kill, and deleted ones leave nothing", async () => {
  const data = dataDirectory();
  const known = new Map<string, Known>();
  /** Asked for and never answered: either way is right. */
  const open = new Set<string>();
  let made = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const owner = new Owner(await served("--fast", "--log-level", "error", "--data", data));
    const listed = (await owner.manage("GET", `${PLACE}/Microsoft.Batch/batchAccounts`)).body as { value: { name: string }[] };
    const names = new Set(listed.value.map(({ name }) => name));
    for (const [name, { quota, key }] of known) {
      if (open.has(name)) continue;
      expect([...names], `round ${round}`).toContain(name);
      const { body } = await owner.manage("GET", accountPath(name));
      expect(body).toMatchObject({ properties: { poolQuota: quota } });
      expect((await owner.tenant(name)).key).toBe(key);
    }
    for (const name of names)
      if (name !== owner.server.document.account && !open.has(name)) expect([...known.keys()]).toContain(name);
    for (const directory of existsSync(join(data, "accounts")) ? readdirSync(join(data, "accounts")) : [])
      expect([...names]).toContain(directory);
    for (const name of open) {
      open.delete(name);
      known.delete(name);
      expect((await owner.manage("DELETE", accountPath(name))).status).toBeLessThan(300);
    }

    const dies = eventually("the time to die", () => undefined, { withinMs: 300 + 150 * round }).catch(() =>
      owner.server.kill(),
    );
    let alive = true;
    void dies.then(() => {
      alive = false;
    });
    const attempt = async (name: string, change: () => Promise<void>) => {
      open.add(name);
      try {
        await change();
        open.delete(name);
      } catch {
        // Killed in the middle: nobody knows.
      }
    };
    for (let step = 0; alive; step++) {
      const name = `acct${made}`;
      const old = [...known.keys()].find((each) => !open.has(each));
      if (step % 3 === 0 || old === undefined)
        await attempt(name, async () => {
          const tenant = await owner.account(name);
          made++;
          known.set(name, { quota: 20, key: tenant.key });
          if (made % 4 === 0) await tenant.post("/pools", poolBody("p", { targetDedicatedNodes: 1 }));
        });
      else if (step % 3 === 1)
        await attempt(old, async () => {
          const quota = 21 + step;
          const { status } = await owner.manage("PATCH", accountPath(old), { properties: { poolQuota: quota } });
          if (status !== 200) throw new Error(String(status));
          const keys = await owner.manage("POST", `${accountPath(old)}/regenerateKeys`, { keyName: "Primary" });
          known.set(old, { quota, key: (keys.body as { primary: string }).primary });
        });
      else
        await attempt(old, async () => {
          if ((await owner.manage("DELETE", accountPath(old))).status !== 200) throw new Error("not deleted");
          known.delete(old);
        });
    }
    // Names that were asked for in vain are not asked for again.
    made++;
    await dies;
    owner.workplace.clear();
  }
  const owner = new Owner(await served("--fast", "--log-level", "error", "--data", data));
  for (const name of new Set([...known.keys(), ...open])) await owner.manage("DELETE", accountPath(name));
  expect(readdirSync(join(data, "accounts"))).toEqual([]);
  expect(processesUnder(join(data, "accounts"))).toEqual([]);
  expect(made).toBeGreaterThan(ROUNDS);
  owner.workplace.clear();
}, 300_000);
