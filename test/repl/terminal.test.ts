/** Sessions with a person at the terminal: prompts, editing, completion, history. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { History, HISTORY_MAX, historyFileFrom } from "../../runtime/repl/history.ts";
import { folder, Person } from "./repl.ts";

const CTRL_C = "\u0003";
const CTRL_D = "\u0004";
const UP = "\u001b[A";

/** A person whose session has begun. */
async function begun(options: ConstructorParameters<typeof Person>[0] = {}): Promise<Person> {
  const person = new Person(options);
  await person.until("weir> ");
  return person;
}

describe("at the terminal", () => {
  it("an unfinished line gets another prompt, a finished entry its value; failures do not change the exit code", async () => {
    const person = await begun();
    person.type("x = max(1,\r");
    await person.until("  ... ");
    person.type("2)\r");
    expect(await person.until("weir> ")).toContain("x = 2  double");
    person.type("x = nowhere\r");
    expect(await person.until("weir> ")).toContain("Undefined symbol: nowhere");
    person.type(CTRL_D);
    expect(await person.ended).toBe(0);
  });

  it("a blank line ends an unfinished entry with its syntax error", async () => {
    const person = await begun();
    person.type("x = (1\r");
    await person.until("  ... ");
    person.type("\r");
    expect(await person.until("weir> ")).toContain("error[unclosed]");
    person.type(":quit\r");
    expect(await person.ended).toBe(0);
  });

  it("Ctrl-C drops what is typed, on one line or several; twice on an empty line leaves", async () => {
    const person = await begun();
    person.type("nonsense(((");
    await person.until("((");
    person.type(CTRL_C);
    await person.until("weir> ");
    person.type("x = (1\r");
    await person.until("  ... ");
    person.type(CTRL_C);
    await person.until("weir> ");
    person.type("1 + 1\r");
    expect(await person.until("weir> ")).toContain("2  double");
    person.type(CTRL_C);
    expect(await person.until("weir> ")).toContain("Ctrl-C again or Ctrl-D leaves");
    person.type(CTRL_C);
    expect(await person.ended).toBe(0);
  });

  it("a pasted formula is taken statement by statement, wherever its lines break", async () => {
    const person = await begun();
    person.paste("a = 4;\r// note\r$TargetDedicatedNodes = a > 3\r  ? max(1,\r\r 2)\r  : 5;\rb = a\r  * 2\r");
    const shown = await person.until("b = 8");
    expect(shown).toContain("a = 4  double");
    expect(shown).toContain("$TargetDedicatedNodes = 2  double");
    expect(shown).not.toContain("error");
    person.type(CTRL_D);
    await person.ended;
  });
});

describe("Tab", () => {
  it("completes names, methods, members, session variables and option words", async () => {
    const person = await begun();
    person.type("clock = time()\r");
    await person.until("timestamp");
    for (const [keys, completed] of [
      ["x = $Pend\t", "x = $PendingTasks"],
      ["x = Pend\t", "x = $PendingTasks"],
      ["x = perc\t", "x = percentile("],
      ["x = clo\t", "x = clock"],
      ["x = clock.we\t", "x = clock.weekday"],
      ["x = $PendingTasks.Hist\t", "x = $PendingTasks.HistoryBeginTime()"],
      ["$NodeDeallocationOption = task\t", "$NodeDeallocationOption = taskcompletion"],
      [":met\t", ":metrics"],
      [":help GetSamplePerc\t", ":help GetSamplePercent"],
      [":type $Act\t", ":type $ActiveTasks"],
    ]) {
      person.type(keys);
      await person.until(completed);
      person.type(CTRL_C);
      await person.until("weir> ");
    }
    person.type(CTRL_D);
    await person.ended;
  });

  it("goes on with the lines above, completes file names, and a second Tab lists", async () => {
    const path = folder({ "week.csv": "", "weekend.csv": "" });
    const person = await begun();
    person.type("x = max(1,\r");
    await person.until("  ... ");
    person.type("$Runn\t");
    await person.until("$RunningTasks");
    person.type(CTRL_C);
    await person.until("weir> ");
    person.type(`:metrics ${path}/we\t`);
    await person.until(`${path}/week`);
    person.type("\t\t");
    const listed = await person.until("weekend.csv");
    expect(listed).toContain("week.csv");
    person.type(CTRL_C);
    person.type(CTRL_D);
    await person.ended;
  });
});

