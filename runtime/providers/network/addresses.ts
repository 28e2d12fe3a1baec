/**
 * IPv4 addresses and prefixes as the network model needs them: is an address in a prefix, and which addresses of a subnet may nodes have. The platform
 * keeps five of every subnet for itself: the first four and the last (network, gateway, two for names, broadcast).
 */

/** A prefix: `10.1.0.0/16`. Addresses as unsigned numbers of 32 bits. */
export interface Prefix {
  readonly first: number;
  readonly last: number;
}

/** Addresses of a subnet that no node gets. */
export const RESERVED_ADDRESSES = 5;
const RESERVED_AT_FRONT = 4;

/** The number of a dotted address; undefined for anything else. */
export function addressNumber(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined || parts.some((part) => part > 255)) return undefined;
  return parts.reduce((number, part) => number * 256 + part, 0);
}

/** The dotted form of an address. */
export function addressText(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

/** Reads `a.b.c.d/n` or `a.b.c.d`, which is itself alone; undefined for anything else, and for a prefix with bits behind its length. */
export function parsePrefix(text: string): Prefix | undefined {
  const match = /^([\d.]{7,15})(?:\/(\d{1,2}))?$/.exec(text);
  const first = match === null ? undefined : addressNumber(match[1]);
  const length = Number(match?.[2] ?? 32);
  if (first === undefined || length > 32) return undefined;
  const size = 2 ** (32 - length);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

/** Whether an address lies in a prefix. IPv4 addresses as IPv6 sockets show them (`::ffff:127.0.0.1`) count as what they are. */
export function isWithin(address: string, prefix: Prefix): boolean {
  const number = addressNumber(address.replace(/^::ffff:/i, ""));
  return number !== undefined && number >= prefix.first && number <= prefix.last;
}

/** Whether `inner` lies wholly in `outer`. */
export function contains(outer: Prefix, inner: Prefix): boolean {
  return inner.first >= outer.first && inner.last <= outer.last;
}

/** Whether two prefixes have an address in common. */
export function overlap(a: Prefix, b: Prefix): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** How many nodes a subnet of this prefix has room for. */
export function usableAddresses({ first, last }: Prefix): number {
  return Math.max(0, last - first + 1 - RESERVED_ADDRESSES);
}

/** The addresses that nodes of a subnet may have, in order. */
export function* nodeAddresses({ first, last }: Prefix): Generator<string> {
  for (let number = first + RESERVED_AT_FRONT; number < last; number++) yield addressText(number);
}
