/**
 * The service in real time: one loop that owns the world, its store and its provider. A turn takes everything that waits, makes a step of each input,
 * writes rows and events of all of them in one transaction, and only then has effects performed and callers answered:
 *
 *     reports ─┐
 *     commands ┼─→ step, step, step … ─→ commit ─→ effects → provider ─→ reports acknowledged ─→ callers answered
 *     timers ──┘       └──────── one synchronous block: nobody sees a world that is not durable ────────┘
 *
 * Between turns it sleeps until something is due or comes in. The simulator's loop (`loop.ts`) is the same order under a virtual clock, without a store.
 */
import { ChangeCollector } from "../core/restore/changes.ts";
import { outstandingEffects } from "../core/restore/outstanding.ts";
import type { Effect, Input, Report } from "../core/protocol.ts";
import { nextDueAt, type StepResult, step } from "../core/step.ts";
import type { World } from "../core/world.ts";
import type { Persistence, RecordChange, StoredEvent } from "../persistence/persistence.ts";
import type { Log } from "../providers/log.ts";
import type { Provider } from "../providers/provider.ts";
import { Records } from "./records.ts";
import { Failed, Overloaded, Stopped } from "./refused.ts";
import type { ServiceOptions, TurnSummary } from "./serviceOptions.ts";
import { Turn } from "./turn.ts";
import { type CommandSource, made, type Waiting, WaitingLine } from "./waitingLine.ts";

export { Failed, Overloaded, Stopped } from "./refused.ts";

const TIME_PASSED: Input = Object.freeze({ kind: "TimePassed" });
/** Longest sleep, in real milliseconds: a timer of Node counts in 31 bits. */
const SLEEP_MS_MAX = 60_000;

/** The running service: commands in by `submit`, the world to read, `stop` to end it. When the store fails it stops and says so by `onFailure`. */
export class Service {
  /** Read it, never change it; whenever other code runs, it is what the store holds. */
  readonly world: World;
  readonly records: Records;
  private readonly provider: Provider;
  private readonly persistence: Persistence;
  private readonly clock: ServiceOptions["clock"];
  private readonly log: Log;
  private readonly turnInputsMax: number;
  private readonly onFailure: ServiceOptions["onFailure"];
  private readonly line: WaitingLine;
  private readonly collector: ChangeCollector;
  private readonly listeners = new Set<(summary: TurnSummary) => void>();
  private recordChanges: {
    readonly change: RecordChange;
    readonly done: () => void;
    readonly failed: (error: Error) => void;
  }[] = [];
  private lastEvent: number;
  private state: "new" | "running" | "stopped" | "failed" = "new";
  private failure: Error | undefined;
  private immediate: NodeJS.Immediate | undefined;
  private sleep: NodeJS.Timeout | undefined;

  constructor(options: ServiceOptions) {
    const { world, provider, persistence, clock } = options;
    // Otherwise nothing would ever be written, and nobody would notice before the next start.
    if (!world.trackChanges || world.eventMode !== "keep") throw new RangeError("world: needs trackChanges and events keep");
    const stored = options.stored ?? persistence.load();
    this.world = world;
    this.provider = provider;
    this.persistence = persistence;
    this.clock = clock;
    this.log = options.log ?? (() => {});
    this.turnInputsMax = options.turnInputsMax ?? 1_000;
    this.onFailure = options.onFailure;
    this.line = new WaitingLine(options.queueMax ?? 10_000);
    this.collector = new ChangeCollector(world);
    this.lastEvent = stored.lastEvent;
    this.records = new Records(stored.records, (change) => this.writeRecord(change));
  }

  /** Service time: milliseconds since 1970 UTC, never before the world's last instant. */
  now(): number {
    return Math.max(this.clock.now(), this.world.now);
  }

  /** Commands that wait. */
  get waiting(): number {
    return this.line.size;
  }

  /** Whether it takes commands: false before `start`, after `stop` and after a failure. */
  get running(): boolean {
    return this.state === "running";
  }

  /** Why it failed; undefined while it has not. */
  get failedBy(): Error | undefined {
    return this.failure;
  }

  /**
   * Has a command done; resolves when it is durable, also when it was refused (`refusal`). Rejects with `Overloaded` when too many wait, `Stopped`
   * when the service is not running, `Failed` when it had to give up; then nothing of the command is remembered. A function is asked for its command
   * in the same synchronous block in which that is done, so it can check and merge with what is there; it must not change anything.
   */
  submit(command: CommandSource): Promise<StepResult> {
    return new Promise((resolve, reject) => {
      if (this.state !== "running") {
        reject(this.failure === undefined ? new Stopped() : new Failed(this.failure));
        return;
      }
      if (!this.line.add({ command, resolve, reject })) {
        reject(new Overloaded(this.line.size));
        return;
      }
      this.wake();
    });
  }

  /** Kept events from number `from` on (default: the last `max`), oldest first. */
  events(from?: number, max = 1_000): readonly StoredEvent[] {
    return this.persistence.readEvents(from ?? Math.max(1, this.lastEvent - max + 1), max);
  }

  /** Number of the newest event. */
  get eventNumber(): number {
    return this.lastEvent;
  }

