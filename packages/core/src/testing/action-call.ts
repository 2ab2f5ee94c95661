import { uuidv7 } from "../ids.ts";
import type { ActionCall } from "../ports/action-store.ts";

/**
 * A call as it is stored, for tests that need one without having called: of "bot" to "acme", begun and without an end,
 * with nothing shown, asked or answered. Name what matters to the test; `createdAt` is when the fake clock begins, if not
 * told otherwise.
 */
export function actionCall(like: Partial<ActionCall> = {}): ActionCall {
  const { createdAt = new Date(Date.UTC(2026, 0, 1)) } = like;
  return {
    orgId: "org",
    id: uuidv7(createdAt.getTime()),
    agentId: "bot",
    integration: "acme",
    connectionId: "connection",
    generation: 1,
    action: "create_deal",
    version: 1,
    state: "executing",
    idempotencyKey: undefined,
    argumentsHash: "hash",
    input: {},
    subject: undefined,
    conversationId: undefined,
    preview: undefined,
    confirmationHash: undefined,
    expiresAt: undefined,
    attempts: 0,
    output: undefined,
    error: undefined,
    createdAt,
    startedAt: undefined,
    endedAt: undefined,
    ...like,
  };
}
