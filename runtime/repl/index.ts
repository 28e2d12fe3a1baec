/**
 * `weir repl`: a session at the terminal, or over a pipe. Lines come in, entries are put together (entries.ts), each is a command (commands.ts)
 * or goes to the session (session.ts), and what it answers is printed. `node:readline` does the editing: `node:repl` is made for JavaScript
 * (its own commands begin with a dot, as numbers of ours do, and its errors are exceptions), and all it would add is a search in the history.
 *
 * Entries are worked off one after the other, also those that arrive while one is still running.
 */
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { INSTANT_MIN, TICKS_PER_MS, type Ticks } from "../../src/base/time.ts";
import { defaultSemantics, type Semantics } from "../../src/language/semantics.ts";
import { MetricStore } from "../../src/metrics/index.ts";
import { showAnswers } from "./answers.ts";
import { runCommand } from "./commands.ts";
import { loadFormula } from "./commandsOfFormula.ts";
import { loadMetrics } from "./commandsOfWorld.ts";
import type { Context } from "./context.ts";
import { type Entry, EntryReader } from "./entries.ts";
import { History, joinRecent } from "./history.ts";
import { painter } from "./paint.ts";
import { Session } from "./session.ts";
import { offers } from "./tabs.ts";

export { historyFileFrom } from "./history.ts";

export interface ReplOptions {
  readonly input: Readable & { readonly isTTY?: boolean };
  readonly output: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** Where problems go when no one is at the terminal; default `output`. */
  readonly errorOutput?: Writable;
  /** Default: whether input and output are both terminals. */
  readonly interactive?: boolean;
  /** Default false; NO_COLOR of the environment is the caller's to honour, and is honoured here as well. */
  readonly color?: boolean;
  /** See `historyFileFrom`; undefined: nothing is remembered. */
  readonly historyFile?: string | undefined;
  /** A formula to load first; metrics to read before it. A file that cannot be loaded ends a session before it begins, with code 2. */
  readonly formulaFile?: string | undefined;
  readonly metricsFile?: string | undefined;
  /** The first instant; default the newest sample's, without metrics the present. */
  readonly at?: Ticks | undefined;
  readonly targetDedicated?: number | undefined;
  readonly targetLowPriority?: number | undefined;
  readonly samplePeriod?: Ticks | undefined;
  readonly sampleDelay?: Ticks | undefined;
  /** What another system's metric names stand for. */
  readonly map?: ReadonlyMap<string, string> | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  readonly semantics?: Semantics | undefined;
}

/** Runs a session until it is left. The exit code: 0; 1 if something failed and no one was at the terminal; 2 if a file named by the options cannot be used. */
export function startRepl(options: ReplOptions): Promise<number> {
  return new Repl(options).start();
}

class Repl {
  private readonly options: ReplOptions;
  private readonly interactive: boolean;
  private readonly session: Session;
  private readonly reader: EntryReader;
  private readonly history: History;
  private readonly context: Context;
  private readonly prompts: readonly [string, string];
  private readline: Interface | undefined;
  /** Readline's own history, newest first. */
  private recent: string[] = [];
  private failed = false;
  private left = false;
  private ended = false;
  private working = false;
  private interrupted = false;

  constructor(options: ReplOptions) {
    this.options = options;
    this.interactive = options.interactive ?? (options.input.isTTY === true && options.output.isTTY === true);
    const { samplePeriod, sampleDelay } = options;
    const store = new MetricStore({
      ...(samplePeriod === undefined ? {} : { samplePeriod }),
      ...(sampleDelay === undefined ? {} : { sampleDelay }),
    });
    const now = options.at ?? BigInt(Date.now()) * TICKS_PER_MS;
    const targets = { dedicated: options.targetDedicated ?? 0, lowPriority: options.targetLowPriority ?? 0 };
    this.session = new Session(
      { store, now: now < INSTANT_MIN ? INSTANT_MIN : now, targets, seed: options.seed ?? 0 },
      options.semantics ?? defaultSemantics,
    );
    this.reader = new EntryReader(this.interactive);
    this.history = new History(this.interactive ? options.historyFile : undefined);
    const paint = painter(options.color ?? false, process.env);
    this.prompts = [`${paint("prompt", "weir>")} `, `${paint("quiet", "  ...")} `];
    this.context = {
      session: this.session,
      paint,
      history: this.history,
      width: Math.max(60, Math.min(options.output.columns ?? 100, 120)),
      samplePeriod,
      sampleDelay,
      map: options.map,
      say: (text) => void options.output.write(`${text}\n`),
      fail: (text) => {
        this.failed = true;
        (this.interactive ? options.output : (options.errorOutput ?? options.output)).write(`${text}\n`);
      },
      leave: () => {
        this.left = true;
      },
    };
  }

