import type { LookupAddress } from "node:dns";
import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { VendorError } from "../errors.ts";
import { isPublicAddress } from "./public-address.ts";
import { isLoopback } from "./url-policy.ts";

export interface PinnedFetchOptions {
  /** Allows plain http to loopback addresses. */
  readonly unsafeLoopback?: boolean;
  /** Default: the system's resolver, asked at every call. */
  readonly resolve?: (hostname: string) => Promise<readonly LookupAddress[]>;
  /** Further trusted certificate authorities, PEM. */
  readonly ca?: string;
}

/**
 * A fetch for URLs that a host's customers or configuration name (sinks, embedders), on Node: the name is resolved
 * once, every address it has must be public, and the connection goes to the address that was checked, so that a name
 * that changes its mind in between (rebinding) reaches nothing inside (T20). Https only, no redirect is followed,
 * and no compression is offered. Throws `vendor_url_refused` for what it will not call.
 */
export function createPinnedFetch(options: PinnedFetchOptions = {}): typeof globalThis.fetch {
  const resolve = options.resolve ?? systemResolve;
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.username !== "" || url.password !== "") throw refused("it carries a user name");
    const hostname = url.hostname.replace(/^\[|\]$/g, "");
    const local = options.unsafeLoopback === true && isLoopback(url.hostname);
    if (url.protocol !== "https:" && !(local && url.protocol === "http:")) throw refused("it is not https");

    const family = isIP(hostname);
    const addresses = family > 0 ? [{ address: hostname, family }] : await resolve(hostname);
    const [first] = addresses;
    if (first === undefined) throw refused("its name has no address");
    const fits = (address: string) => (local ? isLoopback(bracketed(address)) : isPublicAddress(address));
    if (!addresses.every(({ address }) => fits(address))) {
      throw refused("its name has an address that is not on the public internet");
    }

    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    const headers: Record<string, string> = {};
    for (const [name, value] of request.headers) headers[name] = value;
    delete headers.host;
    headers["accept-encoding"] = "identity";
    if (body) headers["content-length"] = String(body.byteLength);

    const { request: send } =
      url.protocol === "https:" ? await import("node:https") : await import("node:http");
    const answer = await new Promise<IncomingMessage>((done, fail) => {
      const sent = send(
        url,
        {
          method: request.method,
          headers,
          signal: request.signal,
          // No pooled connection: one that was opened for the name earlier may lead elsewhere.
          agent: false,
          // The name stays for TLS and the Host header; the address is the one that was checked.
          lookup: (_name, { all }, callback) => {
            if (all) (callback as (e: null, a: LookupAddress[]) => void)(null, [first]);
            else callback(null, first.address, first.family);
          },
          ...(options.ca ? { ca: options.ca } : {}),
        },
        done,
      );
      sent.on("error", fail);
      sent.end(body);
    });
    const status = answer.statusCode ?? 0;
    if (status >= 300 && status < 400 && answer.headers.location !== undefined) {
      answer.destroy();
      throw refused("it answered with a redirect, which is never followed");
    }
    return response(answer, status);
  };
}

function response(answer: IncomingMessage, status: number): Response {
  const headers = new Headers();
  for (const [name, values] of Object.entries(answer.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const empty = status === 204 || status === 205 || status === 304;
  if (empty) answer.resume();
  const body = empty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
  return new Response(body, { status, headers });
}

async function systemResolve(hostname: string): Promise<readonly LookupAddress[]> {
  const { lookup } = await import("node:dns/promises");
  return lookup(hostname, { all: true });
}

const bracketed = (address: string) => (isIP(address) === 6 ? `[${address}]` : address);

function refused(reason: string): VendorError {
  return new VendorError(`A URL was refused before it was called: ${reason}.`, {
    code: "vendor_url_refused",
    reason,
  });
}
