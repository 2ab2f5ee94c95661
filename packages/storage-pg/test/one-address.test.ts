import { createHalo, type Storage } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { knownPeople } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { pgStorage } from "../src/index.ts";
import { freshDatabase, servers } from "./support/open.ts";

const orgId = "acme";

const stores: readonly (readonly [string, () => Promise<Storage>])[] = [
  ["memory", async () => memoryStorage()],
  ["PGlite", async () => pgStorage("memory://", { migrate: "auto" })],
  ...servers.map(
    ([name, server]) =>
      [name, async () => pgStorage(await freshDatabase(server), { migrate: "auto" })] as const,
  ),
];

describe.each(stores)("an address that vendors write differently, on %s", (_, open) => {
  it("is one person's and one company's, found by any spelling", async () => {
    const spelled = [" Ada@Acme-Corp.COM ", "ADA@acme-corp.com", "Ada Byron <ada@ACME-corp.com>"];
    const integrations = spelled.map((email, n) => ({
      ...knownPeople([{ id: `p${n}`, email, name: "Ada" }]),
      id: `vendor${n}`,
    }));
    const halo = await createHalo({
      storage: await open(),
      integrations,
      encryptionKey: crypto.getRandomValues(new Uint8Array(32)),
    });
    const stop = new AbortController();
    let finished = 0;
    const synced = new Promise<void>((resolve) => {
      halo.on("run.finished", () => {
        finished += 1;
        if (finished === 2 * spelled.length) resolve();
      });
    });
    const working = halo.work({ signal: stop.signal });
    try {
      for (const { id } of integrations)
        await halo.connections.connectWithKey({ orgId, integration: id, key: "k" });
      await synced;
      const people = await halo.customers.endUsers(orgId);
      expect(people.map(({ email }) => email)).toEqual(["ada@acme-corp.com"]);
      const [ada] = people;
      for (const email of [...spelled, "ada@acme-corp.com"])
        expect((await halo.customers.endUser(orgId, { email }))?.id).toBe(ada?.id);
      const companies = await halo.customers.companies(orgId);
      expect(companies.map(({ domain }) => domain)).toEqual(["acme-corp.com"]);
      expect(ada?.companyId).toBe(companies[0]?.id);
      const matches = await halo.customers.explain(orgId, "end_user", ada?.id ?? "");
      expect(new Set(matches.map(({ key }) => key))).toEqual(new Set(["p0", "p1", "p2"]));
    } finally {
      stop.abort(new Error("over"));
      await working;
      await halo.close();
    }
  }, 120_000);
});
