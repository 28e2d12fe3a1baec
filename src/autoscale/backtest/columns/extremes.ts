/**
 * The smallest or largest sample of a window that slides over a block, at three comparisons a sample whatever its length. The samples are cut into
 * chunks as long as the window; any window then is the end of one chunk and the beginning of the next, and the extreme of both is known from a
 * pass backwards and a pass forwards. Method: van Herk and Gil and Werman, 1992 and 1993.
 */
import { BLOCK } from "./column.ts";

/** More samples than this at once, and the store's index is cheaper. */
const SPAN_MAX = 6 * BLOCK;

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
  if (isMin) fillChunks(values, first, length, span, 1);
  else fillChunks(values, first, length, span, -1);
  const last = (length - 1) | 0;
  if (isMin)
    for (let i = 0, a = 0; i < count; i++, a = (a + stride) | 0) to[i] = Math.min(toChunkEnd[a], fromChunkStart[a + last]);
  else for (let i = 0, a = 0; i < count; i++, a = (a + stride) | 0) to[i] = Math.max(toChunkEnd[a], fromChunkStart[a + last]);
  return true;
}

/** Both passes; `sign` 1 for the smallest, -1 for the largest. */
function fillChunks(values: Float64Array, first: number, length: number, span: number, sign: 1 | -1): void {
  for (let start = 0; start < span; start += length) {
    const end = Math.min(start + length, span);
    let extreme = sign * Number.POSITIVE_INFINITY;
    for (let k = start; k < end; k++) {
      const value = values[first + k];
      extreme = sign > 0 ? Math.min(extreme, value) : Math.max(extreme, value);
      fromChunkStart[k] = extreme;
    }
    extreme = sign * Number.POSITIVE_INFINITY;
    for (let k = end - 1; k >= start; k--) {
      const value = values[first + k];
      extreme = sign > 0 ? Math.min(extreme, value) : Math.max(extreme, value);
      toChunkEnd[k] = extreme;
    }
  }
}
