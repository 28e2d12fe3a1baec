/**
 * The scanner of the fast reading: it cuts a whole text into tokens at once and leaves kind, span and value of each in arrays that
 * live for ever, so that a token costs no allocation and the loop keeps its state in registers. It knows rules 1.3 to 1.9 and 1.15.
 */
import { formulaLengthMax } from "../../base/limits.ts";

// Kinds of token. Binary operators come first, so that the two tables below can be short.
export const OR = 1;
export const AND = 2;
export const EQUAL = 3;
export const UNEQUAL = 4;
export const LESS = 5;
export const LESS_EQUAL = 6;
export const GREATER = 7;
export const GREATER_EQUAL = 8;
export const PLUS = 9;
export const MINUS = 10;
export const TIMES = 11;
export const DIVIDE = 12;
export const NOT = 13;
export const ASSIGN = 14;
export const QUESTION = 15;
export const COLON = 16;
export const SEMICOLON = 17;
export const COMMA = 18;
export const DOT = 19;
export const OPEN = 20;
export const CLOSE = 21;
export const OPEN_BRACKET = 22;
export const CLOSE_BRACKET = 23;
export const NAME = 24;
export const NUMBER = 25;
export const STRING = 26;
export const END = 27;
/** What begins no token. */
export const ILLEGAL = 28;

const BLANK = 1;
const LETTER = 2;
const DIGIT = 3;
const QUOTE = 4;
/** Begins a name but does not go on with one; LETTER and DIGIT share a bit that says so. */
const DOLLAR = 8;
/** Class of every UTF-16 unit (rules 1.3, 1.5, 1.8); 0 for what is a sign or illegal. As long as there are units, so never asked past its end. */
const CLASS = new Uint8Array(65536);
for (const code of [9, 10, 11, 12, 13, 32]) CLASS[code] = BLANK;
for (let code = 48; code <= 57; code++) CLASS[code] = DIGIT;
for (let code = 65; code <= 90; code++) CLASS[code] = CLASS[code + 32] = LETTER;
CLASS[95] = LETTER;
CLASS[36] = DOLLAR;
CLASS[34] = QUOTE;

/** Kind of token that a sign makes alone (`|` and `&` only doubled), and that a kind becomes by a `=` behind it; 0 for none. */
const SIGN = new Uint8Array(65536);
const SIGN_EQUAL = new Uint8Array(28);
for (const [sign, kind] of [
  ["<", LESS],
  [">", GREATER],
  ["+", PLUS],
  ["-", MINUS],
  ["*", TIMES],
  ["/", DIVIDE],
  ["!", NOT],
  ["=", ASSIGN],
  ["?", QUESTION],
  [":", COLON],
  [";", SEMICOLON],
  [",", COMMA],
  [".", DOT],
  ["(", OPEN],
  [")", CLOSE],
  ["[", OPEN_BRACKET],
  ["]", CLOSE_BRACKET],
  ["|", OR],
  ["&", AND],
] as const) {
  SIGN[sign.charCodeAt(0)] = kind;
}
SIGN_EQUAL[LESS] = LESS_EQUAL;
SIGN_EQUAL[GREATER] = GREATER_EQUAL;
SIGN_EQUAL[NOT] = UNEQUAL;
SIGN_EQUAL[ASSIGN] = EQUAL;

const ROOM = formulaLengthMax.value + 1;
/** Of the token with this number: its kind, its span, and its value if it is a number. Valid until the next `scan`. */
export const kinds: Uint8Array = new Uint8Array(ROOM);
export const starts: Uint16Array = new Uint16Array(ROOM);
export const ends: Uint16Array = new Uint16Array(ROOM);
export const values: Float64Array = new Float64Array(ROOM);

/**
 * Cuts the text from an offset on. The last token is END, of no width, or ILLEGAL, behind which nothing was looked at. The text is at
 * most 8192 units long.
 */
export function scan(text: string, offset: number): void {
  const length = text.length;
  let count = 0;
  let i = offset;
  let last = END;
  while (i < length) {
    const code = text.charCodeAt(i);
    const group = CLASS[code];
    if (group === BLANK) {
      i++;
      continue;
    }
    const from = i++;
    let kind = 0;
    if (group === LETTER || group === DOLLAR) {
      while (i < length && (CLASS[text.charCodeAt(i)] & LETTER) !== 0) i++;
      kind = NAME;
    } else if (group === DIGIT || (code === 46 && i < length && CLASS[text.charCodeAt(i)] === DIGIT)) {
      i = numberEnd(text, from);
      values[count] = i - from === 1 ? code - 48 : Number(text.slice(from, i));
      kind = NUMBER;
    } else if (group === QUOTE) {
      const to = stringEnd(text, i);
      if (to < 0) {
        last = ILLEGAL;
        i = from;
        break;
      }
      i = to;
      kind = STRING;
    } else {
      kind = SIGN[code];
      const following = i < length ? text.charCodeAt(i) : 0;
      if (following === 61 && SIGN_EQUAL[kind] !== 0) {
        kind = SIGN_EQUAL[kind];
        i++;
      } else if (kind <= AND) {
        // No sign at all, or one of the two that exist only doubled.
        if (kind === 0 || following !== code) {
          last = ILLEGAL;
          i = from;
          break;
        }
        i++;
      } else if (kind === DIVIDE && following === 47) {
        i = lineEnd(text, i + 1);
        continue;
      }
    }
    kinds[count] = kind;
    starts[count] = from;
    ends[count] = i;
    count++;
  }
  kinds[count] = last;
  starts[count] = ends[count] = i;
}

/** Where the line of a comment ends (rule 1.15). */
function lineEnd(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 10 || code === 13) break;
  }
  return i;
}

/** One past the closing quote; -1 if the line or the text ends before it (rule 1.9). */
function stringEnd(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) return i + 1;
    if (code === 10 || code === 13) return -1;
  }
  return -1;
}

/** Longest match of rule 1.8; an exponent counts only if a digit follows. */
function numberEnd(text: string, from: number): number {
  let i = digitsEnd(text, from);
  if (i < text.length && text.charCodeAt(i) === 46) i = digitsEnd(text, i + 1);
  if (i < text.length && (text.charCodeAt(i) | 32) === 101) {
    const sign = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
    const digits = sign === 43 || sign === 45 ? i + 2 : i + 1;
    const exponentEnd = digitsEnd(text, digits);
    if (exponentEnd > digits) i = exponentEnd;
  }
  return i;
}

function digitsEnd(text: string, from: number): number {
  let i = from;
  while (i < text.length && CLASS[text.charCodeAt(i)] === DIGIT) i++;
  return i;
}
