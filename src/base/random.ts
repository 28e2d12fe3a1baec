/**
 * Seeded streams of random numbers. Every draw in Weir, `rand()` in a formula included, comes from one of these, so that a run can be
 * repeated from its seed on any machine. The generator is sfc32 (public domain, Chris Doty-Humphrey), its state filled by splitmix32.
 */

/** A stream of doubles in [0, 1), each a multiple of 2^-32. */
export type RandomStream = () => number;

/** A stream that depends on nothing but `seed` (any number; its integer part modulo 2^32 counts) and `stream` (a name, default empty). */
export function randomStream(seed: number, stream = ""): RandomStream {
  let mixed = seed >>> 0;
  for (let i = 0; i < stream.length; i++) mixed = Math.imul(mixed ^ stream.charCodeAt(i), 0x9e3779b1) >>> 0;
  const next = () => {
    mixed = (mixed + 0x9e3779b9) >>> 0;
    let z = mixed;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return (z ^ (z >>> 16)) | 0;
  };
  let a = next();
  let b = next();
  let c = next();
  let counter = 1;
  const draw = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    c |= 0;
    return (sum >>> 0) / 4294967296;
  };
  for (let i = 0; i < 12; i++) draw();
  return draw;
}
