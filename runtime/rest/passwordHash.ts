/**
 * SHA-512 crypt, `$6$…`: how Linux keeps passwords, and the only form in which a node user's password is kept here. Made after Ulrich Drepper's public
 * description of the scheme; it is slow on purpose, some milliseconds a password.
 */
import { createHash, randomInt } from "node:crypto";

const ROUNDS = 5_000;
const SALT_LENGTH = 16;
const DIGITS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The order in which the scheme writes the 64 bytes of a digest: 21 triples, and one byte alone. */
const ORDER: readonly (readonly [number, number, number])[] = Array.from({ length: 21 }, (_, i) => {
  const triple = [i, i + 21, i + 42];
  const turn = i % 3;
  return [triple[turn % 3], triple[(turn + 1) % 3], triple[(turn + 2) % 3]] as const;
});

const sha512 = (...parts: readonly Buffer[]): Buffer => {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** The hash of a password, with a salt of its own unless one is given (up to 16 of the digits `./0-9A-Za-z`). */
export function passwordHash(password: string, salt: string = newSalt()): string {
  const key = Buffer.from(password, "utf8");
  const grain = Buffer.from(salt, "latin1");
  const mixed = sha512(key, grain, key);
  const bits: Buffer[] = [];
  for (let left = key.length; left > 0; left >>= 1) bits.push((left & 1) === 1 ? mixed : key);
  let digest = sha512(key, grain, stretched(mixed, key.length), ...bits);
  const p = stretched(sha512(...Array<Buffer>(key.length).fill(key)), key.length);
  const s = stretched(sha512(...Array<Buffer>(16 + digest[0]).fill(grain)), grain.length);
  for (let round = 0; round < ROUNDS; round++) {
    const odd = (round & 1) === 1;
    const parts = [odd ? p : digest];
    if (round % 3 !== 0) parts.push(s);
    if (round % 7 !== 0) parts.push(p);
    parts.push(odd ? digest : p);
    digest = sha512(...parts);
  }
  return `$6$${salt}$${written(digest)}`;
}

function newSalt(): string {
  return Array.from({ length: SALT_LENGTH }, () => DIGITS[randomInt(DIGITS.length)]).join("");
}

/** `length` bytes of `bytes`, repeated. */
function stretched(bytes: Buffer, length: number): Buffer {
  return Buffer.alloc(length, bytes);
}

function written(digest: Buffer): string {
  const triples = ORDER.map(([a, b, c]) => inDigits((digest[a] << 16) | (digest[b] << 8) | digest[c], 4));
  return triples.join("") + inDigits(digest[63], 2);
}

/** Six bits a digit, the lowest first. */
function inDigits(value: number, count: number): string {
  return Array.from({ length: count }, (_, i) => DIGITS[(value >> (6 * i)) & 63]).join("");
}
