/**
 * Reports on their way to the core: at once, or when an artificial delay is over; and the endings that the agent is thanked for once their reports
 * are durable. Instants are those of the service's clock.
 */
import type { RunId } from "../../agent/protocol.ts";
import type { Report } from "../../core/protocol.ts";

interface Waiting {
  readonly report: Report;
  /** Runs whose endings the report tells of. */
  readonly runs: readonly RunId[];
}

interface Delayed {
  readonly dueAt: number;
  readonly happen: () => void;
}

const NONE: readonly RunId[] = Object.freeze([]);

/** Reports in the order in which they are due; `taken` by the host, then thanked for. */
export class ReportQueue {
  private readonly waiting: Waiting[] = [];
  private first = 0;
  private readonly delayed: Delayed[] = [];
  private taken: RunId[] = [];
  /** Called when a report has come up sooner than `nextDueAt` last said. */
  wake: () => void = () => {};

  add(report: Report, runs: readonly RunId[] = NONE): void {
    this.waiting.push({ report, runs });
    if (this.waiting.length - this.first === 1) this.wake();
  }

  /** `happen` may add reports; it is called when the loop asks for what is due. */
  later(dueAt: number, happen: () => void): void {
    let at = this.delayed.length;
    while (at > 0 && this.delayed[at - 1].dueAt > dueAt) at--;
    this.delayed.splice(at, 0, { dueAt, happen });
    if (at === 0) this.wake();
  }

  /** 0: something waits, and has been due ever since. */
  nextDueAt(): number {
    if (this.first < this.waiting.length) return 0;
    return this.delayed.length > 0 ? this.delayed[0].dueAt : Number.POSITIVE_INFINITY;
  }

  take(): Report | undefined {
    if (this.first === this.waiting.length) this.delayed.shift()?.happen();
    if (this.first === this.waiting.length) return undefined;
    const { report, runs } = this.waiting[this.first++];
    for (const run of runs) this.taken.push(run);
    if (this.first === this.waiting.length) {
      this.waiting.length = 0;
      this.first = 0;
    } else if (this.first > 4096) {
      this.waiting.splice(0, this.first);
      this.first = 0;
    }
    return report;
  }

  /** The runs of all reports taken since the last call: what they told is durable now. */
  takeDurable(): readonly RunId[] {
    if (this.taken.length === 0) return NONE;
    const taken = this.taken;
    this.taken = [];
    return taken;
  }
}
