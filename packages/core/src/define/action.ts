import type * as z from "zod";
import type { Logger } from "../ports/logger.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";
import type { Json } from "./json.ts";

/** Whose record an action touches. From the host's context, never from the model. */
export interface ActionSubject {
  readonly email?: string | undefined;
  /** Halo's ids, where the host has them. */
  readonly endUserId?: string | undefined;
  readonly companyId?: string | undefined;
  /** The customer's own id at a vendor, by integration, where the host knows it: `{ stripe: "cus_…" }`. */
  readonly ids?: { readonly [integration: string]: string } | undefined;
}

export interface ActionCallContext<Input, Config> {
  readonly input: Input;
  /** The agent's configuration of this action, defaults filled in. */
  readonly config: Config;
  readonly subject: ActionSubject | undefined;
}

/** What a person is shown before they say yes: plain text, never markup. */
export interface ActionPreview {
  /** One sentence: "Sets jobtitle of ada@example.com to CTO." */
  readonly summary: string;
  readonly changes?: readonly {
    readonly field: string;
    readonly from?: string | undefined;
    readonly to: string;
  }[];
}

/** Money that an action moves, in whole minor units (cents). Not above zero, or no safe integer: the call is refused. */
export interface Money {
  readonly amountMinor: number;
  /** ISO 4217, lower case: "eur". */
  readonly currency: string;
  /** How many digits stand behind the point where it is shown: 2 for EUR, 0 for JPY. Absent: shown in minor units. */
  readonly digits?: number | undefined;
}

/** What a person decides on, as it stands at the vendor now. */
export interface ActionReview {
  readonly preview: ActionPreview;
  /** Absent: it moves none. Limits, the second approver and the shorter expiry go by it. */
  readonly money?: Money | undefined;
  /** The vendor's id of the customer whose money it is: limits per customer go by it. Default: the subject. */
  readonly customer?: string | undefined;
  /**
   * What of the vendor's objects the decision rests on (`{ status, refundable }`). Read again right before the
   * execution: another state, or other money, makes the approval stale.
   */
  readonly state?: Json | undefined;
  /** Whether the objects are the vendor's live ones. Where the connection's account says so too, both have to agree. */
  readonly livemode?: boolean | undefined;
}

export interface ActionRunContext<Input, Config> extends ActionCallContext<Input, Config> {
  readonly http: VendorHttp;
  /**
   * Names this effect, the same at every attempt: the vendor's idempotency key where it has one, otherwise the marker
   * that `find` looks for. Letters, digits and hyphens, at most 64.
   */
  readonly effectKey: string;
  /** When the call was first taken up. Attempts that follow use it too, so that they ask for the same effect. */
  readonly at: Date;
  /**
   * Of attempts before this one, or before this look, nothing was sent after this moment, by the same clock as `at`: it
   * is when the last of them ended or, where its process did not come back, when the call was taken up. Undefined:
   * nothing was attempted yet.
   */
  readonly attemptedAt: Date | undefined;
  /** What `references` of the integration brought; undefined where an action runs alone. */
  readonly refs: unknown;
  /**
   * Keys of those of the connection's records of a stream that Halo knows to be the subject's, whatever case their address is
   * written in: a hint as old as the last sync, so that the vendor is asked before it counts. Absent where an action runs alone.
   */
  readonly known?: ((stream: string) => Promise<readonly string[]>) | undefined;
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

/**
 * What a look at the vendor found of an effect. `absent` must be certain (a read of the store, not of an index that
 * lags); anything else is `unknown`, and nobody tries again.
 */
export type EffectFound<Output> =
  | { readonly state: "present"; readonly output: Output }
  | { readonly state: "absent" }
  | { readonly state: "unknown" };

/**
 * One thing that an agent may do at a vendor. Gates, validation, consent, approval, the ledger and the audit are core's
 * and happen before `run`; `run` calls the vendor once and says what came of it.
 */
export interface ActionDefinition<Input = unknown, Config = unknown, Output extends Json = Json> {
  /** "create_deal" */
  readonly id: string;
  /** Shown to people: "Create deal". */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** Changes an external system in a way that people want to be warned of. Default true. */
  readonly destructive?: boolean;
  /** What kind of subject it needs from the host's context. Absent: none. */
  readonly subject?: "end_user";
  /** `user`: the first call returns what will change, and a confirmation bound to the exact arguments. */
  readonly consent?: "user";
  /** `human`: a call is a proposal that a person decides; only then, and not by the model's request, is it executed. */
  readonly approval?: "human";
  /**
   * For `approval: "human"`: what the person decides on, read from the vendor when it is proposed and again right before
   * it is executed; writes nothing. What cannot be done (already cancelled, above what is refundable) it throws as
   * `input_invalid` or `vendor_failed`: then nothing is proposed, or executed. Default: `preview`, no money, no state.
   */
  readonly review?: (context: ActionRunContext<Input, Config>) => Promise<ActionReview> | ActionReview;
  /** Grows when the meaning of the arguments changes: confirmations and approvals of another version are stale. Default 1. */
  readonly version?: number;
  /** What the model gives: strict. */
  readonly input: z.ZodType<Input>;
  /** What an admin sets for an agent: strict, and `{}` fits (every field has a default or is optional). */
  readonly config: z.ZodType<Config>;
  /** Allow-lists and configuration: true, or why not, in words that may be shown to the model. Pure. */
  readonly permit?: (context: ActionCallContext<Input, Config>) => true | string;
  /** What will change. May read from the vendor; writes nothing. Default: the arguments. */
  readonly preview?: (context: ActionRunContext<Input, Config>) => Promise<ActionPreview> | ActionPreview;
  /**
   * Performs it. A write that ended without an answer is thrown as `outcome_unknown` or `vendor_timeout`; what the
   * vendor refused, as `vendor_failed`.
   */
  readonly run: (context: ActionRunContext<Input, Config>) => Promise<Output>;
  /** How an attempt whose outcome is not known is taken up again. Default `never`: it stays `outcome_unknown`. */
  readonly again?: /**
   * The vendor acts once for each `effectKey`: the same call again. Past the key's life, and where the attempts that are
   * left told nothing, nobody tries again: `find` then says what came of it (F14).
   */
    | {
        readonly kind: "idempotent";
        readonly keyLifeMs: number;
        readonly find?: (context: ActionRunContext<Input, Config>) => Promise<EffectFound<Output>>;
      }
    /** Look for the effect; perform it only if it is certain that it is absent. */
    | {
        readonly kind: "find";
        readonly find: (context: ActionRunContext<Input, Config>) => Promise<EffectFound<Output>>;
      }
    /** Performing it twice is the same as once (setting a property). */
    | { readonly kind: "harmless" };
}

/** Gives an action its types; adds nothing. The erased type fits lists of several actions. */
export function defineAction<Input, Config, Output extends Json>(
  definition: ActionDefinition<Input, Config, Output>,
): ActionDefinition<Input, Config, Output> {
  return definition;
}

/** An action whose types are its own affair. */
// biome-ignore lint/suspicious/noExplicitAny: contravariant in Input and Config; nothing is called through it unchecked
export type AnyAction = ActionDefinition<any, any, Json>;
