/**
 * How amounts are written in each currency, in the API's smallest unit: "Supported currencies" in Stripe's
 * documentation, read 2026-11-21. Every other currency has two digits and takes every amount.
 */
const ZERO = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split(" ");
const THREE = "bhd jod kwd omr tnd".split(" ");

/** Two digits in the API for the sake of older code, and whole units all the same. */
// guess: UGX stands both here and among those without digits; as here, an amount is refused rather than misread.
const WHOLE = ["isk", "ugx"];

export interface CurrencyRule {
  /** Digits behind the point. */
  readonly digits: 0 | 2 | 3;
  /** Amounts are multiples of it. */
  readonly step: 1 | 10 | 100;
}

export function ruleOf(currency: string): CurrencyRule {
  if (ZERO.includes(currency)) return { digits: 0, step: 1 };
  if (THREE.includes(currency)) return { digits: 3, step: 10 };
  return { digits: 2, step: WHOLE.includes(currency) ? 100 : 1 };
}

/** "12.50 EUR". Whole numbers throughout: no digit is rounded away. */
export function moneyText(amountMinor: number, currency: string): string {
  const { digits } = ruleOf(currency);
  const sign = amountMinor < 0 ? "-" : "";
  const text = String(Math.abs(amountMinor)).padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits);
  return `${sign}${whole}${digits > 0 ? `.${text.slice(-digits)}` : ""} ${currency.toUpperCase()}`;
}
