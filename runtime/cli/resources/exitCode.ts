/** Exit codes for people: those of the service's own making are known by their hexadecimal form. */

/** `3`, or `-1073741510 (0xC000013A)` for a code below zero, which no process of Linux returns; empty for none. */
export function exitCodeText(code: unknown): string {
  if (typeof code !== "number") return "";
  return code >= 0 ? String(code) : `${code} (0x${(code >>> 0).toString(16).toUpperCase()})`;
}
