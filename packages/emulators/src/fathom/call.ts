import type { Reply } from "../reply.ts";
import type { FathomAccount, FathomUser } from "./account.ts";
import type { FathomBehaviour } from "./options.ts";
import type { FathomGrant } from "./tokens.ts";
import type { FathomWebhooks } from "./webhooks.ts";

/** One authorised request. */
export interface Call {
  readonly grant: FathomGrant;
  readonly account: FathomAccount;
  /** Whose key it is. */
  readonly user: FathomUser;
  /** The parts of the path that are not fixed. */
  readonly params: readonly string[];
  readonly query: URLSearchParams;
  /** The parsed JSON body, an empty object without one. */
  readonly body: Readonly<Record<string, unknown>>;
  readonly behaviour: FathomBehaviour;
  readonly webhooks: FathomWebhooks;
  readonly pageSize: number;
  /** Posts to a URL that the request names, unsigned, after the answer. */
  readonly callBack: (url: string, payload: Readonly<Record<string, unknown>>) => void;
}

export interface Route {
  readonly method: string;
  /** Segments behind `/external/v1`; `*` stands for any. */
  readonly path: string;
  /** How the ledger calls it. */
  readonly kind: string;
  readonly heavy?: (query: URLSearchParams) => boolean;
  readonly handle: (call: Call) => Reply;
}

export const isTrue = (query: URLSearchParams, name: string): boolean => query.get(name) === "true";
