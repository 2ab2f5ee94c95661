import type * as z from "zod";
import type { ActionPreview } from "../define/action.ts";
import type { Json } from "../define/json.ts";

/** What came of a call that was not refused. Refusals and failures are thrown as errors of errors.ts. */
export type ActionOutcome =
  | {
      readonly status: "succeeded";
      readonly callId: string;
      readonly output: Json;
      /** True: this call was made before with the same idempotency key; nothing happened now. */
      readonly repeated: boolean;
    }
  | {
      readonly status: "needs_confirmation";
      readonly callId: string;
      readonly preview: ActionPreview;
      /** To be given back with the same arguments, once the user said yes. Single use. */
      readonly confirmation: string;
      readonly expiresAt: Date;
    }
  | {
      readonly status: "pending_approval";
      readonly callId: string;
      readonly approvalId: string;
      readonly expiresAt: Date;
    };

export interface ToolCall {
  /** The framework's own id of the tool call: a call that is repeated with it acts once. */
  readonly idempotencyKey?: string | undefined;
  /** From a `needs_confirmation` before; only a host passes it on, after the user said yes. */
  readonly confirmation?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An action as an agent framework sees it; made by `halo.actions.tools` (gated) or by a vendor's actions entry (alone). */
export interface ActionTool {
  readonly kind: "action";
  /** Unique among the tools that were made together: "hubspot_create_deal". Letters, digits, underscores, ≤ 64. */
  readonly name: string;
  readonly integration: string;
  readonly action: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly destructive: boolean;
  /** Who has to say yes before it happens. */
  readonly asks: "nobody" | "user" | "human";
  invoke(input: unknown, call?: ToolCall): Promise<ActionOutcome>;
}

/** A tool that only reads: knowledge search, customer look-up. Its text is labelled as untrusted, with its source. */
export interface ReadTool {
  readonly kind: "read";
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  read(input: unknown, call?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
}

export type HaloTool = ActionTool | ReadTool;
