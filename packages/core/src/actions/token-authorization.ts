import { AuthenticationError } from "../errors.ts";
import { secret } from "../http/secret.ts";
import type { Access, Authorization } from "../http/vendor-http.ts";
import { isSameText } from "./confirmations.ts";

/** A token, or how to get the one that is good now: asked before each run, and again when the vendor refuses it. */
export type TokenSource = string | (() => string | Promise<string>);

/** Credentials that the host keeps: Halo neither stores nor refreshes them. */
export function tokenAuthorization(source: TokenSource): Authorization {
  let version = 0;
  let known: Access | undefined;
  const ask = async (): Promise<Access> => {
    const token = typeof source === "string" ? source : await source();
    if (typeof token !== "string" || !/^[\x21-\x7e]{1,8192}$/.test(token)) {
      throw new AuthenticationError("Give an access token: a text without white space.");
    }
    if (known && isSameText(known.token.reveal(), token)) return known;
    known = { token: secret(token), version: ++version };
    return known;
  };
  return {
    access: async () => known ?? (await ask()),
    async renew(refused) {
      const next = await ask();
      return next.version > refused.version ? next : undefined;
    },
    refused: async () => new AuthenticationError("The vendor refuses the access token: give a new one."),
  };
}
