/**
 * Short windows added up sample by sample, from left to right, as the language means it (rule 8.30). One window's additions wait for each other; so
 * the windows of four neighbouring steps are added up side by side, each in its own order and to its own bits.
 */

/** Up to this many samples the store's cursors add in order; a test compares with theirs. */
export const IN_ORDER_MAX = 48;

/** to[i] ← start + the `found` samples from `first` + i × `stride`. */
export function sumsInOrder(
  to: Float64Array,
  values: Float64Array,
  first: number,
  stride: number,
  found: number,
  count: number,
  start: number,
): void {
  // Whole numbers that the engine would otherwise carry along as doubles.
  const length = found | 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = (first + i * stride) | 0;
    const b = (a + stride) | 0;
    const c = (b + stride) | 0;
    const d = (c + stride) | 0;
    let sumA = start;
    let sumB = start;
    let sumC = start;
    let sumD = start;
    for (let k = 0; k < length; k++) {
      sumA += values[a + k];
      sumB += values[b + k];
      sumC += values[c + k];
      sumD += values[d + k];
    }
    to[i] = sumA;
    to[i + 1] = sumB;
    to[i + 2] = sumC;
    to[i + 3] = sumD;
  }
  for (; i < count; i++) {
    const a = (first + i * stride) | 0;
    let sum = start;
    for (let k = 0; k < length; k++) sum += values[a + k];
    to[i] = sum;
  }
}

/** to[i] ← the standard deviation (n - 1) of the same windows, in two passes; `sums` are their sums, `found` is at least 2. */
export function deviationsInOrder(
  to: Float64Array,
  values: Float64Array,
  first: number,
  stride: number,
  found: number,
  count: number,
  sums: Float64Array,
): void {
  // Whole numbers that the engine would otherwise carry along as doubles.
  const length = found | 0;
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    const a = (first + i * stride) | 0;
    const b = (a + stride) | 0;
    const c = (b + stride) | 0;
    const d = (c + stride) | 0;
    const meanA = sums[i] / found;
    const meanB = sums[i + 1] / found;
    const meanC = sums[i + 2] / found;
    const meanD = sums[i + 3] / found;
    let squaresA = 0;
    let squaresB = 0;
    let squaresC = 0;
    let squaresD = 0;
    for (let k = 0; k < length; k++) {
      const fromA = values[a + k] - meanA;
      const fromB = values[b + k] - meanB;
      const fromC = values[c + k] - meanC;
      const fromD = values[d + k] - meanD;
      squaresA += fromA * fromA;
      squaresB += fromB * fromB;
      squaresC += fromC * fromC;
      squaresD += fromD * fromD;
    }
    to[i] = Math.sqrt(squaresA / (found - 1));
    to[i + 1] = Math.sqrt(squaresB / (found - 1));
    to[i + 2] = Math.sqrt(squaresC / (found - 1));
    to[i + 3] = Math.sqrt(squaresD / (found - 1));
  }
  for (; i < count; i++) {
    const a = (first + i * stride) | 0;
    const mean = sums[i] / found;
    let squares = 0;
    for (let k = 0; k < length; k++) squares += (values[a + k] - mean) * (values[a + k] - mean);
    to[i] = Math.sqrt(squares / (found - 1));
  }
}
