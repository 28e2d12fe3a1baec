/** The files of a node as the file operations see them (P-190 to P-194). */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { spawnSync } from "node:child_process";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { DirectoryFiles } from "../../runtime/agent/node/files.ts";
import { freshDirectory } from "./desk.ts";

const base = freshDirectory();
const root = join(base, "node");
const files = new DirectoryFiles(root);
beforeEach(() => {
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, "a", "deep"), { recursive: true });
  mkdirSync(join(root, "empty"));
  writeFileSync(join(root, "a", "one.txt"), "0123456789");
  writeFileSync(join(root, "a", "deep", "two"), "");
  writeFileSync(join(root, "a.txt"), "x");
  writeFileSync(join(base, "secret"), "secret");
  symlinkSync("../secret", join(root, "out"));
  symlinkSync("..", join(root, "up"));
  symlinkSync("a/one.txt", join(root, "inside"));
  symlinkSync("nosuch", join(root, "dangling"));
});
afterAll(() => rmSync(base, { recursive: true }));

const paths = async (directory: string, recursive: boolean) =>
  (await files.list(directory, recursive))?.map(({ path }) => path);

describe("DirectoryFiles", () => {
  it("P-190: lists flat and recursively in order of path, without links that lead outside", async () => {
    expect(await paths("", false)).toEqual(["a", "a.txt", "empty", "inside"]);
    expect(await paths("", true)).toEqual(["a", "a.txt", "a/deep", "a/deep/two", "a/one.txt", "empty", "inside"]);
    expect(await paths("a", false)).toEqual(["a/deep", "a/one.txt"]);
    expect(await paths("empty", true)).toEqual([]);
    expect(await paths("a/one.txt", true)).toBeUndefined();
    expect(await paths("nosuch", true)).toBeUndefined();
  });

  it("P-191: tells size, times and mode", async () => {
    const found = await files.stat("a/one.txt");
    expect(found).toMatchObject({ path: "a/one.txt", isDirectory: false, size: 10 });
    expect(found!.mode & 0o170000).toBe(0o100000);
    expect(Math.abs(found!.lastModifiedAt - Date.now())).toBeLessThan(600_000);
    expect(await files.stat("a")).toMatchObject({ isDirectory: true, size: 0 });
    expect(await files.stat("inside")).toMatchObject({ path: "inside", size: 10 });
  });

  it("P-190: reads ranges, both ends inclusive", async () => {
    expect(await text(await files.open("a/one.txt", 0, 9))).toBe("0123456789");
    expect(await text(await files.open("a/one.txt", 2, 4))).toBe("234");
    expect(await text(await files.open("a/one.txt", 9, 100))).toBe("9");
    expect(await text(await files.open("a/deep/two", 0, -1))).toBe("");
  });

  it.each([
    "..",
    "../secret",
    "a/../../secret",
    "/etc/passwd",
    "out",
    "up",
    "up/secret",
    "dangling",
    "a\0",
    "a/one.txt/x",
    "x".repeat(5_000),
  ])("P-194: %j is as if it did not exist", async (path) => {
    expect(await files.stat(path)).toBeUndefined();
    expect(await files.list(path, true)).toBeUndefined();
    await expect(files.open(path, 0, 10)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("P-194: removes nothing outside, and of a link the link alone", async () => {
    for (const path of ["..", "../secret", "up/secret", "/etc/hostname", "", "."])
      expect(await files.remove(path, true)).toBe("gone");
    expect(await files.remove("out", true)).toBe("removed");
    expect(await files.remove("up", true)).toBe("removed");
    expect(await text(await new DirectoryFiles(base).open("secret", 0, 10))).toBe("secret");
  });

  it("P-190: removes files, empty directories, and full ones when asked to", async () => {
    expect(await files.remove("a", false)).toBe("notEmpty");
    expect(await files.remove("empty", false)).toBe("removed");
    expect(await files.remove("a/one.txt", false)).toBe("removed");
    expect(await files.remove("a/one.txt", false)).toBe("gone");
    expect(await files.remove("a", true)).toBe("removed");
    expect(await paths("", true)).toEqual(["a.txt"]);
  });

  it("a pipe is no file, and nobody waits for it", async () => {
    expect(spawnSync("mkfifo", [join(root, "pipe")]).status).toBe(0);
    expect(await files.stat("pipe")).toBeUndefined();
    expect(await paths("", false)).not.toContain("pipe");
    await expect(files.open("pipe", 0, 10)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("a node without a directory has no files", async () => {
    const none = new DirectoryFiles(join(base, "nosuch"));
    expect(await none.list("", true)).toBeUndefined();
    expect(await none.stat("a")).toBeUndefined();
    expect(await none.remove("a", true)).toBe("gone");
  });
});
