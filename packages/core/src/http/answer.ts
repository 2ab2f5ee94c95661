import type { HttpDefinition, VendorAnswer, Verdict } from "../define/http.ts";
import { CancelledError, type HaloError, isHaloError, VendorError } from "../errors.ts";
import type { VendorCall } from "../ports/vendor-http.ts";

/** A definition that throws is read as its vendor's failure: the answer fitted nothing it knows. */
export function classified(definition: HttpDefinition, answer: VendorAnswer): Verdict {
  try {
    return definition.classify(answer);
  } catch {
    return answer.status >= 500 ? { kind: "retry" } : { kind: "failed" };
  }
}

export function described(
  definition: HttpDefinition,
  answer: VendorAnswer,
): { requestId: string | undefined; reason: string | undefined } {
  let told: ReturnType<NonNullable<HttpDefinition["describe"]>> = {};
  try {
    told = definition.describe?.(answer) ?? {};
  } catch {
    // Only words for people are lost.
  }
  return { requestId: word(told.requestId), reason: word(told.reason) };
}

/** A vendor's code or id; anything that could be a sentence, an address or a token's text is left out. */
function word(text: string | undefined): string | undefined {
  return text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : undefined;
}

export function checked<T>(where: string, call: VendorCall<T>, answer: VendorAnswer): T {
  if (call.schema === undefined) return answer.body as T;
  const result = call.schema.safeParse(answer.body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path
    .map((part) => (/^[\w$-]{1,40}$/.test(String(part)) ? String(part) : "…"))
    .join(".");
  throw invalid(where, `\`${path || "the answer"}\` does not fit (${issue?.code ?? "unknown"})`, {
    status: answer.status,
  });
}

export function invalid(
  where: string,
  what: string,
  details: { status?: number; requestId?: string | undefined; reason?: string; retryable?: boolean },
): VendorError {
  return new VendorError(`${where} was answered with something unusable: ${what}.`, {
    code: "vendor_response_invalid",
    ...details,
  });
}

/** Only errors of Halo leave; anything else is a stop that somebody asked for, or a fault of the vendor's side. */
export function outward(error: unknown, signal: AbortSignal): HaloError {
  if (signal.aborted) {
    const reason = signal.reason;
    return isHaloError(reason, "cancelled") ? reason : new CancelledError("signal");
  }
  if (isHaloError(error)) return error;
  return new VendorError("A call to the vendor failed inside the client.", {
    reason: error instanceof Error ? error.name : "unknown",
  });
}
