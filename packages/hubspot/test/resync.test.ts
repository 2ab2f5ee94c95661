import { createHalo } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { fakeClock } from "@halo/core/testing";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { expect, it } from "vitest";
import { scopes } from "../src/auth.ts";
import { hubspot } from "../src/index.ts";
import "./action-world.ts";

const orgId = "acme";

it("F33 a full resync forgets a contact that was erased, and hides one that was deleted", async () => {
  const clock = fakeClock(Date.UTC(2026, 10, 21, 9));
  const emulator = hubspotEmulator({
    seed: 5,
    clock,
    limits: "none",
    size: { companies: 1, contacts: 4, deals: 0, engagements: 0 },
  });
  const people = ["Erased", "Deleted", "Merged", "Kept"].map((firstname) =>
    emulator.portal.create("contacts", { email: `${firstname}@example.com`, firstname }),
  );
  const [erased, deleted, merged, kept] = people.map(({ id }) => id) as [string, string, string, string];
  const storage = memoryStorage({ clock });
  const halo = await createHalo({
    storage,
    integrations: [hubspot()],
    encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    clock,
    fetch: (input, init) => emulator.fetch(new Request(input, init)),
  });
  const work = async (ms: number) => {
    const stop = new AbortController();
    const working = halo.work({ signal: stop.signal });
    await clock.advance(ms);
    stop.abort(new Error("over"));
    await clock.run(working);
  };
  const key = emulator.issueKey({ scopes: scopes.map(({ scope }) => scope) });
  const connection = await clock.run(halo.connections.connectWithKey({ orgId, integration: "hubspot", key }));
  await work(120_000);
  const row = (id: string) => storage.pages.get(orgId, connection.id, "hubspot_contacts", id);
  expect(await row(erased)).toMatchObject({ columns: { first_name: "Erased" } });

  emulator.portal.gdprDelete(erased);
  emulator.portal.archive("contacts", deleted);
  emulator.portal.merge("contacts", kept, merged);
  await halo.sync.start({ orgId, connectionId: connection.id, mode: "full_resync" });
  await work(120_000);

  const forgotten = await row(erased);
  expect(forgotten?.deletedAt).toBeInstanceOf(Date);
  expect(JSON.stringify(forgotten)).not.toContain("Erased");
  expect(await row(deleted)).toMatchObject({
    deletedAt: expect.any(Date),
    columns: { first_name: "Deleted" },
  });
  expect((await row(merged))?.deletedAt).toBeInstanceOf(Date);
  expect((await row(kept))?.deletedAt).toBeUndefined();
  expect(await halo.customers.endUser(orgId, { email: "erased@example.com" })).toBeUndefined();
});
