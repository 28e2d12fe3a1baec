/**
 * Short windows added up sample by sample, from left to right, as the language means it (rule 8.30). One window's additions wait for each other; so
 * the windows of four neighbouring steps are added up side by side, each in its own order and to its own bits.
 */

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
  const length = found | 0;
  let i = 0;
  if (stride === 1 && length > 3) for (; i + 4 <= count; i += 4) fourDeviations(to, values, (first + i) | 0, length, i, sums);
  for (; i < count; i++) {
    const a = (first + i * stride) | 0;
    const mean = sums[i] / length;
    let squares = 0;
    for (let k = 0; k < length; k++) squares += (values[a + k] - mean) * (values[a + k] - mean);
    to[i] = Math.sqrt(squares / (length - 1));
  }
}

/**
 * Four windows that each begin one sample later, to[i] to to[i + 3]. A sample is read once and goes to every window that it is in:
 *
 *     a a+1 a+2 | a+3 … | a+n a+n+1 a+n+2
 *     A   AB  ABC  ABCD    BCD   CD     D
 */
function fourDeviations(
  to: Float64Array,
  values: Float64Array,
  a: number,
  length: number,
  i: number,
  sums: Float64Array,
): void {
  const meanA = sums[i] / length;
  const meanB = sums[i + 1] / length;
  const meanC = sums[i + 2] / length;
  const meanD = sums[i + 3] / length;
  const end = (a + length) | 0;
  let squaresA = square(values[a] - meanA) + square(values[a + 1] - meanA) + square(values[a + 2] - meanA);
  let squaresB = square(values[a + 1] - meanB) + square(values[a + 2] - meanB);
  let squaresC = square(values[a + 2] - meanC);
  let squaresD = 0;
  for (let j = a + 3; j < end; j++) {
    const sample = values[j];
    squaresA += square(sample - meanA);
    squaresB += square(sample - meanB);
    squaresC += square(sample - meanC);
    squaresD += square(sample - meanD);
  }
  squaresB += square(values[end] - meanB);
  squaresC += square(values[end] - meanC);
  squaresC += square(values[end + 1] - meanC);
  squaresD += square(values[end] - meanD);
  squaresD += square(values[end + 1] - meanD);
  squaresD += square(values[end + 2] - meanD);
  to[i] = Math.sqrt(squaresA / (length - 1));
  to[i + 1] = Math.sqrt(squaresB / (length - 1));
  to[i + 2] = Math.sqrt(squaresC / (length - 1));
  to[i + 3] = Math.sqrt(squaresD / (length - 1));
}

function square(x: number): number {
  return x * x;
}