  /** Hears of every turn that did something, after its commit. Returns how to stop hearing. */
  onCommit(listener: (summary: TurnSummary) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  /** Begins: tells the provider what a restored world holds and waits for, and then takes inputs. */
  start(): void {
    if (this.state !== "new") throw new Stopped();
    this.state = "running";
    this.provider.onReport?.(() => this.wake());
    const now = this.now();
    this.provider.restored?.(this.world, now);
    this.perform(outstandingEffects(this.world), now);
    this.wake();
  }

  /** Takes nothing more, does what waits, and resolves when that is durable. The store and the provider are the caller's to close. */
  stop(): Promise<void> {
    while (this.state === "running" && (this.line.size > 0 || this.recordChanges.length > 0)) this.turn();
    if (this.state !== "failed") this.state = "stopped";
    this.rest();
    return Promise.resolve();
  }

  private writeRecord(change: RecordChange): Promise<void> {
    if (this.state !== "running") return Promise.reject(this.failure === undefined ? new Stopped() : new Failed(this.failure));
    return new Promise((resolve, reject) => {
      this.recordChanges.push({ change, done: resolve, failed: reject });
      this.wake();
    });
  }

  /** A turn is made as soon as whatever else waits in the process had its turn too: what comes in meanwhile shares the transaction. */
  private wake(): void {
    if (this.state !== "running" || this.immediate !== undefined) return;
    this.immediate = setImmediate(() => {
      this.immediate = undefined;
      if (this.state !== "running") return;
      this.turn();
      this.sleepOn();
    });
  }

  /** Until something is due; what comes in sooner wakes. */
  private sleepOn(): void {
    clearTimeout(this.sleep);
    if (this.state !== "running") return;
    if (this.line.size > 0) {
      this.wake();
      return;
    }
    const dueAt = Math.min(this.provider.nextDueAt(), nextDueAt(this.world));
    const realMs = (dueAt - this.now()) / (this.clock.scale ?? 1);
    if (realMs <= 0) this.wake();
    else this.sleep = setTimeout(() => this.wake(), Math.min(SLEEP_MS_MAX, Math.ceil(realMs)));
  }

  private rest(): void {
    clearTimeout(this.sleep);
    if (this.immediate !== undefined) clearImmediate(this.immediate);
    this.immediate = undefined;
  }

  private turn(): void {
    const turn = new Turn(this.now());
    const began = performance.now();
    if (!this.step(turn)) return;
    const stepped = performance.now();
    const records = this.recordChanges;
    this.recordChanges = [];
    if (turn.steps === 0 && records.length === 0) return;
    if (!this.commit(turn, records)) return;
    const committed = performance.now();
    this.perform(turn.effects, turn.at);
    if (turn.reports > 0) this.provider.committed?.();
    for (const { waiting, result } of turn.answers) waiting.resolve(result);
    for (const { done } of records) done();
    this.tell(turn, stepped - began, committed - stepped);
  }

  /** Takes what waits and steps it; false when a step failed. */
  private step(turn: Turn): boolean {
    const { provider, line, world, turnInputsMax: most } = this;
    let input: Input | undefined;
    let waiting: Waiting | undefined;
    try {
      for (; turn.reports < most && provider.nextDueAt() <= turn.at; turn.reports++) {
        input = provider.take();
        if (input !== undefined) this.carryOn(turn, input);
      }
      while (turn.commands < most && line.size > 0) {
        waiting = line.take();
        input = made(waiting);
        if (input === undefined) continue;
        const result = this.carryOn(turn, input);
        turn.commands++;
        turn.answers.push({ waiting, result });
        waiting = undefined;
      }
      input = TIME_PASSED;
      if (nextDueAt(world) <= turn.at) this.carryOn(turn, input);
      return true;
    } catch (error) {
      this.fail(error, `step of ${input?.kind}`, turn, waiting);
      return false;
    }
  }

  private carryOn(turn: Turn, input: Input | Report): StepResult {
    const result = step(this.world, input, turn.at);
    turn.steps++;
    turn.add(result);
    for (const event of result.events) this.collector.note(event);
    return result;
  }

  private commit(turn: Turn, records: Service["recordChanges"]): boolean {
    try {
      this.persistence.commit({
        ...(turn.steps === 0 ? {} : { changes: this.collector.take() }),
        ...(records.length === 0 ? {} : { records: records.map(({ change }) => change) }),
        ...(turn.events === 0 ? {} : { events: turn.chunk(this.lastEvent + 1) }),
      });
      this.lastEvent += turn.events;
      return true;
    } catch (error) {
      for (const { failed } of records) failed(new Failed(error));
      this.fail(error, "commit", turn, undefined);
      return false;
    }
  }

  private perform(effects: readonly Effect[], now: number): void {
    for (const effect of effects) {
      try {
        this.provider.perform(effect, now);
      } catch (error) {
        // It is asked for again when the service starts the next time; the rest must not wait for that.
        this.log("error", "effectFailed", { effect: effect.kind, error });
      }
    }
  }

  /** The world is ahead of the store, or half changed: nothing of it may be told or written. */
  private fail(error: unknown, during: string, turn: Turn, waiting: Waiting | undefined): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    this.state = "failed";
    this.failure = failure;
    this.rest();
    this.log("error", "serviceFailed", { during, error: failure });
    const reason = new Failed(failure);
    waiting?.reject(reason);
    for (const answer of turn.answers) answer.waiting.reject(reason);
    while (this.line.size > 0) this.line.take().reject(reason);
    for (const { failed } of this.recordChanges.splice(0)) failed(reason);
    this.onFailure?.(failure);
  }

  private tell(turn: Turn, stepMs: number, commitMs: number): void {
    const { at, reports, commands, steps, events, effects } = turn;
    const summary = {
      at,
      reports,
      commands,
      steps,
      events,
      effects: effects.length,
      stepMs,
      commitMs,
      waiting: this.line.size,
    };
    for (const listener of this.listeners) {
      try {
        listener(summary);
      } catch (error) {
        this.log("error", "listenerFailed", { error });
      }
    }
  }
}
