import assert from "node:assert/strict";
import { describe, it } from "vitest";
import * as z from "zod";
import { type IntegrationDefinition, mirrorTable } from "../define/integration.ts";

/** What follows from an event, by the first name of its definition. */
export type Follows = Readonly<Record<string, string>>;

const HEADINGS = [
  "What it brings",
  "Set up at the vendor",
  "Use",
  "Webhooks",
  "Limits and oddities",
  "When it fails",
];

/** The tables of an integration's README, made from its definition: what it says there is what the code does. */
export function readmeTables(
  integration: IntegrationDefinition,
  follows: Follows,
): Readonly<Record<string, string>> {
  const { actions = [], auth, streams, webhooks } = integration;
  const tables = {
    streams: streams.map(({ columns, id }) => [
      `\`${id}\``,
      `\`${mirrorTable(integration, id)}\``,
      Object.keys(columns).join(", "),
    ]),
    scopes: auth.scopes.map(({ scope, reason, optional }) => [
      `\`${scope}\``,
      reason,
      optional ? "no" : "yes",
    ]),
    actions: actions.map(({ id, description, input, config, consent, approval }) => [
      `\`${id}\``,
      description,
      fieldsOf(input),
      fieldsOf(config),
      approval ?? consent ?? "nobody",
    ]),
    events: (webhooks?.definitions ?? []).map(({ events }) => [
      events.map((event) => `\`${event}\``).join(", "),
      follows[events[0] ?? ""] ?? "",
    ]),
  };
  const heads = {
    streams: ["stream", "table", "columns"],
    scopes: ["scope", "why", "required"],
    actions: ["action", "does", "input", "configuration", "asks"],
    events: ["events", "follows"],
  };
  return Object.fromEntries(
    (Object.keys(tables) as (keyof typeof tables)[])
      .filter((name) => tables[name].length > 0)
      .map((name) => [name, table(heads[name], tables[name])]),
  );
}

/** An integration's README has every integration's headings, and the tables that its definition makes. */
export function readmeContract(readme: string, integration: IntegrationDefinition, follows: Follows): void {
  describe(`README of ${integration.id}`, () => {
    for (const [name, made] of Object.entries(readmeTables(integration, follows))) {
      it(`its table of ${name} is the definition's`, () => {
        const shown = readme.split(`<!-- ${name} -->\n`)[1]?.split(`\n<!-- /${name} -->`)[0];
        assert.deepEqual(cells(shown ?? ""), cells(made));
      });
    }

    it("has the headings that every integration has, in their order", () => {
      const headings = [...readme.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);
      assert.deepEqual(headings, HEADINGS);
    });

    it("says of every event what follows", () => {
      for (const { events } of integration.webhooks?.definitions ?? []) {
        assert.ok(follows[events[0] ?? ""], `${events[0]} has no words on what follows`);
      }
    });
  });
}

/** The names of a schema's fields; those that may be left out in brackets. */
function fieldsOf(schema: z.ZodType): string {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: "input" });
  return Object.keys(properties)
    .map((name) => (required.includes(name) ? `\`${name}\`` : `[\`${name}\`]`))
    .join(", ");
}

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

/** What a table says, whatever its alignment. */
const cells = (text: string): readonly (readonly string[])[] =>
  text.split("\n").map((line) => line.split("|").map((cell) => cell.trim().replace(/^-+$/, "---")));