  async start(): Promise<number> {
    if (!this.prepare()) return 2;
    if (this.interactive)
      this.context.say(
        this.context.paint("quiet", "Statements and expressions; :help lists commands, Tab completes, Ctrl-D leaves."),
      );
    const { input, output } = this.options;
    const readline = createInterface({
      input,
      ...(this.interactive ? { output, terminal: true, prompt: this.prompts[0] } : { terminal: false }),
      history: [...this.history.entries].reverse(),
      historySize: 1000,
      removeHistoryDuplicates: true,
      completer: (line: string) => offers(this.session, this.reader.text, line),
    });
    this.readline = readline;
    this.prompt();
    return new Promise((resolve, reject) => {
      const work = () => {
        this.work().then(() => {
          if (!this.working && (this.left || this.ended)) {
            readline.close();
            resolve(this.interactive || !this.failed ? 0 : 1);
          }
        }, reject);
      };
      readline.on("line", (line) => {
        this.interrupted = false;
        this.reader.push(line);
        // Lines of one paste come in one go; they are looked at together.
        setImmediate(work);
      });
      readline.on("history", (recent) => {
        this.recent = recent;
      });
      readline.on("SIGINT", () => this.interrupt());
      readline.on("close", () => {
        if (this.interactive && !this.left) output.write("\n");
        this.ended = true;
        setImmediate(work);
      });
    });
  }

  /** Loads what the options name. */
  private prepare(): boolean {
    const { formulaFile, metricsFile, at } = this.options;
    if (metricsFile !== undefined && !loadMetrics(this.context, metricsFile, at)) return false;
    return formulaFile === undefined || loadFormula(this.context, formulaFile);
  }

  /** Works off all complete entries. Only one at a time runs; the one that runs takes over what came meanwhile. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    try {
      while (!this.left) {
        const entry = this.reader.next(this.ended);
        if (entry === undefined) break;
        await this.answer(entry);
      }
    } finally {
      this.working = false;
    }
    if (!this.left && !this.ended) this.prompt();
  }

  private async answer(entry: Entry): Promise<void> {
    if (this.interactive) {
      this.history.add(entry.text);
      joinRecent(this.recent, entry.text);
    }
    if (entry.kind === "command") await runCommand(this.context, entry.text);
    else showAnswers(this.context, this.session.enter(entry.text));
  }

  private prompt(): void {
    if (!this.interactive) return;
    this.readline?.setPrompt(this.prompts[this.reader.isWaiting ? 1 : 0]);
    this.readline?.prompt();
  }

  /** Ctrl-C drops what is being typed; with nothing typed, the second one in a row leaves. */
  private interrupt(): void {
    const { readline } = this;
    if (readline === undefined) return;
    const { output } = this.options;
    if (this.reader.isWaiting || readline.line !== "") {
      this.reader.clear();
      this.interrupted = false;
      output.write("\n");
      // Ends the typed line without entering it.
      readline.write(null, { ctrl: true, name: "e" });
      readline.write(null, { ctrl: true, name: "u" });
    } else if (this.interrupted) {
      readline.close();
      return;
    } else {
      this.interrupted = true;
      output.write(`\n${this.context.paint("quiet", "Ctrl-C again or Ctrl-D leaves")}\n`);
    }
    this.prompt();
  }
}
