import type { HttpDefinition } from "../define/http.ts";
import { ConfigurationError, VendorError } from "../errors.ts";
import type { Fields } from "../ports/vendor-http.ts";
import { appendFields } from "./form.ts";

export interface UrlPolicy {
  /**
   * The URL of a path of the base URL, or of an absolute link of an allowed origin. Throws `vendor_url_refused` for
   * anything else. Runs before any client sees the URL: the Authorization header goes wherever this lets it (T20, T21).
   */
  resolve(path: string, query?: Fields): URL;
  /** The URL that a redirect of `from` leads to, under the same rules. */
  redirected(from: URL, location: string): URL;
  /** False where only a call without a credential may go; `first` is where the call began, before it was redirected. */
  takesCredential(url: URL, first: URL): boolean;
  /** Throws `vendor_url_refused` unless the URL an answer came from is of an allowed origin. */
  check(url: string): void;
}

/** Longer links are not next-page links. */
const MAX_URL_LENGTH = 8_192;

const ABSOLUTE = /^[a-z][a-z0-9+.-]*:/i;
/** Scheme and authority in plain ASCII, no userinfo: what is written is what is called. */
const PLAIN_AUTHORITY = /^https?:\/\/(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[::1\])(?::\d{1,5})?(?=[/?]|$)/i;
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

export function createUrlPolicy(
  definition: Pick<HttpDefinition, "baseUrl" | "origins" | "openOrigins" | "domains">,
  options: { readonly unsafeLoopback?: boolean } = {},
): UrlPolicy {
  const loopback = options.unsafeLoopback === true;
  const base = configured(definition.baseUrl, "baseUrl", loopback);
  const origins = new Set(
    (definition.origins ?? [base.origin]).map((origin) => configured(origin, "origins", loopback).origin),
  );
  if (!origins.has(base.origin)) {
    throw new ConfigurationError("The base URL's origin is not one of `origins`: add it.", {
      option: "origins",
    });
  }
  const callable = new Set([
    ...origins,
    ...(definition.openOrigins ?? []).map((origin) => configured(origin, "openOrigins", loopback).origin),
  ]);
  const domains = (definition.domains ?? []).map(configuredDomain);
  const inDomain = ({ hostname, port, protocol }: URL) =>
    protocol === "https:" &&
    port === "" &&
    domains.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
  const prefix = base.pathname.replace(/\/+$/, "");

  const check = (url: URL) => {
    if (url.username !== "" || url.password !== "") throw refused("it carries a user name");
    if (callable.has(url.origin) || inDomain(url)) return;
    throw refused(`its origin is not one of ${[...callable, ...domains].join(", ")}`);
  };
  const resolved = (path: string, below: string): URL => {
    requirePlain(path);
    let url: URL;
    if (ABSOLUTE.test(path)) {
      if (!PLAIN_AUTHORITY.test(path)) throw refused("its host is not written plainly");
      url = parse(path);
    } else {
      if (!path.startsWith("/") || path.startsWith("//"))
        throw refused("a path begins with exactly one slash");
      url = parse(`${below}${path}`);
    }
    check(url);
    return url;
  };
  return {
    resolve(path, query) {
      const url = resolved(path, `${base.origin}${prefix}`);
      if (query !== undefined) appendFields(url.searchParams, query);
      return url;
    },
    redirected: (from, location) => resolved(location, from.origin),
    takesCredential: (url, first) =>
      origins.has(url.origin) || (inDomain(url) && url.origin === first.origin),
    check: (url) => check(parse(url)),
  };
}

/** True for the hosts that mean this machine, and for no name that merely resolves to it. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** Refuses what two URL parsers could read in two ways, and dot segments, which an id from a record could bring. */
function requirePlain(path: string): void {
  if (typeof path !== "string" || path === "") throw refused("it is empty");
  if (path.length > MAX_URL_LENGTH) throw refused(`it is longer than ${MAX_URL_LENGTH} characters`);
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code <= 0x20 || code === 0x7f) throw refused("it contains white space or control characters");
    if (code === 0x5c) throw refused("it contains a backslash");
    if (code === 0x23) throw refused("it contains a fragment: encode the `#`");
  }
  const end = path.indexOf("?");
  const segments = (end < 0 ? path : path.slice(0, end)).split("/");
  if (segments.some((segment) => DOT_SEGMENT.test(segment))) throw refused("it contains a dot segment");
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw refused("it is not a URL");
  }
}

/** Of two labels at least: everybody has a host under "us". */
function configuredDomain(domain: string): string {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(domain)) return domain;
  throw new ConfigurationError("`domains` are names such as files.example.com, in lower case.", {
    option: "domains",
  });
}

function configured(text: string, option: string, loopback: boolean): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new ConfigurationError(`\`${option}\` has to be an absolute URL.`, { option });
  }
  const plain = url.protocol === "http:" && loopback && isLoopback(url.hostname);
  if (url.protocol !== "https:" && !plain) {
    throw new ConfigurationError(
      `\`${option}\` has to begin with https://; plain http is for loopback addresses under \`unsafeLoopback\` only.`,
      { option },
    );
  }
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw new ConfigurationError(`\`${option}\` must not carry a user name, a query or a fragment.`, {
      option,
    });
  }
  return url;
}

function refused(reason: string): VendorError {
  return new VendorError(`A URL was refused before it was called: ${reason}.`, {
    code: "vendor_url_refused",
    reason,
  });
}
