/** Application packages (P-150 to P-153): what is unpacked, and what a zip file that means harm does not do. */
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZipFile } from "yazl";
import type { RunEnding } from "../../runtime/agent/protocol.ts";
import { Desk } from "./desk.ts";

let desk: Desk;
let shelf: string;
let serial = 0;
beforeAll(async () => {
  desk = await Desk.open();
  shelf = join(desk.root, "shelf");
  mkdirSync(shelf);
});
afterAll(() => desk.close());

type Content = readonly [name: string, content: string, mode?: number];

async function zip(name: string, contents: readonly Content[]): Promise<string> {
  const path = join(shelf, name);
  const file = new ZipFile();
  for (const [entry, content, mode] of contents) {
    file.addBuffer(Buffer.from(content), entry, mode === undefined ? {} : { mode });
  }
  file.end();
  await pipeline(file.outputStream, createWriteStream(path));
  return path;
}

/** The same bytes with one name changed to another of equal length: what no honest writer would make. */
function renamed(path: string, from: string, to: string): string {
  const bytes = readFileSync(path);
  for (let at = bytes.indexOf(from); at >= 0; at = bytes.indexOf(from, at + 1)) bytes.write(to, at);
  writeFileSync(path, bytes);
  return path;
}

const install = (packages: readonly { zip: string; directory: string }[], commandLine = "true"): Promise<RunEnding> =>
  desk.result(`k${serial++}`, commandLine, { packages });
const installed = (...parts: string[]) => desk.path("applications", ...parts);

describe("application packages", () => {
  it("P-151: are unpacked under `applications` with their directories, modes and links, before the task runs", async () => {
    const path = await zip("app.zip", [
      ["bin/run", "#!/bin/sh\ncat ../data\n", 0o100755],
      ["data", "content", 0o100640],
      ["bin/link", "../data", 0o120777],
    ]);
    expect(
      await install(
        [{ zip: path, directory: "app_1" }],
        `/bin/sh -c '"$AZ_BATCH_NODE_ROOT_DIR"/applications/app_1/bin/run || true'`,
      ),
    ).toMatchObject({ exitCode: 0 });
    expect(readFileSync(installed("app_1", "bin", "link"), "utf8")).toBe("content");
    expect(readlinkSync(installed("app_1", "bin", "link"))).toBe("../data");
    expect(statSync(installed("app_1", "bin", "run")).mode & 0o777).toBe(0o755);
    expect(statSync(installed("app_1", "data")).mode & 0o777).toBe(0o640);
  });

  it("P-151: the same one is not unpacked again, a changed one is; tasks that want it at once share the work", async () => {
    const path = await zip("same.zip", [["a", "1"]]);
    const wanted = [{ zip: path, directory: "same" }];
    await Promise.all([install(wanted), install(wanted), install(wanted)]);
    writeFileSync(installed("same", "mine"), "");
    await install(wanted);
    expect(existsSync(installed("same", "mine"))).toBe(true);
    await zip("same.zip", [["a", "other content"]]);
    await install(wanted);
    expect(existsSync(installed("same", "mine"))).toBe(false);
    expect(readFileSync(installed("same", "a"), "utf8")).toBe("other content");
  });

  it("P-152: one that is not there is a preprocessing error", async () => {
    const { cause, failure } = await install([{ zip: join(shelf, "nosuch.zip"), directory: "x" }]);
    expect({ cause, failure }).toMatchObject({
      cause: "preprocessing",
      failure: { category: "ServerError", code: "ApplicationPackageError" },
    });
  });

  it.each<[string, () => Promise<string>]>([
    ["a name with ..", async () => renamed(await zip("slip.zip", [["xx/xx/out", "x"]]), "xx/xx/out", "../../out")],
    [
      "an absolute name",
      async () => renamed(await zip("absolute.zip", [["xtmp/weir-slip", "x"]]), "xtmp/weir-slip", "/tmp/weir-slip"),
    ],
    ["a link that leaves it", () => zip("link.zip", [["l", "../../../../etc", 0o120777]])],
    ["a link to an absolute path", () => zip("root.zip", [["l", "/etc", 0o120777]])],
    [
      "a file through a link",
      () =>
        zip("through.zip", [
          ["l", "sub", 0o120777],
          ["l/file", "x"],
          ["sub/x", "x"],
        ]),
    ],
    [
      "a name twice",
      async () =>
        renamed(
          await zip("twice.zip", [
            ["a1", "x"],
            ["a2", "y"],
          ]),
          "a2",
          "a1",
        ),
    ],
    [
      "bytes that are no zip file",
      async () => {
        writeFileSync(join(shelf, "noise.zip"), "PK no zip at all".repeat(100));
        return join(shelf, "noise.zip");
      },
    ],
    [
      "a file that is cut off",
      async () => {
        const path = await zip("cut.zip", [["a", "x".repeat(10_000)]]);
        writeFileSync(path, readFileSync(path).subarray(0, 60));
        return path;
      },
    ],
  ])("with %s are refused, and leave nothing behind", async (_, make) => {
    const directory = `bad-${serial}`;
    const before = readdirSync(desk.root);
    const ending = await install([{ zip: await make(), directory }]);
    expect(ending).toMatchObject({ cause: "preprocessing", failure: { code: "ApplicationPackageError" } });
    expect(existsSync(installed(directory))).toBe(false);
    expect(readdirSync(desk.path("volatile")).filter((name) => name.startsWith("unpacking"))).toEqual([]);
    expect(readdirSync(desk.root)).toEqual(before);
    expect(existsSync("/tmp/weir-slip")).toBe(false);
  });

  it("a bomb is refused by what it says of itself and by what comes out", async () => {
    const path = await zip("bomb.zip", [["zeros", "\0".repeat(3_000_000)]]);
    const bytes = readFileSync(path);
    // The central directory's uncompressed size, 24 bytes into the entry.
    bytes.writeUInt32LE(0xf0000000, bytes.lastIndexOf("PK\x01\x02", undefined, "latin1") + 24);
    writeFileSync(path, bytes);
    expect((await install([{ zip: path, directory: "bomb" }])).failure).toMatchObject({ code: "ApplicationPackageError" });
    bytes.writeUInt32LE(10, bytes.lastIndexOf("PK\x01\x02", undefined, "latin1") + 24);
    writeFileSync(path, bytes);
    expect((await install([{ zip: path, directory: "bomb" }])).failure).toMatchObject({ code: "ApplicationPackageError" });
    expect(existsSync(installed("bomb"))).toBe(false);
  });

  it("a directory that leaves `applications` is refused", async () => {
    const path = await zip("fine.zip", [["a", "1"]]);
    expect((await install([{ zip: path, directory: "../shared" }])).failure).toMatchObject({ code: "ApplicationPackageError" });
    expect(existsSync(desk.path("shared", "a"))).toBe(false);
  });
});
