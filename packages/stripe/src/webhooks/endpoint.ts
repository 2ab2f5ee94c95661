import type { EndpointScope, RegisteredEndpoint, VendorHttp } from "@halo/core";
import * as z from "zod";
import { API_VERSION } from "../http.ts";
import { readAll } from "../streams/list-pages.ts";
import { watched } from "./watched.ts";

const PATH = "/v1/webhook_endpoints";
const of = (id: string) => `${PATH}/${encodeURIComponent(id)}`;

const Endpoint = z.object({
  id: z.string().min(1),
  url: z.string(),
  status: z.string(),
  api_version: z.string().nullish(),
  enabled_events: z.array(z.string()),
});
/** The secret is told this once. */
const Made = z.object({ id: z.string().min(1), secret: z.string().min(1) });

const events: readonly string[] = watched.flatMap((one) => one.events);

/** Halo's own endpoint in an account: made where the key may write webhook endpoints, in our version of the API. */
export const registration = {
  async register({
    http,
    known,
    signal,
    url,
  }: EndpointScope & {
    readonly known: { readonly id: string } | undefined;
  }): Promise<RegisteredEndpoint> {
    if (known && (await stands(http, known.id, url, signal))) return known;
    // What an attempt left that was cut off: its secret is lost, so it can only send what nobody verifies.
    for (const one of await readAll(http, PATH, {}, signal)) {
      const endpoint = Endpoint.safeParse(one).data;
      if (endpoint?.url === url) await http.delete(of(endpoint.id), { absentOn: [404], signal });
    }
    const { id, secret } = await http.post(PATH, {
      form: {
        url,
        enabled_events: events,
        api_version: API_VERSION,
        description: "Halo: keeps what it read of this account up to date.",
      },
      schema: Made,
      signal,
    });
    return { id, secret };
  },

  async unregister({ http, id, signal }: EndpointScope & { readonly id: string }): Promise<boolean> {
    await http.delete(of(id), { absentOn: [404], signal });
    return true;
  },
};

async function stands(http: VendorHttp, id: string, url: string, signal: AbortSignal): Promise<boolean> {
  const found = await http.get<unknown>(of(id), { absentOn: [404], signal });
  const endpoint = Endpoint.safeParse(found).data;
  return (
    endpoint?.url === url &&
    endpoint.status === "enabled" &&
    endpoint.api_version === API_VERSION &&
    events.every((event) => endpoint.enabled_events.includes(event))
  );
}
