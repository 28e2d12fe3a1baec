/** Exit codes for people: what ended a process is named, and those of the service's own making are known by their hexadecimal form. */
import { constants } from "node:os";

/** Codes below this are no signals. */
const SIGNAL_CODE_MIN = -64;

/** `3`; `-9 (SIGKILL)` for a process that a signal has ended (T-21); `-1073741510 (0xC000013A)` for a time limit (T-30); empty for none. */
export function exitCodeText(code: unknown): string {
  if (typeof code !== "number") return "";
  if (code >= 0) return String(code);
  if (code < SIGNAL_CODE_MIN) return `${code} (0x${(code >>> 0).toString(16).toUpperCase()})`;
  const name = Object.entries(constants.signals).find(([, number]) => number === -code)?.[0];
  return `${code} (${name ?? `signal ${-code}`})`;
}
