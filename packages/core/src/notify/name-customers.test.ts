import { expect, it } from "vitest";
import { notifyBench } from "../../test/notify-bench.ts";
import type { Json } from "../define/json.ts";
import type { RecordAbout } from "../ports/customer-store.ts";
import type { Storage } from "../ports/storage.ts";
import { recordOf } from "./record-notifier.ts";

const ada = { name: "Ada", email: "ada@acme.test" };
const acme = { name: "Acme", domain: "acme.test" };

/** What is sent of an event, where the spine knows that the record is about these. */
async function told(event: { readonly [field: string]: Json }, about: Partial<RecordAbout>, key?: string) {
  const asked: unknown[] = [];
  const bench = await notifyBench({
    storage: (inner): Storage => ({
      ...inner,
      customers: {
        ...inner.customers,
        about: async (_, records) => {
          asked.push(...records);
          return records.map(() => ({ person: undefined, company: undefined, ...about }));
        },
      },
    }),
  });
  const connectionId = await bench.connect("acme");
  await bench.subscribe({ type: "new_hubspot_engagement" });
  await bench.storage.notifications.raise(
    "org-1",
    [
      {
        type: "new_hubspot_engagement",
        key: key ?? `${connectionId}:engagements:note:1`,
        connectionId,
        event: { kind: "note", engagementId: "1", ...event },
      },
    ],
    new Date(bench.clock.now()),
  );
  await bench.settle();
  const [sent] = bench.host.sent;
  if (!sent) throw new Error("nothing was sent");
  const { engagementId: _, kind: __, ...data } = sent.event.data as { readonly [field: string]: Json };
  return { data, asked, title: sent.message.title, connectionId };
}

it.each<
  [string, { readonly [field: string]: Json }, Partial<RecordAbout>, { readonly [field: string]: Json }]
>([
  ["names who is known", {}, { person: ada, company: acme }, { contact: ada, company: "Acme" }],
  [
    "goes by an address and a domain where there is no name",
    {},
    { person: { name: undefined, email: ada.email }, company: { name: undefined, domain: acme.domain } },
    { contact: { email: ada.email }, company: "acme.test" },
  ],
  [
    "keeps whom the record names",
    { contact: { name: "Bo", email: "bo@b.test" }, company: "B" },
    { person: ada, company: acme },
    { contact: { name: "Bo", email: "bo@b.test" }, company: "B" },
  ],
  [
    "adds a name to its own address",
    { contact: { email: "Ada@Acme.test" } },
    { person: ada },
    { contact: { email: "Ada@Acme.test", name: "Ada" } },
  ],
  [
    "adds no name to another's address",
    { contact: { email: "bo@b.test" } },
    { person: ada, company: acme },
    { contact: { email: "bo@b.test" }, company: "Acme" },
  ],
  ["adds nobody who is not known", {}, {}, {}],
  [
    "adds no blank name",
    {},
    { person: { name: " ", email: undefined }, company: { ...acme, name: "" } },
    { company: "acme.test" },
  ],
  [
    "cuts a name that is too long",
    {},
    { person: { name: "n".repeat(400), email: `${"e".repeat(400)}@x.test` } },
    { contact: { name: "n".repeat(300) } },
  ],
])("an event of a record %s", async (_, event, about, expected) => {
  expect((await told(event, about)).data).toEqual(expected);
});

it("an event of a record is about what its key names, and its message says so", async () => {
  const { asked, connectionId, title } = await told({}, { person: ada, company: acme });
  expect(asked).toEqual([{ connectionId, stream: "engagements", key: "note:1" }]);
  expect(title).toBe("New note: Acme");
});

it("an event of a host's own key is sent as it was given", async () => {
  const { asked, data } = await told({}, { person: ada }, "my-key");
  expect([asked, data]).toEqual([[], {}]);
});

it.each([
  ["c-1", "c-1:deals:a:b", { connectionId: "c-1", stream: "deals", key: "a:b" }],
  ["c-1", "c-2:deals:1", undefined],
  ["c-1", "c-1:0a1b2c", undefined],
  [undefined, "c-1:deals:1", undefined],
])("of connection %s the key %s names %j", (connectionId, key, record) => {
  expect(recordOf(connectionId, key)).toEqual(record);
});
