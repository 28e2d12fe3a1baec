/**
 * The host loop: the only place with order. It takes inputs from the provider (reports), from clients (commands) and from the world itself (timers)
 * in order of time, has the core make one step of each, and hands the effects to the provider.
 *
 *     provider ──report──┐                          ┌─ events ──→ watchers
 *     clients ──command──┼─ earliest first → step ──┤
 *     world ───timer─────┘                          └─ effects ─→ provider
 *
 * At the same instant reports come first, then commands, then timers: a sample or an evaluation sees what has happened by then.
 */
import type { Input } from "../core/protocol.ts";
import { Refusal } from "../core/refusals.ts";
import { advance, nextDueAt, type StepResult, step } from "../core/step.ts";
import type { World } from "../core/world.ts";
import type { InputSource, Provider } from "../providers/provider.ts";

/** Sees every step. It must not change the world. */
export interface Watcher {
  /** The world is about to be carried on to `at`; it is still as it was left. Called before every step, also at the same instant. */
  before(at: number): void;
  /** The step was made. Results are made only for a watcher that has this. */
  after?(result: StepResult, input: Input): void;
  /** The step was made, and the world refused the command. */
  refused?(refusal: Refusal, input: Input): void;
}

/** What a loop joins together. */
interface HostOptions {
  readonly world: World;
  readonly provider: Provider;
  /** Commands to come. */
  readonly commands: InputSource;
  readonly watcher?: Watcher;
}

const TIME_PASSED: Input = Object.freeze({ kind: "TimePassed" });

/** The loop under a virtual clock: each `turn` goes to an instant and makes every step that is due until then. */
export class HostLoop {
  private readonly world: World;
  private readonly provider: Provider;
  private readonly commands: InputSource;
  private readonly watcher: Watcher | undefined;
  /** Steps made so far. */
  steps = 0;
  /** A watcher has seen enough: `turn` returns after the step that is being made. */
  stopped = false;

  constructor(options: HostOptions) {
    this.world = options.world;
    this.provider = options.provider;
    this.commands = options.commands;
    this.watcher = options.watcher;
  }

  /**
   * Takes inputs until none is due at or before `until`, `stepsMax` steps were made, or the loop was stopped. Each is stepped at its own due time under a virtual clock;
   * `now`, when given, is the present of a real clock, at which whatever is overdue happens. Returns the steps made.
   */
  turn(until: number, stepsMax = Number.POSITIVE_INFINITY, now?: number): number {
    const { world, provider, commands } = this;
    const told = this.watcher?.after !== undefined;
    let made = 0;
    while (made < stepsMax && !this.stopped) {
      const reportAt = provider.nextDueAt();
      const commandAt = commands.nextDueAt();
      const timerAt = nextDueAt(world);
      let at = reportAt;
      let input: Input | undefined;
      if (reportAt <= commandAt && reportAt <= timerAt) {
        if (!(reportAt <= until)) break;
        input = provider.take();
        if (input === undefined) continue;
      } else if (commandAt <= timerAt) {
        if (!(commandAt <= until)) break;
        at = commandAt;
        input = commands.take();
        if (input === undefined) continue;
      } else {
        if (!(timerAt <= until)) break;
        at = timerAt;
        input = TIME_PASSED;
      }
      made++;
      const then = now ?? (at < world.now ? world.now : at);
      if (told) this.carryOn(input, then);
      else this.hurryOn(input, then);
    }
    this.steps += made;
    return made;
  }

  /** One input from outside, now. The result tells whether it was refused. */
  submit(input: Input, at: number): StepResult {
    this.steps++;
    return this.carryOn(input, at < this.world.now ? this.world.now : at);
  }

  private carryOn(input: Input, at: number): StepResult {
    this.watcher?.before(at);
    const result = step(this.world, input, at);
    const effects = result.effects;
    for (let i = 0; i < effects.length; i++) this.provider.perform(effects[i], at);
    this.watcher?.after?.(result, input);
    if (result.refusal !== undefined) this.watcher?.refused?.(result.refusal, input);
    return result;
  }

  /** The same where nobody wants the result: nothing is allocated for it. */
  private hurryOn(input: Input, at: number): void {
    const { world, provider, watcher } = this;
    watcher?.before(at);
    const outcome = advance(world, input, at);
    const { events, effects } = world;
    for (let i = 0; i < effects.length; i++) provider.perform(effects[i], at);
    // Setting a length costs more than taking out the one or two that there are.
    while (effects.length > 0) effects.pop();
    if (events.length > 0) events.length = 0;
    if (outcome !== undefined && outcome instanceof Refusal) watcher?.refused?.(outcome, input);
  }
}
