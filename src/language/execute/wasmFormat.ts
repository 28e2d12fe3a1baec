/**
 * The binary format of WebAssembly, as much of it as wasm.ts needs: the opcodes, numbers, and the sections of a module. The words are those of the
 * WebAssembly specification.
 */

/** Control. IF has a type behind it, CALL the number of a function. */
export const IF = 0x04;
export const ELSE = 0x05;
export const END = 0x0b;
export const RETURN = 0x0f;
export const CALL = 0x10;
/** Of three operands: the first if the third is not 0, else the second. */
export const SELECT = 0x1b;
/** With the number of a local behind them; TEE leaves the value on the stack. */
export const LOCAL_GET = 0x20;
export const LOCAL_SET = 0x21;
export const LOCAL_TEE = 0x22;
/** With alignment (3: of eight bytes) and offset behind them; the address is an operand. */
export const F64_LOAD = 0x2b;
export const F64_STORE = 0x39;
/** With the number behind them: as `signed`, and as `doubleBytes`. */
export const I32_CONST = 0x41;
export const F64_CONST = 0x44;
/** Comparisons: their result is an i32. */
export const F64_EQ = 0x61;
export const F64_NE = 0x62;
export const F64_LT = 0x63;
export const F64_GT = 0x64;
export const F64_LE = 0x65;
export const F64_GE = 0x66;
/** Arithmetic, with the same results as JavaScript's to the last bit, NaN and -0 included. */
export const F64_ABS = 0x99;
export const F64_NEG = 0x9a;
export const F64_CEIL = 0x9b;
export const F64_FLOOR = 0x9c;
export const F64_TRUNC = 0x9d;
export const F64_ADD = 0xa0;
export const F64_SUB = 0xa1;
export const F64_MUL = 0xa2;
export const F64_DIV = 0xa3;
export const F64_MIN = 0xa4;
export const F64_MAX = 0xa5;
export const F64_COPYSIGN = 0xa6;
export const F64_FROM_I32 = 0xb7;
/** Types; NOTHING for a block without result. */
export const TYPE_NOTHING = 0x40;
export const TYPE_F64 = 0x7c;
export const TYPE_I32 = 0x7f;

const DOUBLE = new Float64Array(1);
/** Least byte first, as modules have it and as every machine of today that runs JavaScript does. */
const DOUBLE_BYTES = new Uint8Array(DOUBLE.buffer);

/** The eight bytes of a double; valid until the next call. */
export function doubleBytes(value: number): Uint8Array {
  DOUBLE[0] = value;
  return DOUBLE_BYTES;
}

/** LEB128 of a whole number from 0 to 2^32. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>>= 7;
  } while (rest > 0);
  return bytes;
}

/** LEB128 of a number that is not negative where a signed one is expected: the last byte must not look like one of a negative number. */
export function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.length - 1;
  if ((bytes[last] & 0x40) !== 0) {
    bytes[last] |= 0x80;
    bytes.push(0);
  }
  return bytes;
}

/** A name of ASCII characters. */
function name(text: string): number[] {
  return [text.length, ...Array.from(text, (character) => character.charCodeAt(0))];
}

function section(id: number, ...parts: (readonly number[])[]): number[] {
  const content = parts.flat();
  return [id, ...unsigned(content.length), ...content];
}

/**
 * A module with one function of type i32 → i32, exported as `run`: its code, which ends with END, and how many f64 locals it has behind its
 * parameter. It imports a memory, `m` of `m`, and `closures` functions of `c` without parameter and result, named "0", "1" and so on, which are
 * the functions 0, 1 and so on of the code.
 */
export function moduleBytes(code: readonly number[], locals: number, closures: number): Uint8Array {
  const imports: number[] = [];
  for (let i = 0; i < closures; i++) imports.push(...name("c"), ...name(String(i)), 0, 0);
  const head = [1, ...unsigned(locals), TYPE_F64];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [2, 0x60, 0, 0, 0x60, 1, TYPE_I32, 1, TYPE_I32]),
    ...section(2, [...unsigned(closures + 1), ...imports, ...name("m"), ...name("m"), 2, 0, 1]),
    ...section(3, [1, 1]),
    ...section(7, [1, ...name("run"), 0, ...unsigned(closures)]),
    ...section(10, [1, ...unsigned(head.length + code.length)], head, code),
  ]);
}
