import type { VendorHttp } from "../ports/vendor-http.ts";
import type { Json } from "./json.ts";
import type { IncomingDelivery } from "./webhook.ts";

/** Somebody pressed a button of a message that shows a proposal. */
export interface Click {
  /** The vendor's account that it came from. */
  readonly account: string;
  /** Who, at the vendor. */
  readonly user: string;
  readonly kind: "approve" | "reject";
  /** As the message was given them. */
  readonly approvalId: string;
  readonly hash: string;
  /** Where they are answered, if they are. */
  readonly place: Json;
}

/** Somebody as a vendor knows them. */
export interface SeenPerson {
  readonly email: string | undefined;
  readonly name: string | undefined;
  /** Of another company, a guest, or no person: they decide nothing. */
  readonly outside: boolean;
}

interface Asking {
  readonly http: VendorHttp;
  readonly click: Click;
  readonly signal: AbortSignal;
}

/** How people decide from within a vendor's own pages. */
export interface InteractivityDefinition {
  /** The app's own. */
  readonly secrets: readonly string[];
  /** Verifies the raw bytes, then parses once; clicks on anything else are left out. Throws `webhook_unverified`. */
  readonly receive: (delivery: IncomingDelivery) => readonly Click[];
  /** Who that is, asked of the vendor at this moment. Undefined: nobody whom it shows us. */
  readonly whois: (asking: Asking) => Promise<SeenPerson | undefined>;
  /** Says something to them alone. */
  readonly whisper: (asking: Asking & { readonly text: string }) => Promise<void>;
}
