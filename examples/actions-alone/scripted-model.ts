import type { Model, ToolCall } from "./framework.ts";

const script: readonly Omit<ToolCall, "id">[] = [
  { name: "hubspot_create_deal", input: { name: "Renewal, 20 seats", amount: 9_600 } },
  { name: "hubspot_update_contact", input: { property: "salary", value: "1" } },
  { name: "hubspot_update_contact", input: { property: "jobtitle", value: "Head of Aviation" } },
];

/** Follows a script, so that this program needs no model and no network but HubSpot's. */
export function scriptedModel(): Model {
  return async (_tools, said) => {
    const next = script[said.length];
    return next ? { id: `call-${said.length}`, ...next } : "That is all.";
  };
}
