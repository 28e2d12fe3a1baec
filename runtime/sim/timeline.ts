/** Rows of a run over time, evenly spaced. A run that lasts long gets wider steps, so that the rows stay as many as a chart can show. */

export interface TimelineRow {
  /** Milliseconds since 1970 UTC. */
  readonly at: number;
  readonly currentDedicated: number;
  readonly targetDedicated: number;
  readonly currentLowPriority: number;
  readonly targetLowPriority: number;
  readonly activeTasks: number;
  readonly runningTasks: number;
  /** Nodes that would hold every task submitted and not completed; a fraction. */
  readonly demandNodes: number;
  /** Up to here. */
  readonly cost: number;
}

const ROWS_MAX = 20_000;

export class Timeline {
  private stepMs: number;
  private readonly startAt: number;
  rows: TimelineRow[] = [];
  /** When the next row is due. */
  nextAt: number;

  constructor(startAt: number, stepMs: number) {
    this.startAt = startAt;
    this.stepMs = stepMs;
    this.nextAt = startAt;
  }

  add(row: TimelineRow): void {
    const last = this.rows.at(-1);
    if (last !== undefined && last.at === row.at) this.rows.pop();
    this.rows.push(row);
    if (this.rows.length >= ROWS_MAX) {
      this.stepMs *= 2;
      this.rows = this.rows.filter((kept) => (kept.at - this.startAt) % this.stepMs === 0);
    }
    this.nextAt = this.startAt + (Math.floor((row.at - this.startAt) / this.stepMs) + 1) * this.stepMs;
  }
}
