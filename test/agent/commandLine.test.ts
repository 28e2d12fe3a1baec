/** Command lines without a shell (T-20). */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { splitCommandLine } from "../../runtime/agent/run/commandLine.ts";

const split = (line: string) => {
  const result = splitCommandLine(line);
  return "arguments" in result ? result.arguments : result.problem;
};

describe("splitCommandLine", () => {
  it.each<[string, string[]]>([
    ["python3 run.py --fast", ["python3", "run.py", "--fast"]],
    ["  a\t b\r\nc  ", ["a", "b", "c"]],
    [`/bin/sh -c 'echo "$HOME" > out; exit 3'`, ["/bin/sh", "-c", `echo "$HOME" > out; exit 3`]],
    [`/bin/bash -c "echo \\"hi\\" $X \\$Y \\\\"`, ["/bin/bash", "-c", `echo "hi" $X \\$Y \\`]],
    [`a b\\ c 'd'"e"f ''`, ["a", "b c", "def", ""]],
    ["echo $PATH * ~ ; | > x && y", ["echo", "$PATH", "*", "~", ";", "|", ">", "x", "&&", "y"]],
    [`x 'it'\\''s'`, ["x", "it's"]],
  ])("T-20 splits %j without a shell", (line, words) => {
    expect(split(line)).toEqual(words);
  });

  it.each([
    ["", "names no program"],
    ["   ", "names no program"],
    ["'' x", "names no program"],
    ["echo 'a", "single quote at character 6"],
    ['echo "a\\"', "double quote at character 6"],
    ["echo \\", "ends in a backslash"],
    ["echo a\0b", "NUL"],
  ])("says what is wrong with %j", (line, problem) => {
    expect(split(line)).toContain(problem);
  });

  it("gives back any arguments that were quoted, whatever characters they hold", () => {
    const text = fc.string({ unit: "binary", maxLength: 20 }).map((value) => value.replaceAll("\0", ""));
    const words = fc.tuple(
      text.filter((value) => value !== ""),
      fc.array(text, { maxLength: 5 }),
    );
    fc.assert(
      fc.property(words, fc.boolean(), ([program, rest], single) => {
        const quote = (word: string) =>
          single ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word.replace(/["\\]/g, (character) => `\\${character}`)}"`;
        const all = [program, ...rest];
        expect(split(all.map(quote).join(" "))).toEqual(all);
      }),
      { numRuns: 60 },
    );
  });

  it("takes a line of a megabyte in passing", () => {
    expect(split(`echo ${"'a' \"b\" \\c ".repeat(100_000)}`)).toHaveLength(300_001);
  });
});
