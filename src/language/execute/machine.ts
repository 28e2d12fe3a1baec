/**
 * The machine of the default tier: one loop over a code array, working on a Float64Array of double registers. Measured against one closure per
 * operation on the same formula it takes 0.6 of the time: a JavaScript engine compiles this one function well, while every call of an unknown
 * closure costs as much as several operations. What is not arithmetic on doubles is a closure of the frame, started by CALL.
 *
 * An instruction is two words, `operation | dst << 8` and `a | b << 16`; the selections have a third, `whenFalse | whenTrue << 16`. Jumps have
 * the register they test in `dst` and the place to go in the second word. Numbers of operations are those of opcodes.ts.
 */

/**
 * Runs `code` from its start; gives the number of steps that came to their end. What a closure throws is the caller's.
 *
 * The cases are written as numbers, because only then does the engine make a jump table of them; by names it compares one after the other, which
 * doubles the time of a formula. They all stand in this one function: with the pairs in a second one, called from here, a formula took half as
 * long again. A choice is an index, not a jump: conditions of a formula are hard to foresee. `| 0` spares the engine the question whether a place
 * still is a small whole number.
 */
export function run(code: Int32Array, f: Float64Array, calls: readonly (() => void)[]): number {
  let at = 0;
  for (;;) {
    const head = code[at];
    const operands = code[(at + 1) | 0];
    const dst = head >>> 8;
    const a = operands & 0xffff;
    const b = operands >>> 16;
    let c: number;
    at = (at + 2) | 0;
    switch (head & 0xff) {
      case 0: // less
        f[dst] = +(f[a] < f[b]);
        break;
      case 1: // less equal
        f[dst] = +(f[a] <= f[b]);
        break;
      case 2: // greater
        f[dst] = +(f[a] > f[b]);
        break;
      case 3: // greater equal
        f[dst] = +(f[a] >= f[b]);
        break;
      case 4: // equal
        f[dst] = +(f[a] === f[b]);
        break;
      case 5: // unequal
        f[dst] = +(f[a] !== f[b]);
        break;
      case 6: {
        // select less
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] < f[b]) << 4)) & 0xffff];
        break;
      }
      case 7: {
        // select less equal
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] <= f[b]) << 4)) & 0xffff];
        break;
      }
      case 8: {
        // select greater
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] > f[b]) << 4)) & 0xffff];
        break;
      }
      case 9: {
        // select greater equal
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] >= f[b]) << 4)) & 0xffff];
        break;
      }
      case 10: {
        // select equal
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] === f[b]) << 4)) & 0xffff];
        break;
      }
      case 11: {
        // select unequal
        const sides = code[at];
        at = (at + 1) | 0;
        f[dst] = f[(sides >>> (+(f[a] !== f[b]) << 4)) & 0xffff];
        break;
      }
      case 12: // add
        f[dst] = f[a] + f[b];
        break;
      case 13: // subtract
        f[dst] = f[a] - f[b];
        break;
      case 14: // multiply
        f[dst] = f[a] * f[b];
        break;
      case 15: // divide
        f[dst] = f[a] / f[b];
        break;
      case 16: // min
        f[dst] = Math.min(f[a], f[b]);
        break;
      case 17: // max
        f[dst] = Math.max(f[a], f[b]);
        break;
      case 18: // negate
        f[dst] = -f[a];
        break;
      case 19: // not
        f[dst] = +(f[a] === 0);
        break;
      case 20: // floor
        f[dst] = Math.floor(f[a]);
        break;
      case 21: // ceil
        f[dst] = Math.ceil(f[a]);
        break;
      case 22: {
        // round
        // As statistics.round, written out: a double that a function returns may be boxed.
        const whole = Math.trunc(f[a]);
        f[dst] = Math.abs(f[a] - whole) >= 0.5 ? whole + Math.sign(f[a]) : whole;
        break;
      }
      case 23: // lg
        f[dst] = Math.log2(f[a]);
        break;
      case 24: // ln
        f[dst] = Math.log(f[a]);
        break;
      case 25: // log
        f[dst] = Math.log10(f[a]);
        break;
      case 26: // move
        f[dst] = f[a];
        break;
      case 27: // call
        calls[dst]();
        break;
      case 28: // jump if zero
        if (f[dst] === 0) at = operands;
        break;
      case 29: // jump
        at = operands;
        break;
      case 32: // add, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] + f[b]) + f[c & 0xffff];
        break;
      case 33: // add, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] + f[b]) - f[c & 0xffff];
        break;
      case 34: // add, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] + f[b]) * f[c & 0xffff];
        break;
      case 35: // add, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] + f[b]) / f[c & 0xffff];
        break;
      case 36: // add, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = f[a] + f[b]), f[c & 0xffff]);
        break;
      case 37: // add, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = f[a] + f[b]), f[c & 0xffff]);
        break;
      case 38: // subtract, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] - f[b]) + f[c & 0xffff];
        break;
      case 39: // subtract, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] - f[b]) - f[c & 0xffff];
        break;
      case 40: // subtract, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] - f[b]) * f[c & 0xffff];
        break;
      case 41: // subtract, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] - f[b]) / f[c & 0xffff];
        break;
      case 42: // subtract, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = f[a] - f[b]), f[c & 0xffff]);
        break;
      case 43: // subtract, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = f[a] - f[b]), f[c & 0xffff]);
        break;
      case 44: // multiply, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] * f[b]) + f[c & 0xffff];
        break;
      case 45: // multiply, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] * f[b]) - f[c & 0xffff];
        break;
      case 46: // multiply, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] * f[b]) * f[c & 0xffff];
        break;
      case 47: // multiply, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] * f[b]) / f[c & 0xffff];
        break;
      case 48: // multiply, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = f[a] * f[b]), f[c & 0xffff]);
        break;
      case 49: // multiply, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = f[a] * f[b]), f[c & 0xffff]);
        break;
      case 50: // divide, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] / f[b]) + f[c & 0xffff];
        break;
      case 51: // divide, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] / f[b]) - f[c & 0xffff];
        break;
      case 52: // divide, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] / f[b]) * f[c & 0xffff];
        break;
      case 53: // divide, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = f[a] / f[b]) / f[c & 0xffff];
        break;
      case 54: // divide, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = f[a] / f[b]), f[c & 0xffff]);
        break;
      case 55: // divide, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = f[a] / f[b]), f[c & 0xffff]);
        break;
      case 56: // min, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.min(f[a], f[b])) + f[c & 0xffff];
        break;
      case 57: // min, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.min(f[a], f[b])) - f[c & 0xffff];
        break;
      case 58: // min, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.min(f[a], f[b])) * f[c & 0xffff];
        break;
      case 59: // min, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.min(f[a], f[b])) / f[c & 0xffff];
        break;
      case 60: // min, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = Math.min(f[a], f[b])), f[c & 0xffff]);
        break;
      case 61: // min, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = Math.min(f[a], f[b])), f[c & 0xffff]);
        break;
      case 62: // max, add
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.max(f[a], f[b])) + f[c & 0xffff];
        break;
      case 63: // max, subtract
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.max(f[a], f[b])) - f[c & 0xffff];
        break;
      case 64: // max, multiply
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.max(f[a], f[b])) * f[c & 0xffff];
        break;
      case 65: // max, divide
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = (f[dst] = Math.max(f[a], f[b])) / f[c & 0xffff];
        break;
      case 66: // max, min
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.min((f[dst] = Math.max(f[a], f[b])), f[c & 0xffff]);
        break;
      case 67: // max, max
        c = code[at];
        at = (at + 1) | 0;
        f[c >>> 16] = Math.max((f[dst] = Math.max(f[a], f[b])), f[c & 0xffff]);
        break;
      default:
        return dst;
    }
  }
}
