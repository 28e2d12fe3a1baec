/**
 * What the charts of a back-test draw. A long history is thinned: a browser draws some ten thousand points at ease, and no screen shows more. A point
 * then stands for a number of steps and is their peak, because a peak is what a thinned chart must not lose.
 */
import { type Backtest, instantOfStep, stepTimesMs } from "../../../src/autoscale/backtest.ts";
import { TICKS_PER_HOUR } from "../../../src/base/time.ts";

/** The document that `backtest.js` reads: columns of equal length, a place a point. */
export interface ChartDocument {
  readonly kind: "backtest";
  /** Seconds since 1970. */
  readonly times: readonly number[];
  readonly demand: readonly number[] | null;
  readonly formulas: readonly {
    readonly name: string;
    readonly total: readonly number[];
    readonly lowPriority: readonly number[];
    /** Node hours up to the end of the point. */
    readonly hours: readonly number[];
    /** Points in which an evaluation failed. */
    readonly failedPoints: readonly number[];
  }[];
}

const POINTS_MAX = 30_000;

/** The document, and how many steps a point of it stands for. */
export function chartData(result: Backtest): { readonly document: ChartDocument; readonly stepsPerPoint: number } {
  const { timeline, demand, formulas } = result;
  const stepsPerPoint = Math.ceil(timeline.steps / POINTS_MAX);
  const starts = Array.from({ length: Math.ceil(timeline.steps / stepsPerPoint) }, (_, i) => i * stepsPerPoint);
  const peak = (of: (step: number) => number) =>
    starts.map((start) => {
      let most = of(start);
      for (let step = start + 1; step < Math.min(start + stepsPerPoint, timeline.steps); step++)
        most = Math.max(most, of(step));
      return most;
    });
  const milliseconds = stepTimesMs(timeline);
  // As in the table, the last step counts up to the end of the back-test.
  const hoursOf = (step: number) =>
    Math.min(timeline.interval, Number(timeline.to - instantOfStep(timeline, step))) / Number(TICKS_PER_HOUR);
  const document: ChartDocument = {
    kind: "backtest",
    times: starts.map((start) => milliseconds[start] / 1000),
    demand: demand === undefined ? null : peak((step) => demand.nodes[step]),
    formulas: formulas.map(({ name, targetDedicated, targetLowPriority, failed }) => {
      const total = (step: number) => targetDedicated[step] + targetLowPriority[step];
      const failedAt = peak((step) => failed[step]);
      let hours = 0;
      return {
        name,
        total: peak(total),
        lowPriority: peak((step) => targetLowPriority[step]),
        hours: starts.map((start) => {
          for (let step = start; step < Math.min(start + stepsPerPoint, timeline.steps); step++)
            hours += total(step) * hoursOf(step);
          return Math.round(hours * 100) / 100;
        }),
        failedPoints: starts.flatMap((_, i) => (failedAt[i] > 0 ? [i] : [])),
      };
    }),
  };
  return { document, stepsPerPoint };
}
