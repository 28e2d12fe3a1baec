/**
 * State machines as tables. Each entity lists its states and every change that may happen to them; a change without a row is our mistake and
 * is refused. The same table draws itself for the documentation. The hot path asks `allows` of two short strings, which are among the first of a list.
 */
import { assert } from "../../src/base/assert.ts";

export interface StateRow<State extends string> {
  readonly name: State;
  readonly meaning: string;
}

/** One permitted change. `from` none: the entity comes to be; `to` none: its record is removed. */
export interface TransitionRow<State extends string> {
  readonly from: State | "(none)";
  readonly trigger: string;
  readonly to: State | "(none)";
  /** The rule that says so, e.g. `P-50`. */
  readonly rule: string;
}

export class Machine<State extends string> {
  readonly name: string;
  readonly states: readonly StateRow<State>[];
  readonly transitions: readonly TransitionRow<State>[];
  /** From and to of every row in turn, each pair once: comparing a few short words costs less than a look-up by any of them. */
  private readonly pairs: string[] = [];
  private readonly targets = new Map<string, Map<string, TransitionRow<State>[]>>();

  constructor(name: string, states: readonly StateRow<State>[], transitions: readonly TransitionRow<State>[]) {
    this.name = name;
    this.states = Object.freeze([...states]);
    this.transitions = Object.freeze([...transitions]);
    const known = new Set<string>(["(none)", ...states.map((state) => state.name)]);
    for (const row of transitions) {
      assert(known.has(row.from) && known.has(row.to), `${name}: ${row.from} and ${row.to} are states`);
      let byTarget = this.targets.get(row.from);
      if (byTarget === undefined) this.targets.set(row.from, (byTarget = new Map()));
      if (!byTarget.has(row.to)) this.pairs.push(row.from, row.to);
      byTarget.set(row.to, [...(byTarget.get(row.to) ?? []), row]);
    }
  }

  /** Whether some row leads from one state to the other. */
  allows(from: State | "(none)", to: State | "(none)"): boolean {
    const pairs = this.pairs;
    for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === from && pairs[i + 1] === to) return true;
    return false;
  }

  /** Refuses a change that has no row. */
  check(from: State | "(none)", to: State | "(none)"): void {
    if (!this.allows(from, to)) assert(false, `${this.name}: no transition from ${from} to ${to}`);
  }

  /** The rows that lead from one state to another. */
  rows(from: State | "(none)", to: State | "(none)"): readonly TransitionRow<State>[] {
    return this.targets.get(from)?.get(to) ?? [];
  }

  /** The machine as a Mermaid state diagram. */
  mermaid(): string {
    const node = (state: string) => (state === "(none)" ? "[*]" : state);
    const lines = this.transitions.map((row) => `    ${node(row.from)} --> ${node(row.to)}: ${row.trigger} (${row.rule})`);
    return ["stateDiagram-v2", ...lines].join("\n");
  }

  /** The machine as plain text: each state with the changes that leave it. */
  ascii(): string {
    const froms = ["(none)" as const, ...this.states.map((state) => state.name)];
    const width = Math.max(...this.transitions.map((row) => row.to.length));
    return froms
      .map((from) => {
        const rows = this.transitions.filter((row) => row.from === from);
        const arrows = rows.map(
          (row, i) => `  ${i === rows.length - 1 ? "`" : "|"}--> ${row.to.padEnd(width)}  ${row.trigger} (${row.rule})`,
        );
        return [from, ...arrows].join("\n");
      })
      .join("\n");
  }

  /** The machine as a table of rows, for the documentation. */
  markdown(): string {
    const states = this.states.map((state) => `| ${state.name} | ${state.meaning} |`);
    const rows = this.transitions.map((row) => `| ${row.from} | ${row.trigger} | ${row.to} | ${row.rule} |`);
    return [
      "| state | meaning |",
      "|---|---|",
      ...states,
      "",
      "| from | trigger | to | rule |",
      "|---|---|---|---|",
      ...rows,
    ].join("\n");
  }
}
