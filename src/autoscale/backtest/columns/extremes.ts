/**
 * The smallest or largest sample of a window that slides over a block, at three comparisons a sample whatever its length. The samples are cut into
 * chunks as long as the window; any window then is the end of one chunk and the beginning of the next, and the extreme of both is known from a
 * pass backwards and a pass forwards. Method: van Herk and Gil and Werman, 1992 and 1993.
 */
import { BLOCK } from "./column.ts";

/** More samples than this at once, and the store's index is cheaper. */
const SPAN_MAX = 3 * BLOCK;

const toChunkEnd = new Float64Array(SPAN_MAX);
const fromChunkStart = new Float64Array(SPAN_MAX);

/** to[i] ← the extreme of the `length` samples from `first` + i × `stride`; false, with nothing done, where they reach too far. */
export function slidingExtremes(
  to: Float64Array,
  values: Float64Array,
  first: number,
  stride: number,
  length: number,
  count: number,
  isMin: boolean,
): boolean {
  const span = ((count - 1) * stride + length) | 0;
  if (span > SPAN_MAX) return false;
  const last = (length - 1) | 0;
  if (isMin) {
    smallestOfChunks(values, first, length, span);
    for (let i = 0, a = 0; i < count; i++, a = (a + stride) | 0) {
      const left = toChunkEnd[a];
      const right = fromChunkStart[a + last];
      to[i] = left < right ? left : right;
    }
  } else {
    largestOfChunks(values, first, length, span);
    for (let i = 0, a = 0; i < count; i++, a = (a + stride) | 0) {
      const left = toChunkEnd[a];
      const right = fromChunkStart[a + last];
      to[i] = left > right ? left : right;
    }
  }
  return true;
}

/** Both passes. A sample is never NaN, so plain comparisons do. */
function smallestOfChunks(values: Float64Array, first: number, length: number, span: number): void {
  for (let start = 0; start < span; start += length) {
    const end = Math.min(start + length, span);
    let least = values[first + start];
    for (let k = start; k < end; k++) {
      if (values[first + k] < least) least = values[first + k];
      fromChunkStart[k] = least;
    }
    least = values[first + end - 1];
    for (let k = end - 1; k >= start; k--) {
      if (values[first + k] < least) least = values[first + k];
      toChunkEnd[k] = least;
    }
  }
}

function largestOfChunks(values: Float64Array, first: number, length: number, span: number): void {
  for (let start = 0; start < span; start += length) {
    const end = Math.min(start + length, span);
    let most = values[first + start];
    for (let k = start; k < end; k++) {
      if (values[first + k] > most) most = values[first + k];
      fromChunkStart[k] = most;
    }
    most = values[first + end - 1];
    for (let k = end - 1; k >= start; k--) {
      if (values[first + k] > most) most = values[first + k];
      toChunkEnd[k] = most;
    }
  }
}
