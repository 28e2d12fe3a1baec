/** Lines of `cmd /c` on nodes that are Windows by name, each as a process: what they print, and what they end with. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { build } from "esbuild";
import { windowsCommand } from "../../runtime/agent/windows/route.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-cmd-"));
const program = join(folder, "cmd.mjs");
const work = join(folder, "work");

beforeAll(async () => {
  const entry = join(import.meta.dirname, "../../runtime/agent/windows/main.ts");
  await build({ entryPoints: [entry], outfile: program, bundle: true, platform: "node", format: "esm", target: "node20" });
  spawnSync("mkdir", [work]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What stands after `cmd`; the code, and what was printed. */
function cmd(line: string): [code: number | null, out: string, err: string] {
  const env = { PATH: "/usr/bin:/bin", NAME: "Value", Path2: "a;b" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, line], { cwd: work, env, encoding: "utf8" });
  return [status, stdout, stderr];
}

it.each<[line: string, out: string, code?: number]>([
  ["/c echo hello", "hello\n"],
  ['/c "echo hello"', "hello\n"],
  ["/s /d /c echo %name% %NAME:~1,2% %NAME:al=AL% %nobody%", "Value al VALue %nobody%\n"],
  ["/c echo.& echo a", "\na\n"],
  ['/c echo "a & b" ^& c', '"a & b" & c\n'],
  ["/c echo a && echo b || echo c", "a \nb \n"],
  ["/c cd nosuch 2> NUL || echo failed", "failed\n"],
  ["/c exit 3", "", 3],
  ['/c "(exit /b 4)"', "", 4],
  ["/c set NAME=x& echo %NAME%", "Value\n"],
  ["/v:on /c set NAME=x& echo !NAME!", "x\n"],
  ["/c set /a 1+1", ""],
  ["/v:on /c set /a N=2+3*(4-1)%5 & echo !N!", "6\n"],
  ["/c if %NAME%==Value echo same", "same\n"],
  ["/c if /i %NAME%==VALUE (echo same) else (echo other)", "same\n"],
  ["/c if not defined NOBODY echo none", "none\n"],
  ["/c if 10 gtr 9 echo more", "more\n"],
  ["/c for %i in (a b) do echo %i!", "a!\nb!\n"],
  ["/c for /l %i in (3,-1,1) do @echo %i", "3\n2\n1\n"],
  ["/c echo b & echo a | sort", "b \na \n"],
  ["/c (echo b& echo a) | sort", "a\nb\n"],
  ["/c uname.exe", "Linux\n"],
  ["/c dirname /a/b\\c", "/a/b\n"],
  ["/c echo to > NUL", ""],
  ["/c rem nothing & echo never", ""],
  ["/q", ""],
])("%s", (line, out, code = 0) => {
  expect(cmd(line)).toEqual([code, out, ""]);
});

it("works on files: md, echo >, >>, type, copy, ren, move, dir, del, rd", () => {
  const line =
    "/c md a\\b & cd a & echo one> b\\x.txt& echo two>> b\\x.txt& type b\\x.txt & copy b\\*.txt y.txt > NUL & ren y.txt z.txt & move z.txt b > NUL & dir /b b & del /q b\\x.* & dir /b b & cd .. & rd /s /q a & if not exist a echo gone";
  expect(cmd(line)).toEqual([0, "one\ntwo\nx.txt\nz.txt\nz.txt\ngone\n", ""]);
  expect(existsSync(join(work, "a"))).toBe(false);
});

it("runs a batch file, with its arguments, groups, loops and its own exit code", () => {
  const lines = [
    "@echo off",
    "setlocal",
    'if "%1"=="x" (',
    "  echo is %1",
    ") else (",
    "  echo other",
    ")",
    "for %%i in (1 2) do echo n%%i",
    "exit /b 7",
    "echo never",
  ];
  writeFileSync(join(work, "run.cmd"), lines.join("\r\n"));
  expect(cmd("/c run.cmd x")).toEqual([7, "is x\nn1\nn2\n", ""]);
  expect(cmd("/c call run y & echo %ERRORLEVEL%")).toEqual([0, "other\nn1\nn2\n0\n", ""]);
});

it("says what it does not know or understand, as cmd does, and puts errors where they are sent", () => {
  expect(cmd("/c nosuch --x")).toEqual([
    1,
    "",
    "'nosuch' is not recognized as an internal or external command,\noperable program or batch file.\n",
  ]);
  expect(cmd("/c echo a )( b")[0]).toBe(0);
  expect(cmd("/c (echo a")).toEqual([1, "", "The syntax of the command is incorrect.\n"]);
  expect(cmd(`/c ${"(".repeat(5000)}`)[0]).toBe(1);
  expect(cmd("/c nosuch > log.txt 2>&1")).toEqual([1, "", ""]);
  expect(readFileSync(join(work, "log.txt"), "utf8")).toContain("'nosuch' is not recognized");
  expect(cmd("/c echo x > no\\such\\file")).toEqual([1, "", "The system cannot find the path specified.\n"]);
});

it("takes command lines whose program is cmd, wherever it lies, and no others", () => {
  const rest = (line: string) => windowsCommand(line)?.at(-1);
  expect(rest("cmd /c echo 'a b'")).toBe(" /c echo 'a b'");
  expect(rest('"C:\\Windows\\System32\\CMD.EXE" /c dir')).toBe(" /c dir");
  expect(rest("C:\\Windows\\system32\\cmd.exe/c dir")).toBe("/c dir");
  expect(["cmdkey /list", "echo cmd /c", "./cmd.sh", "", "python cmd"].map(rest)).toEqual(Array(5).fill(undefined));
});
