import type { HttpDefinition } from "../define/http.ts";
import { ConfigurationError } from "../errors.ts";
import type { VendorCall } from "../ports/vendor-http.ts";
import type { Access } from "./authorization.ts";

/** Theirs are the client's: a call that could set them could carry another's credential, or split a request. */
const RESERVED = new Set([
  "accept",
  "accept-encoding",
  "authorization",
  "connection",
  "content-length",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

const NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
/** Printable ASCII, no line break; longer values are no keys and no versions. */
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]{0,510}[\x21-\x7e])?$/;

/** The names that a definition lets its calls set, in lower case. Throws `configuration_invalid`. */
export function allowedHeaders({
  callHeaders = [],
  headers = {},
}: Pick<HttpDefinition, "callHeaders" | "headers">): ReadonlySet<string> {
  const names = callHeaders.map((name) => name.toLowerCase());
  for (const name of [...names, ...Object.keys(headers).map((name) => name.toLowerCase())]) {
    if (RESERVED.has(name) || !NAME.test(name)) {
      throw new ConfigurationError(`"${name}" is the client's own header: leave it out.`, {
        option: "callHeaders",
      });
    }
  }
  return new Set(names);
}

/**
 * What goes above a call: the definition's constant headers, the call's own from the allow-list, and last, over
 * whatever stood there, the credential, unless `access` is undefined. Throws `configuration_invalid`.
 */
export function outgoingHeaders(
  definition: Pick<HttpDefinition, "headers" | "credential">,
  allowed: ReadonlySet<string>,
  call: Pick<VendorCall, "headers" | "answer">,
  access: Access | undefined,
): Headers {
  const headers = new Headers({ accept: call.answer === "text" ? "*/*" : "application/json" });
  for (const [name, value] of Object.entries(definition.headers ?? {})) headers.set(name, value);
  for (const [name, value] of Object.entries(call.headers ?? {})) {
    if (value === undefined) continue;
    if (!allowed.has(name.toLowerCase())) {
      throw new ConfigurationError(
        `A call sets a header that its vendor's \`callHeaders\` does not list: ${shown(name)}.`,
        { option: "callHeaders" },
      );
    }
    if (!VALUE.test(value)) {
      throw new ConfigurationError(
        `The value of ${shown(name)} is no header's: printable ASCII, 512 characters at most.`,
        { option: "headers" },
      );
    }
    headers.set(name, value);
  }
  if (access === undefined) return headers;
  const token = access.token.reveal();
  const { name, value } = definition.credential?.({ token, kind: access.kind }) ?? {
    name: "authorization",
    value: `Bearer ${token}`,
  };
  if (!/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(value)) {
    throw new ConfigurationError("The credential makes no header's value: connect with one that does.", {
      option: "credential",
    });
  }
  headers.set(name, value);
  return headers;
}

function shown(name: string): string {
  return NAME.test(name.toLowerCase()) ? name : "(not a header's name)";
}
