/**
 * An interactive session: a formula in the making, the world it is tried on (metrics, instant, targets of the pool, seed), and the values its
 * variables have in that world.
 *
 *     entered text → statements, run one after the other, each on the values so far → kept if it assigned something
 *     another world  → every kept statement runs again; one that fails there only loses its value
 *
 * Running one statement at a time, not the whole formula, keeps an old statement's failure from hiding a new one's answer. `formula()` is the
 * whole, for everything that is about the formula as the service would see it: run, step, explain, lint.
 */
import { randomStream } from "../../src/base/random.ts";
import type { Ticks } from "../../src/base/time.ts";
import { bind, type BoundEnvironment } from "../../src/autoscale/bind.ts";
import type { PoolTargets } from "../../src/autoscale/results.ts";
import type { Statement } from "../../src/language/ast.ts";
import { ungroup } from "../../src/language/ast.ts";
import { variables } from "../../src/language/builtins/index.ts";
import type { Diagnostic } from "../../src/language/diagnostics/diagnostic.ts";
import { interpret } from "../../src/language/execute/interpreter.ts";
import type { Outcome } from "../../src/language/execute/outcome.ts";
import type { Semantics } from "../../src/language/semantics.ts";
import { Source } from "../../src/language/source.ts";
import { parse } from "../../src/language/syntax/parse.ts";
import { type Type, typeOf, type Value } from "../../src/language/values/value.ts";
import type { MetricStore } from "../../src/metrics/index.ts";
import { readsName } from "./reads.ts";
import { prelude } from "./prelude.ts";
import { failureDiagnostic } from "./problems.ts";

/** What one entered statement did. */
export type Answer =
  | { readonly kind: "value"; readonly name: string | undefined; readonly value: Value }
  /** It called `stop()`, so it has no value. */
  | { readonly kind: "stopped" }
  | { readonly kind: "problems"; readonly source: Source; readonly diagnostics: readonly Diagnostic[] };

/** A text that was entered or loaded, with its statements. */
interface Chunk {
  readonly source: Source;
  readonly statements: readonly Statement[];
}

/** The world that a session's statements are evaluated in. */
export interface World {
  readonly store: MetricStore;
  /** The instant of every evaluation. */
  readonly now: Ticks;
  /** What the pool has. */
  readonly targets: PoolTargets;
  /** Start of the stream of `rand()`. */
  readonly seed: number;
}

export class Session {
  readonly semantics: Semantics;
  /** User-defined variables, targets and option that have a value now, by the name they were assigned by. */
  readonly values = new Map<string, Value>();
  private world: World;
  private environment: BoundEnvironment;
  private chunks: Chunk[] = [];

  constructor(world: World, semantics: Semantics) {
    this.world = world;
    this.semantics = semantics;
    this.environment = environmentOf(world);
  }

  get now(): Ticks {
    return this.world.now;
  }
  get targets(): PoolTargets {
    return this.world.targets;
  }
  get seed(): number {
    return this.world.seed;
  }
  get store(): MetricStore {
    return this.world.store;
  }

  /** The whole formula as text: what was loaded and entered, comments included. Empty in a new session. */
  formula(): string {
    return this.chunks.map(({ source }) => closedText(source.text)).join("");
  }

  /** Types of the variables that have a value. */
  types(): Map<string, Type | undefined> {
    return new Map(Array.from(this.values, ([name, value]) => [name, typeOf(value)]));
  }

  /**
   * Evaluates a text of one or more statements and keeps those that assign something, up to the first that fails. A text with syntax errors
   * changes nothing.
   */
  enter(text: string, name = "input"): Answer[] {
    const source = new Source(text, name);
    const { formula, diagnostics } = parse(source);
    if (formula === undefined) return [{ kind: "problems", source, diagnostics }];
    const answers: Answer[] = [];
    const kept: Statement[] = [];
    for (const statement of formula.statements) {
      const answer = this.evaluate(statement, source);
      answers.push(answer);
      if (answer.kind === "problems") break;
      if (statement.target !== undefined) kept.push(statement);
    }
    this.keep(source, formula.statements, kept);
    return answers;
  }

