import { createVendorHttp, fixedAuthorization, type Json, silentLogger, systemClock } from "@halo/core";
import type { ActionDefinition, ActionRunContext, Approver } from "@halo/core/actions";
import { fakeClock } from "@halo/core/testing";
import { stripeEmulator } from "@halo/emulators/stripe";
import { runStripeAction, type StripeRunOptions } from "../src/actions/index.ts";
import { API_ORIGIN, http } from "../src/http.ts";

export const ADA = "ada@example.com";
export const DAY_MS = 24 * 60 * 60_000;
const START = Date.UTC(2026, 10, 21, 9);

// The client loads ky at its first call, which takes real time: fake deadlines must not pass meanwhile.
await createVendorHttp({
  definition: http(API_ORIGIN),
  authorization: fixedAuthorization("warm-up"),
  clock: systemClock,
  logger: silentLogger,
  fetch: async () => new Response("{}"),
}).get("/v1/warm-up");

export const yes: Approver = async () => ({ approvedBy: "grace" });

/** An account with one customer, what she paid and subscribed to, and everything that runs an action as a host would. */
export function actionWorld(options: { readonly email?: string; readonly idempotencyMs?: number } = {}) {
  const clock = fakeClock(START - 40 * DAY_MS);
  const emulator = stripeEmulator({
    seed: 5,
    clock,
    limits: "none",
    size: { customers: 0 },
    ...(options.idempotencyMs !== undefined && { behaviour: { idempotencyMs: options.idempotencyMs } }),
  });
  const merchant = emulator.account.in("test");
  const { book } = emulator.account;
  const ada = merchant.createCustomer({ email: options.email ?? ADA, name: "Ada" });
  const bob = merchant.createCustomer({ email: "bob@example.com", name: "Bob" });
  const product = merchant.createProduct({ name: "Seats" });
  const monthly = merchant.createPrice({
    product: product.id,
    unit_amount: 2_000,
    currency: "eur",
    interval: "month",
  });
  const paid = (amount: number, currency = "eur", customer = ada.id) => {
    const intent = merchant.pay({ amount, currency, customer });
    return { intent: intent.id, charge: String(intent.latest_charge) };
  };
  const payment = paid(5_000);
  const foreign = paid(5_000, "eur", bob.id);
  const subscribe = (more: { readonly trialDays?: number; readonly customer?: string } = {}) =>
    merchant.createSubscription({ customer: ada.id, prices: [{ price: monthly.id }], ...more });
  const accessToken = emulator.issueKey();
  const fetch: typeof globalThis.fetch = (input, init) => emulator.fetch(new Request(input, init));
  const client = createVendorHttp({
    definition: http(API_ORIGIN),
    authorization: fixedAuthorization(accessToken),
    clock,
    logger: silentLogger,
    fetch,
  });
  const subject = { email: options.email ?? ADA };

  return {
    clock,
    emulator,
    merchant,
    book,
    ada,
    bob,
    monthly,
    payment,
    foreign,
    paid,
    subscribe,
    accessToken,
    fetch,
    subject,
    /** Now is the day on which everything happens; what is there is forty days old. */
    arrive: () => clock.advance(START - clock.now()),
    run: async <Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      input: unknown,
      more: Partial<StripeRunOptions<unknown>> = {},
    ) => {
      const all = { accessToken, fetch, clock, subject, approve: yes, ...more, input: input as Input };
      return await clock.run(runStripeAction(action, all as StripeRunOptions<Input>));
    },
    review: async <Input, Config>(
      action: ActionDefinition<Input, Config, never>,
      input: unknown,
      more: Partial<ActionRunContext<Input, Config>> = {},
    ) => await clock.run(Promise.resolve(action.review?.(contextOf(action, input, more)))),
    /** As the engine takes up an attempt of which nobody knows what became. */
    find: async <Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      input: unknown,
      effectKey: string,
      more: Partial<ActionRunContext<Input, Config>> = {},
    ) => {
      const { again } = action;
      const find = again && again.kind !== "harmless" ? again.find : undefined;
      if (!find) throw new Error("It cannot be looked for.");
      return await clock.run(find(contextOf(action, input, { effectKey, ...more })));
    },
    /** What Stripe did, in the order in which it did it. */
    effects: () =>
      emulator.ledger.requests.flatMap(({ effect, objectType }) =>
        effect ? [{ ...effect, objectType }] : [],
      ),
    writes: () => emulator.ledger.find(({ method }) => method !== "GET"),
  };

  function contextOf<Input, Config>(
    action: ActionDefinition<Input, Config, never> | ActionDefinition<Input, Config, Json>,
    input: unknown,
    more: Partial<ActionRunContext<Input, Config>>,
  ): ActionRunContext<Input, Config> {
    return {
      input: action.input.parse(input),
      config: action.config.parse({}),
      subject,
      http: client,
      effectKey: "effect-1",
      at: new Date(clock.now()),
      attemptedAt: undefined,
      refs: undefined,
      signal: new AbortController().signal,
      logger: silentLogger,
      ...more,
    };
  }
}
