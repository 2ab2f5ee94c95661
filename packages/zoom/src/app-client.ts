import type { VendorHttp } from "@halo/core";
import * as z from "zod";

/** The app itself at Zoom, as opposed to a person who installed it. */
export interface AppClient {
  readonly id: string;
  readonly secret: string;
  /** What its calls to Zoom's token endpoint carry. */
  readonly basic: string;
}

export function appClient(id: string | undefined, secret: string | undefined): AppClient | undefined {
  if (!id || !secret) return undefined;
  return { id, secret, basic: `Basic ${btoa(`${id}:${secret}`)}` };
}

const Token = z.object({ access_token: z.string().min(1) });

/** A token of the app's own, which event subscriptions need; it lives an hour, and is not kept. */
export async function appToken(
  http: VendorHttp,
  { appOrigin, client, signal }: { appOrigin: string; client: AppClient; signal: AbortSignal },
): Promise<string> {
  const { access_token } = await http.post(new URL("/oauth/token", appOrigin).href, {
    token: client.basic,
    form: { grant_type: "client_credentials" },
    repeatable: true,
    schema: Token,
    signal,
  });
  return access_token;
}