  /** Replaces the formula by the text of a file, comments and all; the statements that fail in this world. With syntax errors nothing changes. */
  load(source: Source): readonly Answer[] {
    const { formula, diagnostics } = parse(source);
    if (formula === undefined) return [{ kind: "problems", source, diagnostics }];
    this.chunks = [{ source, statements: formula.statements }];
    return this.revalue();
  }

  /** Goes to another world and evaluates everything there; the statements that fail in it. */
  move(change: Partial<World>): readonly Answer[] {
    this.world = { ...this.world, ...change };
    this.environment = environmentOf(this.world);
    return this.revalue();
  }

  /** Forgets formula and values; the world stays. */
  reset(): void {
    this.chunks = [];
    this.revalue();
  }

  /** Runs the whole formula once, as the service would; undefined for one that cannot be read (too long, too many statements). */
  run():
    | { readonly source: Source; readonly outcome: Outcome; readonly problem: Diagnostic | undefined }
    | { readonly source: Source; readonly diagnostics: readonly Diagnostic[] } {
    const source = new Source(this.formula(), "formula");
    const { formula, diagnostics } = parse(source);
    if (formula === undefined) return { source, diagnostics };
    const outcome = interpret(formula, environmentOf(this.world), this.semantics);
    const problem = outcome.failure && failureDiagnostic(outcome.failure, formula, source.text, this.semantics);
    return { source, outcome, problem };
  }

  private revalue(): Answer[] {
    this.values.clear();
    this.environment.random = randomStream(this.world.seed);
    const failed: Answer[] = [];
    for (const { source, statements } of this.chunks) {
      for (const statement of statements) {
        const answer = this.evaluate(statement, source);
        if (answer.kind === "problems") failed.push(answer);
      }
    }
    return failed;
  }

  /** Runs one statement on the values so far, and takes its value over. */
  private evaluate(statement: Statement, source: Source): Answer {
    const formula = { statements: [...prelude(this.values), statement], start: 0, end: source.text.length };
    const sought = ungroup(statement.value);
    let value: Value | undefined;
    const outcome = interpret(formula, this.environment, this.semantics, {
      value: (expression, given) => {
        if (expression === sought) value = given;
      },
    });
    if (outcome.failure !== undefined) {
      return {
        kind: "problems",
        source,
        diagnostics: [failureDiagnostic(outcome.failure, formula, source.text, this.semantics)],
      };
    }
    if (value === undefined) return { kind: "stopped" };
    const name = statement.target?.name;
    if (name !== undefined) this.values.set(name, value);
    return { kind: "value", name, value };
  }

  /**
   * Adds what was entered to the formula. A statement entered alone takes the place of one that assigned the same name, if nothing between
   * reads it: trying ten numbers for one variable should not leave ten lines.
   */
  private keep(source: Source, all: readonly Statement[], kept: readonly Statement[]): void {
    if (kept.length === 0) return;
    if (kept.length === all.length && all.length > 1) {
      this.chunks.push({ source, statements: kept });
      return;
    }
    for (const statement of kept) {
      const text = source.text.slice(statement.start, statement.end);
      this.replaceOlder(statement, text);
      const own = all.length === 1 ? source : new Source(text, source.name);
      const again = parse(own).formula?.statements ?? [];
      this.chunks.push({ source: own, statements: again });
    }
  }

  private replaceOlder(statement: Statement, text: string): void {
    const name = statement.target?.name as string;
    const row = variables.get(name);
    if (row?.aliasOf !== undefined || readsName(text, name)) return;
    for (let i = this.chunks.length - 1; i >= 0; i--) {
      const { source, statements } = this.chunks[i];
      if (statements.length === 1 && statements[0].target?.name === name) {
        this.chunks.splice(i, 1);
        return;
      }
      if (readsName(source.text, name)) return;
    }
  }
}

function environmentOf({ store, now, targets, seed }: World): BoundEnvironment {
  return bind(store, { now, targets, seed });
}

/** A text that another can follow: its last statement closed, its last comment ended. */
function closedText(text: string): string {
  const trimmed = text.trimEnd();
  const lastLine = trimmed.slice(Math.max(trimmed.lastIndexOf("\n"), trimmed.lastIndexOf("\r")) + 1);
  if (trimmed.endsWith(";") || trimmed === "") return `${trimmed}\n`;
  return lastLine.includes("//") ? `${trimmed}\n;\n` : `${trimmed};\n`;
}
