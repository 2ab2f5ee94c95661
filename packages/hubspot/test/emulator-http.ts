import {
  AuthenticationError,
  AuthorizationError,
  type HttpDefinition,
  RateLimitError,
  type VendorCall,
  VendorError,
  type VendorHttp,
} from "@halo/core";

interface Vendor {
  fetch(request: Request): Promise<Response>;
}

/** The vendor client without its policy: one attempt, no waiting. What the vendor says is thrown as core throws it. */
export function emulatorHttp(vendor: Vendor, definition: HttpDefinition, token: string): VendorHttp {
  let clock: Date | undefined;
  async function call<T>(method: string, path: string, options: VendorCall<T> = {}): Promise<T> {
    const url = new URL(path, definition.baseUrl);
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) url.searchParams.set(name, String(value));
    }
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const body = options.json === undefined ? {} : { body: JSON.stringify(options.json) };
    const response = await vendor.fetch(new Request(url, { method, headers, ...body }));
    clock = new Date(response.headers.get("date") ?? 0);
    if (options.absentOn?.includes(response.status)) return undefined as T;
    const text = await response.text();
    const answer = {
      status: response.status,
      headers: response.headers,
      body: text ? parse(text) : undefined,
    };
    const verdict = definition.classify(answer);
    const details = { status: response.status, ...definition.describe?.(answer) };
    switch (verdict.kind) {
      case "ok":
        break;
      case "unauthorized":
        throw new AuthenticationError("Reconnect.");
      case "missing_scope":
        throw new AuthorizationError("A scope is missing.", { gate: verdict.scopes.join(" ") });
      case "rate_limited":
        throw new RateLimitError("Slow down.", { retryAt: verdict.retryAfterMs ?? 0 });
      default:
        throw new VendorError("HubSpot failed.", { ...details, retryable: verdict.kind === "retry" });
    }
    if (!options.schema) return answer.body as T;
    const checked = options.schema.safeParse(answer.body);
    if (!checked.success)
      throw new VendorError("Odd answer.", { ...details, code: "vendor_response_invalid" });
    return checked.data;
  }
  return {
    get: (path, options) => call("GET", path, options),
    post: (path, options) => call("POST", path, options),
    put: (path, options) => call("PUT", path, options),
    patch: (path, options) => call("PATCH", path, options),
    delete: (path, options) => call("DELETE", path, options),
    vendorNow: () => clock,
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
