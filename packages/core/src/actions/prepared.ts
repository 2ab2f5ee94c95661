import type { ActionSubject, AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { ConflictError, type HaloError } from "../errors.ts";
import type { OpenGates } from "../gate/ask-gates.ts";
import type { InvokeRequest } from "../halo/actions-surface.ts";
import type { Draft } from "./record.ts";

/** A call behind every gate but consent. */
export interface Prepared {
  readonly request: InvokeRequest;
  readonly draft: Draft;
  readonly integration: IntegrationDefinition;
  readonly action: AnyAction;
  readonly open: OpenGates;
  readonly input: unknown;
  readonly subject: ActionSubject | undefined;
  readonly refs: unknown;
}

/** Marks what ends a call before anything was executed, and has to be written down before it is thrown. */
export class Refused extends Error {
  readonly refusal: HaloError;
  readonly state: "refused" | "failed";

  constructor(refusal: HaloError, state: Refused["state"] = "refused") {
    super(refusal.message);
    this.refusal = refusal;
    this.state = state;
  }
}

export function keyUsed(): ConflictError {
  return new ConflictError("This idempotency key was used for another call: use another one.", {
    current: "used",
  });
}
