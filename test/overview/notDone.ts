/** Rows of the overview that no test from outside shows in full, each with what stands in the way. A row that a test proves may not stand here. */

/** By row. */
export const notDone: ReadonlyMap<number, string> = new Map<number, string>([]);