describe("history", () => {
  it("is kept between sessions, a multi-line entry as one line, and Up brings it back", async () => {
    const historyFile = join(folder(), "state", "history");
    const first = await begun({ historyFile });
    first.type("x = max(1,\r");
    await first.until("  ... ");
    first.type("2)\r");
    await first.until("double");
    first.type(`${UP}\r`);
    expect(await first.until("double")).toContain("x = max(1, 2)");
    first.type("x + 1\rx + 1\r:quit\r");
    await first.ended;
    expect(readFileSync(historyFile, "utf8")).toBe("x = max(1, 2)\nx + 1\n:quit\n");
    expect(statSync(historyFile).mode & 0o777).toBe(0o600);

    const second = await begun({ historyFile });
    second.type(UP);
    await second.until(":quit");
    second.type(`${UP}${UP}\r`);
    expect(await second.until("double")).toContain("x = 2");
    second.type(":history 3\r");
    await second.until("x = max(1, 2)\n:history 3\n");
    second.type(CTRL_D);
    await second.ended;
  });

  it("is bounded, and a file that cannot be read or written is no obstacle", () => {
    const path = join(folder(), "history");
    writeFileSync(path, Array.from({ length: HISTORY_MAX + 50 }, (_, i) => `x = ${i}`).join("\n"));
    const history = new History(path);
    expect(history.entries).toHaveLength(HISTORY_MAX);
    expect(history.entries[0]).toBe("x = 50");
    expect(readFileSync(path, "utf8").split("\n")).toHaveLength(HISTORY_MAX + 1);
    history.add("y = 1");
    expect(history.entries).toHaveLength(HISTORY_MAX);
    for (const file of [undefined, "/proc/none/history", folder()]) {
      const other = new History(file);
      expect(other.add("x = 1")).toBe("x = 1");
      expect(other.entries).toEqual(["x = 1"]);
    }
  });

  it("leaves out blanks, repetitions, pastes, and lines that a comment would swallow", () => {
    const history = new History(undefined);
    for (const entry of ["x = 1", "x = 1", "  ", "y = ( // one\n 2)", `z = ${"1+".repeat(1500)}1`, "w = (1 +\n  2) // last"])
      history.add(entry);
    expect(history.entries).toEqual(["x = 1", "w = (1 + 2) // last"]);
  });

  it("its file is WEIR_HISTORY, else in XDG_STATE_HOME, else in the home directory; an empty WEIR_HISTORY is none", () => {
    expect(historyFileFrom({ WEIR_HISTORY: "/a/b", XDG_STATE_HOME: "/s" }, "/h")).toBe("/a/b");
    expect(historyFileFrom({ WEIR_HISTORY: "" }, "/h")).toBeUndefined();
    expect(historyFileFrom({ XDG_STATE_HOME: "/s" }, "/h")).toBe("/s/weir/history");
    expect(historyFileFrom({ XDG_STATE_HOME: "relative" }, "/h")).toBe("/h/.weir_history");
    expect(historyFileFrom({}, "")).toBeUndefined();
  });
});

describe("colour", () => {
  it("is there when asked for, and NO_COLOR wins", async () => {
    const { painter } = await import("../../runtime/repl/paint.ts");
    expect(painter(true, {})("error", "x")).toContain("\u001b[");
    expect(painter(true, { NO_COLOR: "1" })("error", "x")).toBe("x");
    expect(painter(true, { NO_COLOR: "" })("error", "x")).toContain("\u001b[");
    expect(painter(false)("error", "x")).toBe("x");
    expect(painter(true)("no such role", "x")).toBe("x");
  });
});
