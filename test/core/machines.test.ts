/** State machines as tables: they refuse what has no row, every state can be reached and left, and the page of drawings is up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Machine } from "../../runtime/core/machine.ts";
import { machines, stateMachinesPage } from "../../runtime/core/machines.ts";

const page = new URL("../../docs/state-machines.md", import.meta.url);

describe.each(machines.map((machine) => [machine.name, machine] as const))("%s", (_name, machine) => {
  const names = machine.states.map((state) => state.name);

  it("allows exactly the pairs that have a row, and asserts on every other", () => {
    for (const from of ["(none)", ...names] as const) {
      for (const to of ["(none)", ...names] as const) {
        const row = machine.transitions.some((candidate) => candidate.from === from && candidate.to === to);
        expect(machine.allows(from, to)).toBe(row);
        expect(machine.rows(from, to).length > 0).toBe(row);
        if (row) machine.check(from, to);
        else expect(() => machine.check(from, to)).toThrow(`${machine.name}: no transition from ${from} to ${to}`);
      }
    }
  });

  it("reaches every state from nothing, and nothing from every state, but for the one of later service versions", () => {
    const reach = (start: string, step: (row: { from: string; to: string }) => [string, string]) => {
      const found = new Set([start]);
      for (let grown = true; grown; ) {
        grown = false;
        for (const row of machine.transitions) {
          const [near, far] = step(row);
          if (found.has(near) && !found.has(far)) {
            found.add(far);
            grown = true;
          }
        }
      }
      return found;
    };
    const entered = names.filter((name) => name !== "upgradingos");
    expect([...reach("(none)", (row) => [row.from, row.to])].sort()).toEqual(["(none)", ...entered].sort());
    expect([...reach("(none)", (row) => [row.to, row.from])].sort()).toEqual(["(none)", ...entered].sort());
  });

  it("names a rule for every row and a meaning for every state", () => {
    expect(machine.transitions.filter((row) => row.rule === "" || row.trigger === "")).toEqual([]);
    expect(machine.states.filter((state) => state.meaning === "")).toEqual([]);
  });

  it("cannot be asked for states by way of Object.prototype", () => {
    expect(machine.allows("__proto__", "constructor")).toBe(false);
    expect(machine.rows("constructor", "name")).toEqual([]);
  });
});

it("a row between states that do not exist is our mistake", () => {
  expect(
    () => new Machine("m", [{ name: "a", meaning: "a" }], [{ from: "a", trigger: "t", to: "b" as "a", rule: "r" }]),
  ).toThrow("are states");
});

it("docs/state-machines.md is the page made of the tables", () => {
  if (process.env.WEIR_REWRITE === "1") writeFileSync(page, stateMachinesPage());
  expect(readFileSync(page, "utf8")).toBe(stateMachinesPage());
});
