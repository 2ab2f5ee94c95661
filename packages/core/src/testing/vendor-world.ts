import { fixedAuthorization } from "../connect/tokens.ts";
import type { Halo } from "../halo/surface.ts";
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
 * each answer's status in `received`. `halo` is asked for late, since it is made with the emulator.
 */
export function receivingFetch(
  integration: string,
  halo: () => Pick<Halo, "deliveries">,
  received: number[],
): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const [, routeKey] = pathname.split("/webhook/");
    try {
      const { reply } = await halo().deliveries.receive({
        integration,
        method: request.method,
        pathAndQuery: pathname,
        headers: request.headers,
        body: new Uint8Array(await request.arrayBuffer()),
        ...(routeKey !== undefined && { routeKey }),
      });
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
