import { Refusal } from "../refusal.ts";
import { jsonReply, type Reply } from "../reply.ts";

/** The vendor's error body; every field but the message may be missing (vendors/hubspot.md §3). */
export interface VendorError {
  status: "error";
  message: string;
  category?: string;
  subCategory?: string;
  correlationId: string;
  context?: Record<string, string[]>;
  errors?: { message: string; code?: string; in?: string; context?: Record<string, string[]> }[];
  links?: Record<string, string>;
}

let correlations = 0;

/** A UUID that tells two errors apart and nothing more. */
export function correlationId(): string {
  return `00000000-0000-4000-8000-${(++correlations).toString(16).padStart(12, "0")}`;
}

export function errorReply(
  status: number,
  category: string,
  message: string,
  more: Partial<VendorError> = {},
): Reply {
  return jsonReply(status, {
    status: "error",
    message,
    correlationId: correlationId(),
    category,
    ...more,
  } satisfies VendorError);
}

export const refuse = (...args: Parameters<typeof errorReply>) => new Refusal(errorReply(...args));

export const invalid = (message: string, more?: Partial<VendorError>) =>
  refuse(400, "VALIDATION_ERROR", message, more);

// guess: the wording and category of a 404 for a record.
export const notFound = (message = "resource not found") => refuse(404, "OBJECT_NOT_FOUND", message);

export const unauthorized = (message = "Authentication credentials not found.") =>
  refuse(401, "INVALID_AUTHENTICATION", message);

export const expired = () =>
  errorReply(401, "EXPIRED_AUTHENTICATION", "The OAuth token used to make this call expired.", {
    context: { "expire time": ["expired"] },
  });

/** 403 that names what is missing, one entry for each scope. */
export function missingScopes(scopes: readonly string[]): Refusal {
  return refuse(
    403,
    "MISSING_SCOPES",
    "This app hasn't been granted all required scopes to make this call. Read more about required scopes here: https://developers.hubspot.com/scopes.",
    {
      errors: [
        {
          message: "One or more of the following scopes are required.",
          context: { requiredGranularScopes: [...scopes] },
        },
      ],
      links: { scopes: "https://developers.hubspot.com/scopes" },
    },
  );
}
