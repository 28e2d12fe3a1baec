/** Processes that are set apart from the launcher that starts them: as another user, on fewer processors, with less memory. All three programs by one suite. */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Apart, Exit, Launch, LaunchFailure } from "../../runtime/agent/launch/launcher.ts";
import { Launchers } from "../../runtime/agent/launch/launchers.ts";
import { launcherKinds } from "./launcherKinds.ts";

const UID = 21_001;
const NODE_GID = 21_000;
const isRoot = process.getuid?.() === 0;
const user = { uid: UID, gid: NODE_GID, nodeGid: NODE_GID, isPrivate: false };

// As the agent has it, whoever starts the tests.
process.umask(0o022);

const base = mkdtempSync(join(tmpdir(), "weir-apart-"));
const programs = join(base, "programs");
const nodes = join(base, "node");
mkdirSync(programs, { mode: 0o700 });
mkdirSync(nodes);
chmodSync(base, 0o711);
if (isRoot) chownSync(nodes, 0, NODE_GID);
chmodSync(nodes, 0o750);
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }));
let serial = 0;

describe.each(launcherKinds)("launcher %s", (kind) => {
  let launchers: Launchers;
  beforeAll(async () => {
    launchers = new Launchers({ kind, count: 1, directory: programs });
    if (kind === "compiled") await launchers.compile();
    expect(launchers.kind).toBe(kind);
  });
  afterAll(() => launchers.close());

  const fresh = () => join(nodes, `${kind}-${serial++}`, "job", "task");

  async function launched(words: readonly string[], apart: Apart, more: Partial<Launch> = {}) {
    const directory = more.directory ?? fresh();
    const environment = new Map(Object.entries({ PATH: process.env.PATH ?? "" }));
    const end = await new Promise<Exit | LaunchFailure | string>((resolve) => {
      const listener = {
        started: () => {},
        exited: resolve,
        failed: resolve,
        occupied: () => resolve("occupied"),
        lost: () => resolve("lost"),
      };
      launchers.launch({ directory, mode: "fresh", lingers: false, environment, arguments: words, apart, ...more }, listener);
      launchers.flush();
    });
    const read = (name: string) => (existsSync(join(directory, name)) ? readFileSync(join(directory, name), "utf8") : "");
    return { end, directory, out: read("stdout.txt"), err: read("stderr.txt") };
  }

  const sh = (script: string) => ["/bin/sh", "-c", script];

  /** A directory as an earlier run of the user has left it. */
  function left(): string {
    const directory = fresh();
    mkdirSync(join(directory, "wd"), { recursive: true });
    for (const path of [directory, join(directory, "wd")]) chownSync(path, UID, NODE_GID);
    return directory;
  }

  it.runIf(isRoot)(
    "runs as the user with the node's group alone, owns its directory and files, and is not root again",
    async () => {
      const { end, directory, out } = await launched(
        sh("id -u; id -G; echo x > made; chmod u+s made; ls -l /proc/self/fd >/dev/null; pwd -P"),
        { user },
      );
      expect(end).toMatchObject({ code: 0 });
      expect(out).toBe(`${UID}\n${NODE_GID}\n${directory}/wd\n`);
      for (const path of ["", "wd", "stdout.txt", "stderr.txt", "wd/made"])
        expect(statSync(join(directory, path)).uid).toBe(UID);
      expect(statSync(directory).mode & 0o777).toBe(0o755);
      const all = await launched(sh("grep -E '^(Uid|Gid|Groups|NoNewPrivs|SigIgn|SigBlk)' /proc/self/status"), { user });
      expect(all.out).toContain(`Uid:\t${UID}\t${UID}\t${UID}\t${UID}`);
      expect(all.out).toContain("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000");
    },
  );

  it.runIf(isRoot)(
    "a private directory is closed to others; a program that is not there is told as such; the next launch is the launcher's own again",
    async () => {
      const { directory } = await launched(sh("true"), { user: { ...user, isPrivate: true } });
      expect(statSync(directory).mode & 0o777).toBe(0o700);
      expect((await launched(["/no/such"], { user })).end).toMatchObject({ stage: "program", code: "ENOENT" });
      expect((await launched([join(directory, "stdout.txt")], { user })).end).toMatchObject({
        stage: "program",
        code: "EACCES",
      });
      const script = join(nodes, `script-${kind}`);
      writeFileSync(script, "id -u\n", { mode: 0o755 });
      expect((await launched([script], { user })).out).toBe(`${UID}\n`);
      expect((await launched(sh("id -u"), {})).out).toBe("0\n");
    },
  );

  it.runIf(isRoot)("links that a user has put where its output goes lead nowhere, and pipes hold nobody up", async () => {
    const secret = join(base, `secret-${kind}`);
    writeFileSync(secret, "kept", { mode: 0o600 });
    const directory = left();
    symlinkSync(secret, join(directory, "stdout.txt"));
    linkSync(secret, join(directory, "stderr.txt"));
    const again = await launched(sh("echo out; echo err >&2"), { user }, { directory, mode: "there" });
    expect(again.end).toMatchObject({ code: 0 });
    expect([again.out, again.err, readFileSync(secret, "utf8"), statSync(secret).uid]).toEqual(["out\n", "err\n", "kept", 0]);
    const more = await launched(sh("echo more"), { user }, { directory, mode: "continues" });
    expect(more.out).toBe("out\nmore\n");
  });

  it.skipIf(kind === "node" || process.platform !== "linux")(
    "runs on the processors that are named, within the memory that is given, and the next one is free again",
    async () => {
      // A machine, or a container, may keep the first ones for others.
      const [allowed] = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync("/proc/self/status", "latin1"))!.slice(1).map(Number);
      const one = await launched(["nproc"], { processors: [allowed] });
      expect(one.out).toBe("1\n");
      expect((await launched(sh("ulimit -v"), { memoryBytes: 256 * 1024 * 1024 })).out).toBe(`${256 * 1024}\n`);
      const free = await launched(sh("nproc; ulimit -v"), {});
      expect(free.out).toBe(spawnSync("/bin/sh", ["-c", "nproc; ulimit -v"], { encoding: "utf8" }).stdout);
    },
  );
});
