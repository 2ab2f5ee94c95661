import { fixedAuthorization } from "../connect/tokens.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Halo, ReceivedWebhook } from "../halo/surface.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { htmlToText } from "../knowledge/html/html-to-text.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLogger } from "../ports/logger.ts";
import type { FakeClock } from "./fake-clock.ts";

/**
 * What Halo loads when it is first needed takes real time, in which fake time would run through deadlines and leases: a
 * vendor's answer came too late, an event was read twice, where the machine was busy.
 */
export async function loadLate(): Promise<void> {
  const client = createVendorHttp({
    definition: { baseUrl: "https://warm-up.test", budgets: [], classify: () => ({ kind: "ok" }) },
    authorization: fixedAuthorization("warm-up"),
    clock: systemClock,
    logger: silentLogger,
    fetch: async () => Response.json({}),
  });
  await Promise.all([
    client.get("/"),
    htmlToText("<p>warm-up</p>"),
    import("p-queue"),
    import("p-retry"),
    import("tldts"),
    import("oauth4webapi"),
    import("../actions/engine-actions.ts"),
    import("../customers/context.ts"),
    import("../standing/index.ts"),
    import("../work/index.ts"),
  ]);
}

/**
 * A `fetch` for an emulator: what the vendor sends arrives at Halo's receiver, as its handler would hand it over. Notes
 * each answer's status in `received`. `halo` is asked for late, since it is made with the emulator. Where the vendor
 * has other addresses than its webhooks' one, `elsewhere` takes what comes to them.
 */
export function receivingFetch(
  integration: string,
  halo: () => Pick<Halo, "deliveries">,
  received: number[],
  elsewhere: (url: string, call: ReceivedWebhook) => Promise<void> | undefined = () => undefined,
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const [, routeKey] = pathname.split("/webhook/");
    const call = {
      integration,
      method: request.method,
      pathAndQuery: pathname,
      headers: request.headers,
      body: new Uint8Array(await request.arrayBuffer()),
      ...(routeKey !== undefined && { routeKey }),
    };
    try {
      const taken = elsewhere(request.url, call);
      const reply = taken ? await taken.then(() => undefined) : (await halo().deliveries.receive(call)).reply;
      received.push(200);
      return new Response(reply?.body ?? "", {
        headers: { "content-type": reply?.contentType ?? "text/plain" },
      });
    } catch {
      received.push(401);
      return new Response(null, { status: 401 });
    }
  };
}

/** A worker for so long. `meanwhile` is called once it has begun. */
export async function workFor(
  halo: Pick<Halo, "work">,
  clock: FakeClock,
  ms: number,
  meanwhile: () => void = () => {},
): Promise<void> {
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  meanwhile();
  await clock.advance(ms);
  stop.abort(new Error("over"));
  await clock.run(working);
}

/** How long a schedule that a test lets begin stays open: a worker looks at it as it starts. */
const OPEN_MS = 5_000;

/**
 * An integration whose schedule is due only when the test says so. A connection's slot lies at a minute of its own, which
 * its random id draws: in one run of sixty it fell into the minute for which a test worked, and its sync read, and
 * counted, what the test's event had brought already.
 */
export function heldSchedule(definition: IntegrationDefinition, clock: FakeClock) {
  let openUntil = 0;
  const integration: IntegrationDefinition = Object.defineProperty({ ...definition }, "schedule", {
    enumerable: true,
    get: () => (clock.now() < openUntil ? definition.schedule : undefined),
  });
  return {
    integration,
    /** A worker that starts now begins the sync of the newest slot, and no other after it. */
    begin: () => {
      openUntil = clock.now() + OPEN_MS;
    },
  };
}

/** A Halo and a vendor's emulator, joined, in time that stands still. */
export interface VendorWorld {
  readonly clock: FakeClock;
  readonly halo: Halo;
  readonly emulator: {
    fetch(request: Request): Promise<Response>;
    readonly webhooks: { flush(): void; settled(): Promise<void> };
    readonly ledger: { count(filter: { kind: string }): number };
  };
}

/** Through the vendor's consent page and back. */
export async function connectByConsent(
  { clock, emulator, halo }: VendorWorld,
  begun: { readonly orgId: string; readonly integration: string; readonly redirectUri: string },
) {
  const session = "browser";
  const { url } = await halo.connections.begin({ ...begun, session });
  const page = await clock.run(emulator.fetch(new Request(url)));
  const { searchParams: parameters } = new URL(page.headers.get("location") ?? "");
  const { integration, redirectUri } = begun;
  const completed = halo.connections.complete({ integration, session, redirectUri, parameters });
  return (await clock.run(completed)).connection;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** What a test does with a vendor of meetings. `begin` is its held schedule's. */
export function meetingsWorld(
  { clock, emulator, halo }: VendorWorld,
  { begin, integration, orgId }: { begin: () => void; readonly integration: string; readonly orgId: string },
) {
  /**
   * What the vendor had to tell is taken in, and then a worker works for so long. One beside the other, whether two events
   * are read together would depend on how fast this machine seals them.
   */
  const work = async (ms = MINUTE_MS) => {
    emulator.webhooks.flush();
    await clock.run(emulator.webhooks.settled());
    await workFor(halo, clock, ms);
  };
  return {
    work,
    connectCrm: () => clock.run(halo.connections.connectWithKey({ orgId, integration: "crm", key: "k" })),
    /** So many hours, with a worker for a minute at the end of each: it takes up what became due, one sync a connection. */
    async hours(count: number) {
      for (let hour = 0; hour < count; hour++) {
        await clock.advance(HOUR_MS);
        begin();
        await work();
      }
    },
    /** What is found of what was said. */
    find: async (
      query: string,
      scope: Parameters<typeof halo.knowledge.search>[0]["scope"] = { kind: "staff" },
    ) => {
      const hits = await halo.knowledge.search({ orgId, query, scope, prefix: `${integration}:` });
      return hits.map(({ text }) => text);
    },
    /** Of the shared table, by the vendor's key. */
    meeting: async (key: string | number) =>
      (await halo.meetings.list(orgId, { limit: 200 })).find((one) => one.key === String(key)),
    calls: (kind: string) => emulator.ledger.count({ kind }),
  };
}
