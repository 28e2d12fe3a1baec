/** The files that a node's SSH server reads its users from: what they hold, and that they never lack somebody who is a user before and after a change. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterAll, expect, it } from "vitest";
import { type LoginUser, userFilesIn, writeUserFiles } from "../../runtime/agent/login/userFiles.ts";

const WRITINGS = 500;

const directory = mkdtempSync(join(tmpdir(), "weir-users-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

let edition = 0;
const place = (name: string) => userFilesIn(join(directory, name));
const write = (files: ReturnType<typeof place>, users: readonly LoginUser[]) =>
  writeUserFiles(files, users, { home: "/somewhere", shell: "/bin/sh", edition: ++edition });
const ann: LoginUser = { name: "ann", sshPublicKey: "ssh-ed25519 AAAA a test", passwordHash: "$6$salt$hash" };

/** Reads the files over and over on a thread of its own; how often it did, and what it missed. */
const READER = `
const { parentPort, workerData } = require("node:worker_threads");
const { readFileSync } = require("node:fs");
const missed = new Set();
let rounds = 0;
parentPort.on("message", () => { ended = true; });
let ended = false;
function look() {
  for (let i = 0; i < 50; i++, rounds++)
    for (const path of workerData) {
      let text = "";
      try { text = readFileSync(path, "utf8"); } catch (error) { text = error.code; }
      if (!text.includes("ann") && !text.startsWith("ssh-ed25519 AAAA a test\\n")) missed.add(path + ": " + text);
    }
  if (rounds === 50) parentPort.postMessage("reading");
  if (ended) { parentPort.postMessage({ rounds, missed: [...missed] }); parentPort.close(); }
  else setImmediate(look);
}
look();
`;

it("a login that is being checked while others come and go finds its user, password and key at every instant (P-182)", async () => {
  const files = place("busy");
  write(files, [ann]);
  const watched = [files.passwd, files.shadow, join(files.keys, "ann")];
  const reader = new Worker(READER, { eval: true, workerData: watched });
  const said = () => new Promise<unknown>((resolve) => reader.once("message", resolve));
  await said();
  for (let i = 0; i < WRITINGS; i++) {
    write(files, i % 2 === 0 ? [ann, { ...ann, name: `guest${i}` }] : [{ ...ann, name: "before" }, ann]);
    if (i % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  const answer = said();
  reader.postMessage("end");
  const { rounds, missed } = (await answer) as { rounds: number; missed: readonly string[] };
  expect(missed).toEqual([]);
  expect(rounds).toBeGreaterThan(50);
});

it("whoever is no user any more, or has a password only, has no key; a changed key is the new one alone (P-182)", () => {
  const files = place("changing");
  write(files, [ann, { ...ann, name: "bob" }, { ...ann, name: "key.new" }]);
  expect(readdirSync(files.keys).sort()).toEqual(["ann", "bob", "key.new"]);
  write(files, [
    { ...ann, sshPublicKey: "ssh-ed25519 BBBB another" },
    { name: "bob", passwordHash: "$6$salt$hash" },
  ]);
  expect(readdirSync(files.keys)).toEqual(["ann"]);
  expect(readFileSync(join(files.keys, "ann"), "utf8")).toBe("ssh-ed25519 BBBB another\n");
  expect(statSync(join(files.keys, "ann")).mode & 0o777).toBe(0o600);
  expect(readFileSync(files.shadow, "utf8")).toContain("bob:$6$salt$hash:");
  write(files, []);
  expect([readdirSync(files.keys), readFileSync(files.shadow, "utf8")]).toEqual([[], ""]);
});
