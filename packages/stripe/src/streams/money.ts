import { ruleOf } from "../actions/currency.ts";

/** "12.50" of 1250 minor units; undefined where the amount or its currency is. Exact: no number is divided. */
export function mainUnits(
  amountMinor: number | null | undefined,
  currency: string | null | undefined,
): string | undefined {
  if (!currency || typeof amountMinor !== "number" || !Number.isSafeInteger(amountMinor)) return undefined;
  return decimal(BigInt(amountMinor), ruleOf(currency).digits);
}

/** "12.50" of 1250n with two digits. */
export function decimal(minor: bigint, digits: number): string {
  const sign = minor < 0n ? "-" : "";
  const text = (minor < 0n ? -minor : minor).toString().padStart(digits + 1, "0");
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`;
}

/** Of a price's `unit_amount_decimal`, "1250.5": minor units in billionths, so that fractions of a cent add up. */
export function billionths(minorDecimal: string): bigint | undefined {
  const [, sign, whole = "", fraction = ""] = /^(-?)(\d{1,18})(?:\.(\d{1,12}))?$/.exec(minorDecimal) ?? [];
  if (whole === "") return undefined;
  const value = BigInt(whole) * BILLION + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
  return sign === "-" ? -value : value;
}

export const BILLION = 1_000_000_000n;

/** Half away from zero. */
export function rounded(numerator: bigint, denominator: bigint): bigint {
  const half = denominator / 2n;
  return (numerator < 0n ? numerator - half : numerator + half) / denominator;
}
