import { CancelledError, isHaloError, ValidationError, VendorError } from "@halo/core/actions";
import * as z from "zod";
import type { Caller } from "./caller.ts";

const Written = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()).nullish(),
});

export type Written = z.infer<typeof Written>;

export type MadeType = "deals" | "notes" | "tasks";

/** Which field of the input or the configuration gave a property its value: `{ dealstage: "config.stage" }`. */
export type Origins = { readonly [property: string]: string };

/** From the record to the contact: `AssociationTypes.js` of @hubspot/api-client 14.0.1. */
const TO_CONTACT: { readonly [type in MadeType]: number } = { deals: 3, notes: 202, tasks: 204 };

/**
 * Makes one record and associates it with the contact, in one call, so that there is no half of it. Throws
 * `input_invalid` for what HubSpot refused and `outcome_unknown` where it may have been made all the same.
 */
export function createRecord(
  { http, paths, signal }: Caller,
  type: MadeType,
  properties: { readonly [name: string]: string | undefined },
  contactId: string | undefined,
  origins: Origins,
): Promise<Written> {
  const types = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: TO_CONTACT[type] }];
  const associations = contactId === undefined ? [] : [{ to: { id: contactId }, types }];
  return written(signal, origins, () =>
    http.post(paths.objects(type), { json: { properties, associations }, schema: Written, signal }),
  );
}

/** Sets properties of a contact. Setting them twice is the same as once, so that it is tried again by itself. */
export function updateContactProperties(
  { http, paths, signal }: Caller,
  contactId: string,
  properties: { readonly [name: string]: string },
  origins: Origins,
): Promise<Written> {
  const path = `${paths.objects("contacts")}/${encodeURIComponent(contactId)}`;
  return written(signal, origins, () =>
    http.patch(path, { json: { properties }, schema: Written, repeatable: true, signal }),
  );
}

async function written(
  signal: AbortSignal,
  origins: Origins,
  send: () => Promise<Written>,
): Promise<Written> {
  if (signal.aborted)
    throw isHaloError(signal.reason, "cancelled") ? signal.reason : new CancelledError("signal");
  try {
    return await send();
  } catch (error) {
    throw outcomeOf(error, origins);
  }
}

/** What a failed write means: refused, not done yet, or nobody knows. */
function outcomeOf(error: unknown, origins: Origins): unknown {
  if (isHaloError(error, "cancelled") || isHaloError(error, "vendor_timeout")) return unknown(error);
  // The answer was a success that could not be read, cut short for one.
  if (isHaloError(error, "vendor_response_invalid")) return unknown(error);
  if (!isHaloError(error, "vendor_failed")) return error;
  const { status, retryable } = error as VendorError;
  if (status === undefined) return retryable ? error : unknown(error);
  if (status >= 500) return unknown(error);
  return status === 400 ? refused(error as VendorError, origins) : error;
}

function unknown(cause: unknown): VendorError {
  const { status, requestId, reason } = cause as Partial<VendorError>;
  return new VendorError(
    "HubSpot was asked to write and did not answer; it may have been done. Look before asking again.",
    { code: "outcome_unknown", status, requestId, reason, cause },
  );
}

/** HubSpot's 400 as words for the model and the admin: the field and HubSpot's code, never the value. */
function refused(error: VendorError, origins: Origins): ValidationError {
  const [code = "", property = ""] = (error.reason ?? "").split(":");
  const path = origins[property];
  const why = code || "VALIDATION_ERROR";
  if (path === undefined) {
    const about = property ? ` because of its property ${property}` : "";
    return new ValidationError(
      `HubSpot refused the record${about} (${why}). Nothing was written; an admin has to see what the account requires.`,
      { path: property || "input", reason: why, cause: error },
    );
  }
  const whose = path.startsWith("config.")
    ? "An admin has to correct it in the action's configuration; it takes HubSpot's internal id, not the label."
    : "Try again with a value that HubSpot takes.";
  return new ValidationError(`HubSpot refused \`${path}\` (${why}). Nothing was written. ${whose}`, {
    path,
    reason: why,
    cause: error,
  });
}
