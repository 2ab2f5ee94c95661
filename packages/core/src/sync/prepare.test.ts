import { expect, it } from "vitest";
import * as z from "zod";
import { acme } from "../../test/acme.ts";
import { loadDomains } from "../customers/domain.ts";
import { defineStream } from "../define/stream.ts";
import { prepare } from "./prepare.ts";

const domains = await loadDomains();

function audienceOf(links: readonly string[]): string | undefined {
  const stream = defineStream<{ readonly id: string }>({
    id: "mails",
    name: "Mails",
    record: z.object({ id: z.string() }),
    key: ({ id }) => id,
    columns: {},
    row: () => ({}),
    links: () => links.map((email) => ({ kind: "end_user", email, reason: "email" })),
    document: () => ({
      kind: "mail",
      title: "Hello",
      body: "Hello",
      format: "text",
      audience: "shareable",
      occurredAt: undefined,
    }),
    pull: async function* () {},
  });
  const { records } = prepare([{ id: "1" }], [], {
    integration: acme(),
    stream,
    connectionId: "c",
    refs: undefined,
    domains,
    observedAt: new Date(0),
    now: 0,
    priority: 0,
    reindex: false,
  });
  return records[0]?.document?.audience;
}

it.each([
  ["that names somebody", ["ada@example.com"], "shareable"],
  ["that names nobody", [], "shareable"],
  ["of whose names one can be read", ["undisclosed recipients", "ada@example.com"], "shareable"],
  ["whose only name cannot be read", ["undisclosed recipients"], "internal"],
])(
  "T33 a document %s is kept as its stream says, unless it would pass for one about nobody",
  (_, links, audience) => {
    expect(audienceOf(links)).toBe(audience);
  },
);
