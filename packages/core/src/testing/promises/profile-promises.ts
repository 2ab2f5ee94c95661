import assert from "node:assert/strict";
import { changes, person, score } from "../standing-world.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimRow, record, refuses, world } from "../storage-world.ts";

/** What is known of a customer besides the fields, and where it goes when two turn out to be one. */
export const profilePromises: readonly StoragePromise[] = [
  {
    title:
      "what the host said of a customer goes to whom they turned out to be, and what was worked out goes",
    async run(test) {
      const self = await world(test);
      const { customers, standing } = self.storage;
      await standing.setSettings(self.orgId, "health", {}, at(1));
      const ada = await person(self, "ada", 1);
      const twin = await person(self, "twin", 1);
      const older = [ada, twin].sort()[0] ?? "";
      const younger = [ada, twin].sort()[1] ?? "";
      const said = { kind: "end_user", signal: "support", at: at(2) } as const;
      await standing.report(self.orgId, [{ ...said, customerId: younger, value: { open: 2 } }]);
      await customers.setContext(self.orgId, "end_user", younger, { Flags: { beta: true } });
      await customers.seen(self.orgId, [{ id: younger, at: at(9) }]);
      const lease = await self.lease("standing");
      await standing.saveHealth(lease, [score(younger, { kind: "end_user" })], []);
      await changes(self, lease);
      const claim = claimRow({ identities: ["ada@people.test", "twin@people.test"] });
      await self.commit({ records: [record("both", 3, { claim })] });
      await self.reconcile();
      const [inputs, ...gone] = await standing.healthInputs(lease, "end_user", [older, younger], at(0));
      assert.deepEqual(gone, []);
      assert.equal(inputs?.customerId, older);
      assert.deepEqual(inputs?.reported, { support: { value: { open: 2 }, at: at(2) } });
      assert.deepEqual(inputs?.lastSeen, at(9));
      assert.deepEqual((await customers.profile(self.orgId, "end_user", older, 9))?.context, {
        Flags: { beta: true },
      });
      assert.equal(await standing.health(self.orgId, "end_user", younger), undefined);
      const noted = await changes(self, lease);
      assert.ok(noted.has(older) && noted.has(younger), "both are looked at again");
    },
  },
  {
    title: "a customer's context is set entry by entry, and the newest of what counts comes with it",
    async run(test) {
      const self = await world(test);
      const { customers } = self.storage;
      const ada = await person(self, "ada", 1);
      const set = (entries: object) =>
        customers.setContext(self.orgId, "end_user", ada, entries as { [label: string]: string | null });
      await set({ Plan: "gold", Seats: 3, "__proto__ ": [1], Gone: { a: 1 } });
      await set({ Seats: 4, Gone: null });
      const links = [
        { kind: "end_user", ref: { stream: "people", key: "ada" }, reason: "association", score: 1 },
        { kind: "end_user", identity: "ada@people.test", reason: "email", score: 0.9 },
      ] as const;
      const things = [
        { kind: "deal", stage: "old", amount: "10.50", won: true, closes_at: at(1).toISOString() },
        { kind: "deal", stage: "new", amount: null, won: null, closes_at: at(9).toISOString() },
        { kind: "deal", stage: "none", amount: null, won: false, closes_at: null },
        { kind: "meeting", stage: "Call", amount: null, won: null, closes_at: at(2).toISOString() },
        { kind: "other", stage: "?", amount: null, won: null, closes_at: at(3).toISOString() },
      ];
      await self.commit({
        stream: "deals",
        records: things.map((columns, n) => record(`${n}`, 1, { text: `${n}`, columns, links })),
      });
      await customers.seen(self.orgId, [{ id: ada, at: at(4) }]);
      const profile = await customers.profile(self.orgId, "end_user", ada, 2);
      assert.deepEqual(profile?.context, { Plan: "gold", Seats: 4, "__proto__ ": [1] });
      assert.deepEqual([profile?.firstSeen, profile?.lastSeen], [at(4), at(4)]);
      const plain = (list: readonly object[] = []) =>
        list.map((one) => Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined)));
      assert.deepEqual(plain(profile?.things.deal), [
        { stage: "new", at: at(9) },
        { stage: "old", amount: "10.50", won: true, at: at(1) },
      ]);
      assert.deepEqual(plain(profile?.things.meeting), [{ title: "Call", at: at(2) }]);
      assert.deepEqual(profile?.things.activity, []);
      assert.equal(await customers.profile(self.orgId, "company", ada, 2), undefined);
      await refuses(customers.setContext(self.orgId, "end_user", "nobody", { a: 1 }), "not_found");
    },
  },
];
