import {
  manualClock,
  type StripeEmulator,
  type StripeEmulatorOptions,
  stripeEmulator,
} from "../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
export type StripeAnswer = { status: number; headers: Headers; body: any };

/** An emulator with a clock that stands still and a way to ask it. */
export function setUpStripe(options: StripeEmulatorOptions = {}, permissions?: readonly string[]) {
  const clock = manualClock();
  const emulator = stripeEmulator({ seed: 5, clock, limits: "none", ...options });
  const key = emulator.issueKey({ ...(permissions && { permissions }) });
  return { clock, emulator, key, ask: stripeAsker(emulator, key), first: firstOf(emulator) };
}

type Headers_ = Readonly<Record<string, string>>;

/** Brackets are written as they stand in the names of the parameters. */
export function stripeAsker(emulator: StripeEmulator, key: string) {
  return async (
    method: string,
    path: string,
    params: Readonly<Record<string, string | number | boolean>> = {},
    headers: Headers_ = {},
  ): Promise<StripeAnswer> => {
    const form = new URLSearchParams(Object.entries(params).map(([name, value]) => [name, String(value)]));
    const inQuery = method !== "POST";
    const query = inQuery && form.size > 0 ? `${path.includes("?") ? "&" : "?"}${form}` : "";
    const answer = await emulator.fetch(
      new Request(`https://api.stripe.com${path}${query}`, {
        method,
        headers: { authorization: `Bearer ${key}`, ...headers },
        ...(!inQuery && { body: form }),
      }),
    );
    return { status: answer.status, headers: answer.headers, body: await answer.json() };
  };
}

/** The first object of a kind that fits. */
export function firstOf(emulator: StripeEmulator) {
  return (
    kind: Parameters<StripeEmulator["account"]["book"]["need"]>[0],
    fits: (row: Readonly<Record<string, unknown>>) => boolean = () => true,
  ) => {
    const { tables } = emulator.account.book;
    const found = tables[kind].rows.find((row) => !tables[kind].isDeleted(row.id) && fits(row));
    if (!found) throw new Error(`The account has no such ${kind}.`);
    return found;
  };
}

/** A charge that can be given back. */
export const refundable = (row: Readonly<Record<string, unknown>>): boolean =>
  row.status === "succeeded" && row.amount_refunded === 0 && row.disputed === false;
