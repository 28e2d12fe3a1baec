/** The launchers, all three programs by one suite: what a process is given, how its end is told, what becomes of the rest. Real processes. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Exit, Launch, LaunchFailure } from "../../runtime/agent/launch/launcher.ts";
import { Launchers } from "../../runtime/agent/launch/launchers.ts";
import { statOf } from "../../runtime/agent/leftovers/processes.ts";
import { isRunning, until } from "./desk.ts";
import { launcherKinds } from "./launcherKinds.ts";

interface Outcome {
  pid?: number;
  startTicks?: number;
  exit?: Exit;
  failure?: LaunchFailure;
  other?: "occupied" | "lost";
}

const base = mkdtempSync(join(tmpdir(), "weir-launcher-"));
const programs = join(base, "programs");
let serial = 0;
mkdirSync(programs);
writeFileSync(join(base, "no-program"), "#!/bin/sh\n", { mode: 0o644 });
afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 10 }));

const environment = (more: Record<string, string> = {}) => new Map(Object.entries({ PATH: process.env.PATH ?? "", ...more }));
const sh = (script: string) => ["/bin/sh", "-c", script];

describe.each(launcherKinds)("launcher %s", (kind) => {
  let launchers: Launchers;
  beforeAll(async () => {
    launchers = new Launchers({ kind, count: 2, directory: programs });
    if (kind === "compiled") await launchers.compile();
  });
  afterAll(() => launchers.close());

  const fresh = () => join(base, `${kind}-${serial++}`, "job", "task");

  function begin(
    words: readonly string[],
    more: Partial<Launch> = {},
  ): { outcome: Outcome; over: Promise<Outcome>; directory: string } {
    const outcome: Outcome = {};
    const directory = more.directory ?? fresh();
    const over = new Promise<Outcome>((resolve) => {
      const end = (what: Outcome) => resolve(Object.assign(outcome, what));
      launchers.launch(
        { directory, mode: "fresh", lingers: false, environment: environment(), ...more, arguments: words },
        {
          started: (pid, startTicks) => Object.assign(outcome, { pid, startTicks }),
          exited: (exit) => end({ exit }),
          failed: (failure) => end({ failure }),
          occupied: () => end({ other: "occupied" }),
          lost: () => end({ other: "lost" }),
        },
      );
    });
    launchers.flush();
    return { outcome, over, directory };
  }

  it("is the one that was asked for", () => {
    expect(launchers.kind).toBe(kind);
  });

  it("starts in wd of a directory it makes, writes stdout.txt and stderr.txt, and tells the exit code", async () => {
    const { over, directory } = begin(sh("pwd -P; echo bad >&2; exit 7"));
    const { exit, pid } = await over;
    expect(exit).toMatchObject({ code: 7, leftovers: false });
    expect(pid).toBeGreaterThan(1);
    expect(readFileSync(join(directory, "stdout.txt"), "utf8")).toBe(`${directory}/wd\n`);
    expect(readFileSync(join(directory, "stderr.txt"), "utf8")).toBe("bad\n");
  });

  it("hands over arguments and environment whatever they hold, and nothing else", async () => {
    const nasty = `new\nline 'single' "double" \\ $HOME \`x\` \u{1F600} ${"x".repeat(100_000)}`;
    const words = ["/bin/sh", "-c", `printf '%s' "$1" > argument; env -0 > all`, "sh", nasty];
    const given = environment({ NASTY: nasty, EMPTY: "", LAST: "" });
    const { over, directory } = begin(words, { environment: given });
    expect((await over).exit?.code).toBe(0);
    expect(readFileSync(join(directory, "wd", "argument"), "utf8")).toBe(nasty);
    const all = new Map(
      readFileSync(join(directory, "wd", "all"), "utf8")
        .split("\0")
        .filter((entry) => entry !== "" && !/^(PWD|_|OLDPWD|SHLVL)=/.test(entry))
        .map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
    );
    expect(all).toEqual(given);
    // The next task does not see what this one had.
    const next = begin(sh("env -0 > all"));
    await next.over;
    expect(readFileSync(join(next.directory, "wd", "all"), "utf8")).not.toContain("NASTY");
  });

  it("leads a session and group of its own, with no descriptor but 0, 1 and 2, default signals, and its start time is told", async () => {
    const { over, outcome, directory } = begin(sh("ls /proc/$$/fd > fds; echo > ready; sleep 300"));
    await until(() => outcome.pid !== undefined && statOf(outcome.pid)?.session === outcome.pid);
    const stat = statOf(outcome.pid!)!;
    expect(stat).toMatchObject({ group: outcome.pid, session: outcome.pid, startTicks: outcome.startTicks });
    await until(() => existsSync(join(directory, "wd", "ready")));
    expect(
      readFileSync(join(directory, "wd", "fds"), "utf8")
        .trim()
        .split("\n")
        .filter((fd) => Number(fd) < 10),
    ).toEqual(["0", "1", "2"]);
    process.kill(-outcome.pid!, "SIGKILL");
    expect((await over).exit?.code).toBe(-9);
  });

  it("has no signal blocked or ignored", async () => {
    const { over, directory } = begin(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]);
    await over;
    const lines = readFileSync(join(directory, "stdout.txt"), "utf8").trim().split("\n");
    // Those above 31 belong to the C library.
    expect(lines.map((line) => BigInt(`0x${line.split("\t")[1]}`) & 0x7fffffffn)).toEqual([0n, 0n]);
  });

  it("a script without a first line that says whose it is goes to the shell", async () => {
    const script = join(base, `${kind}-script`);
    writeFileSync(script, 'exit "$1"\n', { mode: 0o755 });
    expect((await begin([script, "17"]).over).exit?.code).toBe(17);
  });

  it("tells a signal as minus its number", async () => {
    expect((await begin(sh("kill -SEGV $$")).over).exit?.code).toBe(-11);
  });

  it.each([
    [["/nosuch/program"], { stage: "program", code: "ENOENT" }],
    [["no-such-program-anywhere", "x"], { stage: "program", code: "ENOENT" }],
    [[join(base, "no-program")], { stage: "program", code: "EACCES" }],
    [["/"], { stage: "program", code: "EACCES" }],
  ])("T-20: tells why %j does not start, and no exit code", async (words, failure) => {
    // A directory of one's own PATH that may not be looked into would be the reason told.
    const { exit, failure: found } = await begin(words, { environment: environment({ PATH: "/usr/bin:/bin" }) }).over;
    expect(found).toEqual(failure);
    expect(exit).toBeUndefined();
  });

  it("a program that returns 127 has returned 127", async () => {
    const { exit, failure } = await begin(sh("exit 127")).over;
    expect(failure).toBeUndefined();
    expect(exit?.code).toBe(127);
  });

  it("looks for a program along the PATH that the task is given", async () => {
    const bin = join(base, `${kind}-bin`);
    mkdirSync(bin);
    writeFileSync(join(bin, "own-program"), "#!/bin/sh\nexit 42\n", { mode: 0o755 });
    const { exit } = await begin(["own-program"], { environment: environment({ PATH: `/nosuch:${bin}` }) }).over;
    expect(exit?.code).toBe(42);
  });

  it("does nothing where the directory is there already", async () => {
    const { directory, over } = begin(sh("echo first"));
    await over;
    expect((await begin(sh("echo second"), { directory }).over).other).toBe("occupied");
    expect(readFileSync(join(directory, "stdout.txt"), "utf8")).toBe("first\n");
  });

  it("there: starts in what is there; continues: goes on writing where the last one stopped", async () => {
    const { directory, over } = begin(sh("echo first"));
    await over;
    await begin(sh("echo second"), { directory, mode: "continues" }).over;
    expect(readFileSync(join(directory, "stdout.txt"), "utf8")).toBe("first\nsecond\n");
    await begin(sh("echo third"), { directory, mode: "there" }).over;
    expect(readFileSync(join(directory, "stdout.txt"), "utf8")).toBe("third\n");
  });

  it("tells a directory that cannot be made, and files that cannot", async () => {
    writeFileSync(join(base, `${kind}-file`), "");
    expect((await begin(sh("true"), { directory: join(base, `${kind}-file`, "x", "y") }).over).failure).toEqual({
      stage: "directory",
      code: "ENOTDIR",
    });
    const directory = fresh();
    mkdirSync(join(directory, "wd"), { recursive: true });
    mkdirSync(join(directory, "stderr.txt"));
    expect((await begin(sh("true"), { directory, mode: "there" }).over).failure).toEqual({ stage: "files", code: "EISDIR" });
  });

  it("T-23: ends what a process left in its group, and tells that there was something", async () => {
    const { over, directory } = begin(sh("sleep 300 & echo $!; exit 5"));
    const { exit } = await over;
    expect(exit).toMatchObject({ code: 5, leftovers: true });
    const pid = Number(readFileSync(join(directory, "stdout.txt"), "utf8"));
    await until(() => !isRunning(pid));
  });

  it("T-55: leaves what lingers", async () => {
    const { over, directory } = begin(sh("sleep 300 & echo $!"), { lingers: true });
    expect((await over).exit).toMatchObject({ code: 0 });
    const pid = Number(readFileSync(join(directory, "stdout.txt"), "utf8"));
    expect(isRunning(pid)).toBe(true);
    process.kill(pid, "SIGKILL");
  });

  it("each of 100 at once has its own end", async () => {
    const all = Array.from({ length: 100 }, (_, i) => begin(sh(`exit ${i}`)));
    const codes = (await Promise.all(all.map(({ over }) => over))).map(({ exit }) => exit?.code);
    expect(codes).toEqual(all.map((_, i) => i));
    expect(new Set(all.map(({ outcome }) => outcome.pid)).size).toBe(100);
  });

  if (kind !== "node") {
    it("tells the processor time, of children too", async () => {
      const { exit } = await begin(sh("sh -c 'i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done'")).over;
      expect(exit!.cpuTicks).toBeGreaterThan(1);
    });

    it("that goes tells all its launches lost, and another one takes its place", async () => {
      const doomed = Array.from({ length: 4 }, () => begin(["sleep", "300"]));
      await until(() => doomed.every(({ outcome }) => outcome.pid !== undefined));
      for (const pid of launchers.pids) process.kill(pid, "SIGKILL");
      expect((await Promise.all(doomed.map(({ over }) => over))).map(({ other }) => other)).toEqual(Array(4).fill("lost"));
      for (const { outcome } of doomed) process.kill(outcome.pid!, "SIGKILL");
      expect((await begin(sh("exit 9")).over).exit?.code).toBe(9);
      expect(launchers.kind).toBe(kind);
    });
  }

  it("closed, it has ended every process that it started", async () => {
    const own = new Launchers({ kind, count: 1, directory: programs });
    if (kind === "compiled") await own.compile();
    const pids: number[] = [];
    for (let i = 0; i < 3; i++) {
      const ignore = () => {};
      own.launch(
        { directory: fresh(), mode: "fresh", lingers: false, environment: environment(), arguments: sh("sleep 300 & wait") },
        { started: (pid) => pids.push(pid), exited: ignore, failed: ignore, occupied: ignore, lost: ignore },
      );
    }
    own.flush();
    await until(() => pids.length === 3);
    await own.close();
    await until(() => pids.every((pid) => !isRunning(pid)));
  });
});

describe("the ladder of launchers", () => {
  const hasAll = launcherKinds.length === 3;
  it.runIf(hasAll)(
    "goes from perl to the compiled program when there is enough to do, and what runs is told by who started it",
    async () => {
      const launchers = new Launchers({ count: 1, directory: programs, compileAfter: 2 });
      expect(launchers.kind).toBe("perl");
      const codes: number[] = [];
      const pids: number[] = [];
      const begin = (script: string) => {
        const ignore = () => {};
        launchers.launch(
          {
            directory: join(base, `ladder-${serial++}`),
            mode: "fresh",
            lingers: false,
            environment: environment(),
            arguments: sh(script),
          },
          {
            started: (pid) => pids.push(pid),
            exited: ({ code }) => codes.push(code),
            failed: ignore,
            occupied: ignore,
            lost: ignore,
          },
        );
        launchers.flush();
      };
      begin("sleep 300");
      await until(() => pids.length === 1);
      begin("exit 2");
      await until(() => launchers.kind === "compiled");
      begin("exit 3");
      await until(() => codes.length === 2);
      process.kill(-pids[0], "SIGKILL");
      await until(() => codes.length === 3);
      expect(codes).toEqual(expect.arrayContaining([2, 3, -9]));
      await launchers.close();
    },
  );

  it("without perl along the PATH Node starts the processes", async () => {
    const launchers = new Launchers({ path: "/nosuch" });
    expect(launchers.kind).toBe("node");
    await launchers.close();
  });

  it("a program that never says a word is not tried a second time", async () => {
    const bin = join(base, "broken");
    mkdirSync(bin);
    writeFileSync(join(bin, "perl"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const launchers = new Launchers({ path: bin, count: 1 });
    expect(launchers.kind).toBe("perl");
    await until(() => launchers.kind === "node");
    await launchers.close();
  });
});
