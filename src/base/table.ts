/**
 * Tables of rows by name: the shape in which Weir keeps built-ins, diagnostics, limits and states. A table is frozen, keeps the order
 * in which its rows were written, and cannot be asked for a name by way of Object.prototype.
 */

/** A frozen list of rows that can also be found by name. */
export interface Table<Row extends { readonly name: string }> {
  readonly rows: readonly Row[];
  /** The row of this name; undefined for any other string, `__proto__` and `constructor` included. */
  get(name: string): Row | undefined;
}

/** Builds a table; two rows of one name are our mistake. */
export function table<Row extends { readonly name: string }>(rows: readonly Row[]): Table<Row> {
  const byName = new Map<string, Row>();
  for (const row of rows) {
    if (byName.has(row.name)) throw new Error(`two rows named ${row.name}`);
    byName.set(row.name, row);
  }
  return Object.freeze({ rows: Object.freeze([...rows]), get: (name: string) => byName.get(name) });
}

/**
 * The candidate nearest to a misspelt `name`, or undefined if none is near: at most a third of its letters apart (Damerau-Levenshtein
 * with letter case and a leading `$` counted as half a step). Ties go to the candidate listed first.
 */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > 64) return undefined;
  const limit = Math.max(1, name.length / 3);
  let best: string | undefined;
  let bestDistance = limit + 0.25;
  for (const candidate of candidates) {
    if (candidate === name || Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(name, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  const cost = (x: string, y: string) => (x === y ? 0 : x.toLowerCase() === y.toLowerCase() ? 0.5 : 1);
  const gap = (x: string, at: number) => (x === "$" && at === 0 ? 0.5 : 1);
  let before: number[] = [];
  let row: number[] = [0];
  for (let j = 1; j <= b.length; j++) row.push(row[j - 1] + gap(b[j - 1], j - 1));
  for (let i = 1; i <= a.length; i++) {
    const next = [row[0] + gap(a[i - 1], i - 1)];
    for (let j = 1; j <= b.length; j++) {
      let best = Math.min(
        row[j] + gap(a[i - 1], i - 1),
        next[j - 1] + gap(b[j - 1], j - 1),
        row[j - 1] + cost(a[i - 1], b[j - 1]),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2] + 1);
      next.push(best);
    }
    before = row;
    row = next;
  }
  return row[b.length];
}
