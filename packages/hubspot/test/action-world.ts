import { createVendorHttp, fixedAuthorization, type Json, silentLogger, systemClock } from "@halo/core";
import type { ActionDefinition, ActionRunContext } from "@halo/core/actions";
import { fakeClock } from "@halo/core/testing";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { type HubSpotRunOptions, runHubSpotAction } from "../src/actions/index.ts";
import { scopes } from "../src/auth.ts";
import { API_ORIGIN, http } from "../src/http.ts";

export const ADA = "ada@example.com";
const MINUTE_MS = 60_000;

// The client loads ky at its first call, which takes real time: fake deadlines must not pass meanwhile.
await createVendorHttp({
  definition: http(API_ORIGIN),
  authorization: fixedAuthorization("warm-up"),
  clock: systemClock,
  logger: silentLogger,
  fetch: async () => new Response("{}"),
}).get("/warm-up");

/** An account with one known contact, and everything that runs an action against it as a host would. */
export function actionWorld(options: { scopes?: readonly string[]; searchLagMs?: number } = {}) {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const emulator = hubspotEmulator({
    seed: 5,
    clock,
    limits: "none",
    searchLagMs: options.searchLagMs ?? 0,
    size: { companies: 1, contacts: 3, deals: 0, engagements: 0 },
  });
  const { portal } = emulator;
  const ada = portal.create("contacts", { email: ADA, jobtitle: "Engineer", lifecyclestage: "opportunity" });
  const granted = options.scopes ?? scopes.map(({ scope }) => scope);
  const accessToken = emulator.issueKey({ scopes: granted });
  const fetch: typeof globalThis.fetch = (input, init) => emulator.fetch(new Request(input, init));
  /** When calls are taken up: long after the contact was made. */
  const passed = clock.advance(10 * MINUTE_MS);

  const client = createVendorHttp({
    definition: http(API_ORIGIN),
    authorization: fixedAuthorization(accessToken),
    clock,
    logger: silentLogger,
    fetch,
  });

  return {
    clock,
    emulator,
    http: client,
    portal,
    ada,
    accessToken,
    fetch,
    async run<Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      input: Input,
      more: Partial<HubSpotRunOptions<Input>> = {},
    ) {
      await passed;
      const subject = { email: ADA };
      return await clock.run(
        runHubSpotAction(action, { accessToken, fetch, clock, subject, ...more, input }),
      );
    },
    /** As the engine takes up an attempt of which nobody knows what became. */
    async find<Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      effectKey: string,
      more: Partial<ActionRunContext<Input, Config>> = {},
    ) {
      await passed;
      if (action.again?.kind !== "find") throw new Error("It cannot be looked for.");
      const context = await contextOf(action, effectKey, more);
      return await clock.run(action.again.find(context));
    },
    /** The attempt itself, with the outcome that the engine would see. */
    async attempt<Input, Config, Output extends Json>(
      action: ActionDefinition<Input, Config, Output>,
      effectKey: string,
      input: unknown,
      more: Partial<ActionRunContext<Input, Config>> = {},
    ) {
      await passed;
      const context = await contextOf(action, effectKey, { input: action.input.parse(input), ...more });
      return await clock.run(action.run(context));
    },
    /** What HubSpot did, in the order in which it did it. */
    effects: () =>
      emulator.ledger.requests.flatMap(({ effect, objectType }) =>
        effect ? [{ ...effect, objectType }] : [],
      ),
    /** All that is kept of a record. */
    record: (type: "deals" | "notes" | "tasks" | "contacts", id: string) => portal.find(type, id)!,
  };

  async function contextOf<Input, Config, Output extends Json>(
    action: ActionDefinition<Input, Config, Output>,
    effectKey: string,
    more: Partial<ActionRunContext<Input, Config>>,
  ): Promise<ActionRunContext<Input, Config>> {
    return {
      input: undefined as never,
      config: action.config.parse({}),
      subject: { email: ADA },
      http: client,
      effectKey,
      at: new Date(clock.now()),
      attemptedAt: undefined,
      refs: undefined,
      signal: new AbortController().signal,
      logger: silentLogger,
      ...more,
    };
  }
}
