import type { HttpDefinition } from "../define/http.ts";
import { ConfigurationError, VendorError } from "../errors.ts";
import type { VendorCall } from "../ports/vendor-http.ts";
import type { Access } from "./authorization.ts";
import { encodeForm } from "./form.ts";
import { allowedHeaders, outgoingHeaders } from "./outgoing-headers.ts";
import { shownPath } from "./redact.ts";
import type { UrlPolicy } from "./url-policy.ts";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

export interface Outgoing {
  readonly method: Method;
  readonly url: URL;
  readonly call: VendorCall;
  readonly access: Access;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly response: Response;
  /** False: it came from where no credential goes, and a refusal of it says nothing of the credential. */
  readonly credentialed: boolean;
}

const MAX_REDIRECTS = 3;

/** One request as it goes out: headers, credential, body, and the redirects that a download may take. */
export function createFetchOnce(options: {
  readonly definition: HttpDefinition;
  readonly urls: UrlPolicy;
  readonly fetch: typeof globalThis.fetch | undefined;
}): (outgoing: Outgoing) => Promise<Answered> {
  const { definition, urls, fetch } = options;
  const allowed = allowedHeaders(definition);

  return async ({ method, url, call, access, signal }) => {
    if (call.json !== undefined && call.form !== undefined) {
      throw new ConfigurationError("A call has one body: `json` or `form`.", { option: "form" });
    }
    const { default: ky } = await import("ky");
    const follow = call.followRedirects === true && method === "GET";
    let at = url;
    for (let redirects = 0; ; redirects++) {
      // Asked at every hop: what a redirect leads to may be called, and yet not be shown the credential (T21).
      const credentialed = urls.takesCredential(at, url);
      const headers = outgoingHeaders(definition, allowed, call, credentialed ? access : undefined);
      if (call.form !== undefined) headers.set("content-type", "application/x-www-form-urlencoded");
      const response = await ky(at, {
        method,
        headers,
        ...(call.json === undefined ? {} : { json: call.json }),
        ...(call.form === undefined ? {} : { body: encodeForm(call.form) }),
        // One layer retries, and it is not this one (decision 2026-11-21-one-vendor-client).
        retry: 0,
        timeout: false,
        throwHttpErrors: false,
        // A redirect would carry the token along.
        redirect: "manual",
        signal,
        ...(fetch ? { fetch } : {}),
      });
      const location = response.headers.get("location");
      const redirected =
        response.type === "opaqueredirect" ||
        response.redirected ||
        (response.status >= 300 && response.status < 400 && location !== null);
      if (!redirected) return { response, credentialed: credentialed && call.token === undefined };
      response.body?.cancel().catch(() => {});
      const known = location !== null && response.type !== "opaqueredirect" && !response.redirected;
      if (!follow || !known || redirects === MAX_REDIRECTS) {
        throw new VendorError(
          `${method} ${shownPath(url)} was answered by ${redirects === MAX_REDIRECTS ? "too many redirects" : "a redirect, which is never followed"}.`,
          { code: "vendor_url_refused", status: response.status, reason: "redirect" },
        );
      }
      at = urls.redirected(at, location);
    }
  };
}
