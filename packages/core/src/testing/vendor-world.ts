import { fixedAuthorization } from "../connect/tokens.ts";
import type { Halo } from "../halo/surface.ts";
import { createVendorHttp } from "../http/vendor-http.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLogger } from "../ports/logger.ts";
import type { FakeClock } from "./fake-clock.ts";

/** The client loads ky at its first call, which takes real time: fake deadlines must not pass meanwhile. */
export async function loadHttpClient(): Promise<void> {
  await createVendorHttp({
    definition: { baseUrl: "https://warm-up.test", budgets: [], classify: () => ({ kind: "ok" }) },
    authorization: fixedAuthorization("warm-up"),
    clock: systemClock,
    logger: silentLogger,
    fetch: async () => Response.json({}),
  }).get("/");
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
