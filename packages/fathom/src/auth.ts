import { type AuthDefinition, ConfigurationError } from "@halo/core";
import { MeetingPage } from "./streams/list-meetings.ts";

/**
 * A key belongs to one person and sees what they recorded or were shown. Nothing tells whose it is, so the account is the
 * key itself, known by a digest: what another key sees must never meet it in one connection unless somebody says so.
 */
export const auth: AuthDefinition = {
  scopes: [],
  key: {
    label: "API key",
    check: (key) =>
      /^[\x21-\x7e]{8,512}$/.test(key)
        ? undefined
        : "A Fathom API key has no white space. It is made in Fathom under Settings, API access.",
  },
  async identify({ credential, http, signal }) {
    // A key that was revoked is answered with 401, which no page of meetings is.
    await http.get("/meetings", { schema: MeetingPage, signal });
    if (credential === undefined) return { account: { id: "unchanged" } };
    return { account: { id: `key-${await digest(credential.reveal())}`, name: "Fathom API key" } };
  },
};

async function digest(key: string): Promise<string> {
  if (globalThis.crypto?.subtle === undefined) {
    throw new ConfigurationError("This runtime has no WebCrypto, which keys are told apart by.", {
      option: "crypto",
    });
  }
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`halo fathom ${key}`));
  return [...new Uint8Array(bytes).subarray(0, 12)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
