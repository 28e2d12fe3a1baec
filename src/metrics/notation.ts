/**
 * A short way to write samples down, for tests and test files: `5 6x3 _ 9` is 5 6 6 6, a gap, 9. Tokens are separated by blanks.
 *
 *     7          one sample              7x3    the same three times
 *     _          a slot without one      _x4    four of them
 *     0..10/2    0 2 4 6 8 10: a first value, a last one it does not pass, a step (default 1; towards the last value, whatever its sign)
 */

/** The values, NaN for a gap; or what is wrong, and with which token (from 1; 0 when it is none in particular). */
export type NotationReading =
  | { readonly ok: true; readonly values: Float64Array }
  | { readonly ok: false; readonly token: number; readonly message: string };

/** Most values one text may stand for. */
const VALUES_MAX = 1_000_000;
const NUMBER = "[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?";
const REPEATED = new RegExp(`^(_|${NUMBER})(?:x(\\d{1,9}))?$`);
const RANGE = new RegExp(`^(${NUMBER}?)\\.\\.(${NUMBER})(?:/(${NUMBER}))?$`);

/** Reads sample notation. An empty text is no samples. */
export function readNotation(text: string): NotationReading {
  const tokens = text.split(/\s+/).filter((token) => token !== "");
  const values: number[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const message = readToken(tokens[i], values);
    if (message !== "") return { ok: false, token: i + 1, message: `${tokens[i].slice(0, 40)}: ${message}` };
  }
  return { ok: true, values: Float64Array.from(values) };
}

function readToken(token: string, values: number[]): string {
  const range = RANGE.exec(token);
  if (range !== null && range[1] !== "")
    return readRange(Number(range[1]), Number(range[2]), Math.abs(Number(range[3] ?? "1")), values);
  const match = REPEATED.exec(token);
  if (match === null) return "not a sample; write a number, _ for a gap, 6x3 for three of a kind or 0..10/2 for a range";
  const value = match[1] === "_" ? Number.NaN : Number(match[1]);
  if (Math.abs(value) === Number.POSITIVE_INFINITY) return "too large for a number";
  const count = match[2] === undefined ? 1 : Number(match[2]);
  if (values.length + count > VALUES_MAX) return `more than ${VALUES_MAX} samples`;
  for (let n = 0; n < count; n++) values.push(value);
  return "";
}

function readRange(first: number, last: number, step: number, values: number[]): string {
  if (!Number.isFinite(first) || !Number.isFinite(last)) return "too large for a number";
  if (step === 0) return "the step is 0";
  const steps = Math.floor(Math.abs(last - first) / step + 1e-9);
  if (!(values.length + steps < VALUES_MAX)) return `more than ${VALUES_MAX} samples`;
  for (let n = 0; n <= steps; n++) values.push(first + (last < first ? -n : n) * step);
  return "";
}

/** Writes values (NaN for a gap) so that `readNotation` gives them back. */
export function notationText(values: ArrayLike<number>): string {
  const tokens: string[] = [];
  for (let i = 0; i < values.length; ) {
    const value = values[i];
    let end = i + 1;
    while (end < values.length && (values[end] === value || (Number.isNaN(values[end]) && Number.isNaN(value)))) end++;
    const word = Number.isNaN(value) ? "_" : String(value);
    tokens.push(end - i === 1 ? word : `${word}x${end - i}`);
    i = end;
  }
  return tokens.join(" ");
}
