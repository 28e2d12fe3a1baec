/**
 * How values print in the service's `results` string (rules 6.11 to 6.15, 8.8, 8.27).
 */
import { instantText, intervalText } from "../../base/time.ts";
import { OptionWord, Timeinterval, Timestamp, type Value } from "./value.ts";

const DIGITS = 6;

/**
 * A double as C's `%.6g`: six significant digits, exact ties to the even digit, no trailing zeros, exponent form below 1e-4 and from 1e6 with
 * at least two exponent digits; `nan`, `inf`, `-inf`; minus zero is `0`.
 */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && value > -1e6 && value < 1e6) return String(value === 0 ? 0 : value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  const rounded = roundedToSix(size);
  const exponentAt = rounded.indexOf("e");
  const exponent = Number(rounded.slice(exponentAt + 1));
  const digits = rounded[0] + rounded.slice(2, exponentAt);
  const sign = value < 0 ? "-" : "";
  if (exponent < -4 || exponent >= DIGITS) {
    const fraction = digits.slice(1).replace(/0+$/, "");
    const mantissa = fraction === "" ? digits[0] : `${digits[0]}.${fraction}`;
    const power = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${mantissa}e${exponent < 0 ? "-" : "+"}${power}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits.replace(/0+$/, "")}`;
  const fraction = digits.slice(exponent + 1).replace(/0+$/, "");
  return `${sign}${digits.slice(0, exponent + 1)}${fraction === "" ? "" : `.${fraction}`}`;
}

/**
 * `d.ddddde±x`. toExponential rounds exact ties up, C rounds them to even. No double lies within 1e-33 of a seven-digit decimal without being
 * it, so 40 digits tell a tie from a near miss.
 */
function roundedToSix(size: number): string {
  const exact = size.toExponential(40);
  const isTie = exact[7] === "5" && /^0*$/.test(exact.slice(8, exact.indexOf("e")));
  const keepsEvenDigit = (exact.charCodeAt(6) - 48) % 2 === 0;
  if (isTie && keepsEvenDigit) return exact.slice(0, 7) + exact.slice(exact.indexOf("e"));
  return size.toExponential(DIGITS - 1);
}

/** A string with `%`, `;`, `=` and control characters as `%XX`, so that a client can split the results at `;` and `=` (8.8). */
function stringText(value: string): string {
  return value.replace(/[%;=\u0000-\u001f\u007f]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** Any value as it stands in the results string. */
export function valueText(value: Value): string {
  if (typeof value === "number") return doubleText(value);
  if (typeof value === "string") return stringText(value);
  if (value instanceof Float64Array) return `[${Array.from(value, doubleText).join(",")}]`;
  if (value instanceof Timestamp) return instantText(value.ticks);
  if (value instanceof Timeinterval) return intervalText(value.ticks);
  if (value instanceof OptionWord) return value.word;
  return value satisfies never;
}
