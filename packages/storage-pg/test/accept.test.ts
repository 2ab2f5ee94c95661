import type { NewDelivery } from "@halo/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PgStorage } from "../src/index.ts";
import { freshDatabase, openPg, servers } from "./support/open.ts";

const stores = [
  ["PGlite", async () => openPg("memory://")],
  ...servers.map(([name, server]) => [name, async () => openPg(await freshDatabase(server))] as const),
] as const;

const texts = [
  "plain",
  "",
  " ",
  "NULL",
  "null",
  '{"a",b}',
  "a,b",
  'quote " and \\ backslash',
  "ü€😀",
  "\t\n\r",
  "é".repeat(700),
];
const times = [
  undefined,
  new Date(0),
  new Date("1969-12-31T23:59:59.999Z"),
  new Date("2000-01-01T00:00:00.000Z"),
  new Date("1999-12-31T23:59:59.999Z"),
  new Date("2026-11-21T10:11:12.345Z"),
  new Date("2300-01-01T00:00:00.001Z"),
  new Date(8.64e15),
];

let made = 0;
function delivery(index: number): NewDelivery {
  const text = texts[index % texts.length] as string;
  const id = `d${String(made++).padStart(6, "0")}`;
  return {
    id,
    orgId: `org ${index % 3} "ö"`,
    connectionId: `connection, ${index % 2}`,
    integration: "acme",
    eventKey: `${id} ${text}`,
    type: text,
    occurredAt: times[index % times.length],
    payload: { [text]: [text, null, 1.5, { deep: true }], empty: {} },
    status: index % 5 === 0 ? "skipped" : "pending",
    receivedAt: new Date(1_795_219_200_000 + index),
  };
}

describe.each(stores)("%s", (_, open) => {
  let storage: PgStorage;
  beforeAll(async () => {
    storage = await open();
  });
  afterAll(() => storage.close());

  async function expectStored(batch: readonly NewDelivery[]): Promise<void> {
    for (const { status, ...one } of batch) {
      const settledAt = status === "skipped" ? one.receivedAt : undefined;
      expect(await storage.deliveries.get(one.orgId, one.id)).toEqual({
        ...one,
        status,
        attempts: 0,
        nextAttemptAt: undefined,
        reason: undefined,
        settledAt,
      });
    }
  }

  it("texts and times of every kind come back as they were", async () => {
    const batch = Array.from({ length: texts.length * times.length }, (_, index) => delivery(index));
    expect(await storage.deliveries.accept(batch)).toEqual(batch.map(() => true));
    await expectStored(batch);
  });

  it("batches that are written at the same time do not mix, nor do those that come after", async () => {
    const batches = [40, 3, 1, 25, 7, 2].map((size) =>
      Array.from({ length: size }, (_, index) => delivery(index)),
    );
    for (let time = 0; time < 2; time++) {
      const answers = await Promise.all(batches.map((batch) => storage.deliveries.accept(batch)));
      expect(answers).toEqual(batches.map((batch) => batch.map(() => time === 0)));
    }
    for (const batch of batches) await expectStored(batch);
  });

  it("F50 of a batch with old and new events exactly the new ones are reported as new", async () => {
    const old = Array.from({ length: 4 }, (_, index) => delivery(index));
    await storage.deliveries.accept(old);
    const [first, second, third] = [delivery(2), delivery(1), delivery(0)];
    const again = old.map((one) => ({ ...one, id: `again ${one.id}` }));
    const batch = [first, again[3], again[0], second, again[1], third, again[2]] as NewDelivery[];
    expect(await storage.deliveries.accept(batch)).toEqual([true, false, false, true, false, true, false]);
  });

  it("F50 an event that stands twice in a batch counts once, and so do those of the batches after it", async () => {
    const [one, other] = [delivery(1), delivery(2)];
    const twice = { ...one, id: `twice ${one.id}` };
    expect(await storage.deliveries.accept([one, other, twice])).toEqual([true, true, false]);
    for (let time = 0; time < 20; time++) {
      const fresh = delivery(time);
      expect(await storage.deliveries.accept([fresh])).toEqual([true]);
      expect(await storage.deliveries.accept([{ ...fresh, id: `again ${fresh.id}` }])).toEqual([false]);
    }
    for (let time = 0; time < 20; time++) {
      const batch = [delivery(time), delivery(time)];
      expect(await storage.deliveries.accept(batch)).toEqual([true, true]);
      await expectStored(batch);
    }
    expect(await storage.deliveries.accept([{ ...other, id: `late ${other.id}` }])).toEqual([false]);
  });

  it("a date that is none is refused, and nothing of its batch is stored", async () => {
    const [good, bad] = [delivery(1), { ...delivery(1), occurredAt: new Date(Number.NaN) }];
    await expect(storage.deliveries.accept([good, bad])).rejects.toMatchObject({ code: "input_invalid" });
    expect(await storage.deliveries.get(good.orgId, good.id)).toBeUndefined();
  });
});
