import type { DocumentSource } from "@halo/core";
import type { HubSpotReferences } from "../../references.ts";
import type { CrmObject } from "../crm-object.ts";
import { text, time } from "../property-values.ts";

/** What the kinds of engagement have in their own way; what all have alike stands in `engagements.ts`. */
export interface EngagementColumns {
  readonly subject?: string | null;
  readonly direction?: "inbound" | "outbound" | "forwarded" | null;
  readonly status?: string | null;
  readonly duration_ms?: string | null;
  readonly from_email?: string | null;
  readonly to_emails?: readonly string[];
}

/** One kind of engagement that is a CRM record. */
export interface EngagementKind {
  readonly columns: (record: CrmObject) => EngagementColumns;
  readonly document: (record: CrmObject, refs: HubSpotReferences) => DocumentSource | undefined;
  /** Addresses of those who took part. */
  readonly addresses: (record: CrmObject) => readonly string[];
}

/** What citations of all kinds show. */
export function citation(record: CrmObject, { owners }: HubSpotReferences) {
  return {
    occurredAt: occurredAt(record),
    // guess: which address opens a single engagement; only what HubSpot sends is shown.
    url: record.url ?? undefined,
    author: owners.get(text(record, "hubspot_owner_id") ?? "")?.name,
  };
}

export function occurredAt(record: CrmObject): Date | undefined {
  return time(record, "hs_timestamp") ?? time(record, "hs_createdate");
}

/** Whether HTML shows any text. Scans once: a pattern would take quadratic time on hostile input. */
export function hasText(html: string): boolean {
  let inTag = false;
  for (let at = 0; at < html.length; at++) {
    const character = html.charAt(at);
    if (character === "<") inTag = true;
    else if (character === ">") inTag = false;
    else if (inTag || character.trim() === "") continue;
    else if (html.startsWith("&nbsp;", at)) at += 5;
    else return true;
  }
  return false;
}
