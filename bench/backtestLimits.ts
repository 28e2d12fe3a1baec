/**
 * What the back-test is measured against: the same formulas written by hand as one loop over the samples, without allocation, each window kept up
 * incrementally. They know their window's length, that there are no gaps, and that samples are whole numbers from 0 to 127; ours knows none of it.
 */

/** Room that the loops reuse. */
export interface Room {
  readonly out: Float64Array;
  readonly deque: Int32Array;
  readonly counts: Int32Array;
}

export function room(length: number): Room {
  return { out: new Float64Array(length), deque: new Int32Array(length), counts: new Int32Array(128) };
}

/** No window: load, compare, store. */
export function noWindow(values: Float64Array, { out }: Room): number {
  for (let i = 0; i < values.length; i++) out[i] = Math.min(25, values[i]);
  return out[values.length - 1];
}

/** Sample percentage, average, conditional, min. */
export function guardedAverage(values: Float64Array, window: number, { out }: Room): number {
  let sum = 0;
  let found = 0;
  for (let i = 0; i < values.length; i++) {
    sum += values[i];
    found++;
    if (i >= window) {
      sum -= values[i - window];
      found--;
    }
    const percent = (100 * found) / window;
    const nodes = percent < 70 ? Math.max(0, values[i]) : sum / found;
    out[i] = Math.trunc(Math.min(25, nodes));
  }
  return out[values.length - 1];
}

/** Average, largest (monotonic queue), standard deviation (moments), 95th percentile (histogram). */
export function fourStatistics(values: Float64Array, window: number, { out, deque, counts }: Room): number {
  counts.fill(0);
  let sum = 0;
  let squares = 0;
  let found = 0;
  let head = 0;
  let tail = 0;
  let bin = 0;
  let below = 0;
  for (let i = 0; i < values.length; i++) {
    const entered = values[i];
    sum += entered;
    squares += entered * entered;
    found++;
    counts[entered]++;
    if (entered < bin) below++;
    while (tail > head && values[deque[tail - 1]] <= entered) tail--;
    deque[tail++] = i;
    if (i >= window) {
      const left = values[i - window];
      sum -= left;
      squares -= left * left;
      found--;
      counts[left]--;
      if (left < bin) below--;
      if (deque[head] === i - window) head++;
    }
    const rank = Math.max(1, Math.ceil((95 * found) / 100));
    while (below >= rank) below -= counts[--bin];
    while (below + counts[bin] < rank) below += counts[bin++];
    const deviation = found < 2 ? 0 : Math.sqrt(Math.max(0, squares - (sum * sum) / found) / (found - 1));
    out[i] = Math.trunc(Math.min(1000, sum / found + values[deque[head]] + deviation + bin));
  }
  return out[values.length - 1];
}
