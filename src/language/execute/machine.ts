/**
 * The machine of the default tier: one loop over a code array, working on a Float64Array of double registers. Measured against one closure per
 * operation on the same formula it takes half the time: a JavaScript engine compiles this one function well, while every call of an unknown
 * closure costs as much as several operations. What is not arithmetic on doubles is a closure of the frame, started by CALL.
 *
 * An instruction is two words, `operation | dst << 8` and `a | b << 16`; the selections have a third, `whenTrue | whenFalse << 16`. Jumps have
 * the register they test in `dst` and the place to go in the second word.
 */

/** Operations. The second six select: `dst ← a op b ? whenTrue : whenFalse`, in the order of the first six. */
export const LESS = 0;
export const LESS_EQUAL = 1;
export const GREATER = 2;
export const GREATER_EQUAL = 3;
export const EQUAL = 4;
export const UNEQUAL = 5;
export const SELECT = 6;
export const ADD = 12;
export const SUBTRACT = 13;
export const MULTIPLY = 14;
export const DIVIDE = 15;
export const MIN = 16;
export const MAX = 17;
export const NEGATE = 18;
export const NOT = 19;
export const FLOOR = 20;
export const CEIL = 21;
export const ROUND = 22;
export const LG = 23;
export const LN = 24;
export const LOG = 25;
export const MOVE = 26;
export const CALL = 27;
/** Goes on at the second word if dst is 0. */
export const JUMP_IF_ZERO = 28;
export const JUMP = 29;
/** Ends the run; dst is the number of steps that came to their end. */
export const END = 30;

/** Runs `code` from its start; gives the number of steps that came to their end. What a closure throws is the caller's. */
export function run(code: Int32Array, f: Float64Array, calls: readonly (() => void)[]): number {
  let at = arithmetic(code, f, 0);
  for (;;) {
    const head = code[at];
    if ((head & 0xff) === END) return head >>> 8;
    calls[head >>> 8]();
    at = arithmetic(code, f, at + 2);
  }
}

/**
 * Does arithmetic from `at` on; gives the place of the first CALL or END. There is no call in this loop on purpose: the engine then knows that the
 * two arrays stay what they are, and does not look up their memory anew for each access. The cases are written as numbers, because only then does
 * the engine make a jump table of them; by names it compares one after the other, which doubles the time of a formula.
 */
function arithmetic(code: Int32Array, f: Float64Array, from: number): number {
  let at = from;
  for (;;) {
    const head = code[at];
    const operands = code[at + 1];
    const dst = head >>> 8;
    const a = operands & 0xffff;
    const b = operands >>> 16;
    at += 2;
    switch (head & 0xff) {
      case 0: /* LESS */
        f[dst] = +(f[a] < f[b]);
        break;
      case 1: /* LESS_EQUAL */
        f[dst] = +(f[a] <= f[b]);
        break;
      case 2: /* GREATER */
        f[dst] = +(f[a] > f[b]);
        break;
      case 3: /* GREATER_EQUAL */
        f[dst] = +(f[a] >= f[b]);
        break;
      case 4: /* EQUAL */
        f[dst] = +(f[a] === f[b]);
        break;
      case 5: /* UNEQUAL */
        f[dst] = +(f[a] !== f[b]);
        break;
      case 6: /* SELECT + LESS */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] < f[b]) << 4)) & 0xffff];
        break;
      }
      case 7: /* SELECT + LESS_EQUAL */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] <= f[b]) << 4)) & 0xffff];
        break;
      }
      case 8: /* SELECT + GREATER */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] > f[b]) << 4)) & 0xffff];
        break;
      }
      case 9: /* SELECT + GREATER_EQUAL */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] >= f[b]) << 4)) & 0xffff];
        break;
      }
      case 10: /* SELECT + EQUAL */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] === f[b]) << 4)) & 0xffff];
        break;
      }
      case 11: /* SELECT + UNEQUAL */ {
        const sides = code[at++];
        f[dst] = f[(sides >>> (+(f[a] !== f[b]) << 4)) & 0xffff];
        break;
      }
      case 12: /* ADD */
        f[dst] = f[a] + f[b];
        break;
      case 13: /* SUBTRACT */
        f[dst] = f[a] - f[b];
        break;
      case 14: /* MULTIPLY */
        f[dst] = f[a] * f[b];
        break;
      case 15: /* DIVIDE */
        f[dst] = f[a] / f[b];
        break;
      case 16: /* MIN */
        f[dst] = Math.min(f[a], f[b]);
        break;
      case 17: /* MAX */
        f[dst] = Math.max(f[a], f[b]);
        break;
      case 18: /* NEGATE */
        f[dst] = -f[a];
        break;
      case 19: /* NOT */
        f[dst] = +(f[a] === 0);
        break;
      case 20: /* FLOOR */
        f[dst] = Math.floor(f[a]);
        break;
      case 21: /* CEIL */
        f[dst] = Math.ceil(f[a]);
        break;
      case 22: /* ROUND */ {
        // As statistics.round, written out: a double that a function returns may be boxed.
        const whole = Math.trunc(f[a]);
        f[dst] = Math.abs(f[a] - whole) >= 0.5 ? whole + Math.sign(f[a]) : whole;
        break;
      }
      case 23: /* LG */
        f[dst] = Math.log2(f[a]);
        break;
      case 24: /* LN */
        f[dst] = Math.log(f[a]);
        break;
      case 25: /* LOG */
        f[dst] = Math.log10(f[a]);
        break;
      case 26: /* MOVE */
        f[dst] = f[a];
        break;
      case 28: /* JUMP_IF_ZERO */
        if (f[dst] === 0) at = operands;
        break;
      case 29: /* JUMP */
        at = operands;
        break;
      default:
        return at - 2;
    }
  }
}
