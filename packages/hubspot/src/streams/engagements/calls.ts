import { integer, text } from "../property-values.ts";
import { citation, type EngagementKind, hasText } from "./kind.ts";

const DIRECTIONS = { INBOUND: "inbound", OUTBOUND: "outbound" } as const;

/** What staff noted of a call: never shareable. */
export const calls: EngagementKind = {
  columns: (call) => ({
    subject: text(call, "hs_call_title"),
    direction: DIRECTIONS[text(call, "hs_call_direction") as keyof typeof DIRECTIONS] ?? null,
    status: text(call, "hs_call_status"),
    duration_ms: integer(call, "hs_call_duration"),
  }),
  document: (call, refs) => {
    const body = text(call, "hs_call_body");
    if (body === null || !hasText(body)) return undefined;
    return {
      kind: "call",
      title: text(call, "hs_call_title") ?? "Call",
      body,
      format: "html",
      audience: "internal",
      ...citation(call, refs),
    };
  },
  addresses: () => [],
};
