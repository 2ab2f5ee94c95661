import {
  type ActionOutcome,
  type ActionPreview,
  type ActionTool,
  type HaloTool,
  isHaloError,
  type Json,
} from "@halo/core";

/** What a model gets back: never an error of ours with its inside, always a sentence that says where things stand. */
export interface ToolAnswer {
  readonly status:
    | "succeeded"
    | "needs_confirmation"
    | "pending_approval"
    | "refused"
    | "failed"
    | "outcome_unknown";
  /** For the model. */
  readonly text: string;
  /** True: the model should not think that it happened. */
  readonly isError: boolean;
  /** The same for programs. */
  readonly data: { readonly [field: string]: Json | undefined };
}

/** What a user is asked, before an action of theirs goes on. */
export interface ConfirmRequest {
  readonly tool: ActionTool;
  readonly input: unknown;
  readonly preview: ActionPreview;
  /** Given back with the same input once the user said yes, the action goes on; never show it to the model. */
  readonly confirmation: string;
}

export interface CallOptions {
  /** The framework's id of the tool call, where it has one that no other call has. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Of a `ConfirmRequest` before, for a host that asked its user in the meantime. */
  readonly confirmation?: string | undefined;
  /**
   * Asks the user, outside of the model's reach; true: go on. Absent, or when it throws: not confirmed, and the model
   * is told to wait for the user.
   */
  readonly confirm?: ((request: ConfirmRequest) => Promise<boolean> | boolean) | undefined;
  /** Told of what is no error of Halo's: the model hears only that the tool failed. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Calls a tool for a model. Never rejects, except when `signal` aborts: a refusal is an answer too. */
export async function callTool(
  tool: HaloTool,
  input: unknown,
  options: CallOptions = {},
): Promise<ToolAnswer> {
  const { signal, onError } = options;
  try {
    if (tool.kind === "read") {
      const text = await tool.read(input, { signal });
      return { status: "succeeded", text, isError: false, data: { status: "succeeded", text } };
    }
    return answerOf(tool, await invoke(tool, input, options));
  } catch (error) {
    signal?.throwIfAborted();
    if (!isHaloError(error)) onError?.(error);
    return refusal(error);
  }
}

async function invoke(tool: ActionTool, input: unknown, options: CallOptions): Promise<ActionOutcome> {
  const { confirm, confirmation: given, idempotencyKey, signal } = options;
  const outcome = await tool.invoke(input, { idempotencyKey, signal, confirmation: given });
  if (outcome.status !== "needs_confirmation" || !confirm) return outcome;
  const { confirmation, preview } = outcome;
  if (!(await confirm({ tool, input, preview, confirmation }))) return outcome;
  return await tool.invoke(input, { idempotencyKey, signal, confirmation });
}

function answerOf(tool: ActionTool, outcome: ActionOutcome): ToolAnswer {
  const { status, callId } = outcome;
  switch (outcome.status) {
    case "succeeded":
      return {
        status: "succeeded",
        text: JSON.stringify({ status, output: outcome.output }),
        isError: false,
        data: { status, callId, output: outcome.output },
      };
    case "needs_confirmation":
      return {
        status: "needs_confirmation",
        text: `Nothing was done yet. "${tool.title}" waits until the user confirms it: ${outcome.preview.summary} Tell the user what will change, and wait: you cannot confirm it yourself.`,
        isError: false,
        data: { status, callId, preview: previewJson(outcome.preview) },
      };
    case "pending_approval":
      return {
        status: "pending_approval",
        text: `Nothing was done yet. "${tool.title}" is waiting for approval by a person of the team. Say so, and do not call it again: check_approval tells what came of ${outcome.approvalId}.`,
        isError: false,
        data: {
          status,
          callId,
          approvalId: outcome.approvalId,
          expiresAt: outcome.expiresAt.toISOString(),
        },
      };
  }
}

function previewJson({ summary, changes = [] }: ActionPreview): Json {
  return { summary, changes: changes.map(({ field, from, to }) => ({ field, from, to })) };
}

/** A refusal's own words are made for this: they name the gate or the field, and hold no secret and no customer's text. */
function refusal(error: unknown): ToolAnswer {
  if (isHaloError(error, "outcome_unknown")) {
    return told(
      "outcome_unknown",
      "It is not known whether this happened. Do not call it again: a person of the team looks at it.",
      error.code,
    );
  }
  if (!isHaloError(error)) return told("failed", "The tool failed. It can be tried again later.", "internal");
  const refused = ["gate_closed", "input_invalid", "not_found", "approval_stale", "conflict"];
  return refused.includes(error.code)
    ? told("refused", error.message, error.code)
    : told("failed", error.message, error.code);
}

function told(status: ToolAnswer["status"], message: string, code: string): ToolAnswer {
  const text = status === "refused" ? `Refused: ${message}` : `Failed: ${message}`;
  return {
    status,
    text: status === "outcome_unknown" ? message : text,
    isError: true,
    data: { status, code, message },
  };
}
