/** Number text against an exact second implementation of C's %.6g on bigints (rule 8.27). */
import fc from "fast-check";
import { expect, it } from "vitest";
import { doubleText, valueText } from "../../../src/language/values/text.ts";

/** %.6g by exact rational arithmetic: the double as numerator / denominator, digits by division, ties to even. */
function exactG6(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, Math.abs(value));
  const bits = view.getBigUint64(0);
  const raw = Number(bits >> 52n);
  const mantissa = (bits & 0xfffffffffffffn) | (raw === 0 ? 0n : 1n << 52n);
  const power = (raw === 0 ? 1 : raw) - 1075;
  const numerator = power >= 0 ? mantissa << BigInt(power) : mantissa;
  const denominator = power >= 0 ? 1n : 1n << BigInt(-power);
  let exponent = 0;
  const scale = (e: number): [bigint, bigint] =>
    e >= 0 ? [numerator, denominator * 10n ** BigInt(e)] : [numerator * 10n ** BigInt(-e), denominator];
  while (true) {
    const [n, d] = scale(exponent);
    if (n >= d * 10n) exponent++;
    else if (n < d) exponent--;
    else break;
  }
  const [n, d] = scale(exponent - 5);
  let digits = n / d;
  const rest = 2n * (n % d);
  if (rest > d || (rest === d && digits % 2n === 1n)) digits++;
  if (digits === 1_000_000n) {
    digits = 100_000n;
    exponent++;
  }
  const text = String(digits);
  const sign = value < 0 ? "-" : "";
  const trimmed = (whole: string, fraction: string) =>
    whole + (fraction.replace(/0+$/, "") === "" ? "" : `.${fraction.replace(/0+$/, "")}`);
  if (exponent < -4 || exponent >= 6)
    return `${sign}${trimmed(text[0], text.slice(1))}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  if (exponent < 0) return sign + trimmed("0", "0".repeat(-exponent - 1) + text);
  return sign + trimmed(text.slice(0, exponent + 1), text.slice(exponent + 1));
}

it("prints any double as C's %.6g does", () => {
  fc.assert(
    fc.property(fc.double(), (x) => void expect(doubleText(x)).toBe(exactG6(x))),
    { numRuns: 2000 },
  );
});

it("prints exact ties to the even digit", () => {
  const tie = fc
    .tuple(fc.integer({ min: 100_000, max: 999_999 }), fc.integer({ min: -12, max: 40 }))
    .map(([n, e]) => (n + 0.5) * 2 ** e);
  const whole = fc.integer({ min: 100_000, max: 999_999 }).map((n) => n * 10 + 5);
  fc.assert(
    fc.property(fc.oneof(tie, whole), (x) => void expect(doubleText(x)).toBe(exactG6(x))),
    { numRuns: 3000 },
  );
  expect(doubleText(1234565)).toBe("1.23456e+06");
  expect(doubleText(1234575)).toBe("1.23458e+06");
  expect(doubleText(999999.5)).toBe("1e+06");
});

it("prints no minus zero, and no ; = or control character out of a string (rules 6.16, 8.8)", () => {
  expect(valueText(-0)).toBe("0");
  expect(valueText(Float64Array.of(-0, 1e6, Number.NaN))).toBe("[0,1e+06,nan]");
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const printed = valueText(text);
      expect(printed).not.toMatch(/[;=\u0000-\u001f\u007f]/);
      expect(printed.replace(/%([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))).toBe(text);
    }),
  );
});
