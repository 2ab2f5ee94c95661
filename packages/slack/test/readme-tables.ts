import type { IntegrationDefinition } from "@halo/core";
import * as z from "zod";

/** The tables of the README, made from the definition: what it says there is what the code does. */
export function readmeTables(integration: IntegrationDefinition): Readonly<Record<string, string>> {
  return {
    streams: table(
      ["stream", "table", "columns"],
      integration.streams.map(({ id, columns }) => [
        `\`${id}\``,
        `\`${integration.id}_${id}\``,
        Object.keys(columns).join(", "),
      ]),
    ),
    scopes: table(
      ["scope", "why", "required"],
      integration.auth.scopes.map(({ scope, reason, optional }) => [
        `\`${scope}\``,
        reason,
        optional ? "no" : "yes",
      ]),
    ),
    actions: table(
      ["action", "does", "input", "configuration", "asks"],
      (integration.actions ?? []).map(({ id, description, input, config, consent, approval }) => [
        `\`${id}\``,
        description,
        fieldsOf(input),
        fieldsOf(config),
        approval ?? consent ?? "nobody",
      ]),
    ),
    events: table(
      ["events", "follows"],
      (integration.webhooks?.definitions ?? []).map(({ events }) => [
        events.map((event) => `\`${event}\``).join(", "),
        FOLLOWS[events[0] ?? ""] ?? "",
      ]),
    ),
  };
}

/** The names of a schema's fields; those that may be left out in brackets. */
function fieldsOf(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `\`${name}\`` : `[\`${name}\`]`))
    .join(", ");
}

const FOLLOWS: Readonly<Record<string, string>> = {
  message: "the thread is read anew, if its channel is mapped",
  message_deleted: "the thread goes, or what is left of it is read anew",
  app_uninstalled: "Slack is asked whether it still lets us in; if not, the connection has to be made anew",
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
}
