import assert from "node:assert/strict";
import type { Wake } from "../../ports/lease-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { claimed, drain, isDue, long, minute } from "../storage-world.ts";

const newWork = (orgId = `org-${newId()}`): Wake => ({ kind: "inbox", orgId, subject: newId() });
/** Short enough to wait for, long enough to be held meanwhile. */
const short = 80;

export const leasePromises: readonly StoragePromise[] = [
  {
    title: "nothing is due in a store in which nobody was woken",
    fresh: true,
    async run({ storage, now }) {
      assert.equal(await storage.leases.nextDue(), undefined);
      assert.deepEqual(await storage.leases.claim({ holder: "h", limit: 5, ttlMs: long }), []);
      const due = new Date(now() + 10 * minute);
      await storage.leases.wake([{ ...newWork(), at: new Date(due.getTime() + minute) }]);
      await storage.leases.wake([{ ...newWork(), at: due }]);
      assert.deepEqual(await storage.leases.nextDue(), due);
    },
  },
  {
    title: "many wakes of one key are one piece of work",
    async run({ storage }) {
      const work = newWork();
      await Promise.all(Array.from({ length: 10 }, () => storage.leases.wake([work, work])));
      const lease = await claimed(storage, work);
      assert.equal(lease.attempts, 1);
      assert.equal(await isDue(storage, work), false);
      await storage.leases.release(lease, undefined);
      assert.equal(await isDue(storage, work), false);
    },
  },
  {
    title: "F18 of many workers that claim one piece at the same time exactly one gets it",
    async run({ storage }) {
      await drain(storage);
      const work = newWork();
      await storage.leases.wake([work]);
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          storage.leases.claim({ holder: `worker-${i}`, limit: 1, ttlMs: long }),
        ),
      );
      const got = claims.flat().filter(({ subject }) => subject === work.subject);
      assert.equal(got.length, 1);
    },
  },
  {
    title: "a piece is due no sooner than it was woken for, and the earliest of several wakes wins",
    async run(test) {
      const { storage } = test;
      const work = newWork();
      await storage.leases.wake([{ ...work, at: new Date(test.now() + long) }]);
      assert.equal(await isDue(storage, work), false);
      await storage.leases.wake([{ ...work, at: new Date(test.now() + short) }]);
      await storage.leases.wake([{ ...work, at: new Date(test.now() + 2 * long) }]);
      await test.wait(2 * short);
      assert.equal(await isDue(storage, work), true);
    },
  },
  {
    title: "a claim takes only the kinds that it names, and no more than its limit",
    async run({ storage }) {
      await drain(storage);
      const [inbox, other] = [newWork(), { ...newWork(), kind: "schedule" as const }];
      await storage.leases.wake([inbox, other, newWork(), newWork()]);
      const claims = await storage.leases.claim({
        holder: "h",
        limit: 2,
        ttlMs: long,
        kinds: ["schedule", "index"],
      });
      assert.deepEqual(
        claims.map(({ subject }) => subject),
        [other.subject],
      );
      assert.equal((await storage.leases.claim({ holder: "h", limit: 2, ttlMs: long })).length, 2);
      await storage.leases.releaseAll("h");
    },
  },
  {
    title: "F07 a lease that ran out can be claimed by another, which sees how often that happened",
    async run(test) {
      const work = newWork();
      await test.storage.leases.wake([work]);
      const first = await claimed(test.storage, work, short);
      assert.equal(await isDue(test.storage, work), false);
      await test.wait(2 * short);
      const second = await claimed(test.storage, work);
      assert.equal(second.attempts, 2);
      assert.ok(second.fence > first.fence, "the fence grows");
      assert.equal(second.holder === first.holder, false);
    },
  },
  {
    title: "F19 a holder whose lease was claimed by another can neither extend nor release it",
    async run(test) {
      const { leases } = test.storage;
      const work = newWork();
      await leases.wake([work]);
      const lost = await claimed(test.storage, work, short);
      await test.wait(2 * short);
      const lease = await claimed(test.storage, work);
      assert.equal(await leases.heartbeat(lost, long), false);
      await leases.release(lost, new Date(test.now() - minute));
      assert.equal(await isDue(test.storage, work), false);
      assert.equal(await leases.heartbeat(lease, long), true);
    },
  },
  {
    title: "a heartbeat keeps the lease beyond its first expiry",
    async run(test) {
      const { leases } = test.storage;
      const work = newWork();
      await leases.wake([work]);
      const lease = await claimed(test.storage, work, short);
      assert.equal(await leases.heartbeat(lease, long), true);
      await test.wait(2 * short);
      assert.equal(await isDue(test.storage, work), false);
    },
  },
  {
    title: "the fence of a key grows with every claim, also after nothing was left to do",
    async run({ storage }) {
      const work = newWork();
      let fence = 0;
      for (let i = 0; i < 3; i++) {
        await storage.leases.wake([work]);
        const lease = await claimed(storage, work);
        assert.ok(lease.fence > fence, "the fence grows");
        assert.equal(lease.attempts, 1, "a release ends the row of attempts");
        fence = lease.fence;
        await storage.leases.release(lease, undefined);
      }
    },
  },
  {
    title: "work that somebody woke since the claim is due at once when it is released",
    async run({ storage, now }) {
      const work = newWork();
      await storage.leases.wake([work]);
      const first = await claimed(storage, work);
      await storage.leases.wake([work]);
      assert.equal(await isDue(storage, work), false);
      await storage.leases.release(first, undefined);
      const second = await claimed(storage, work);
      await storage.leases.wake([work]);
      // The earliest wins, as among wakes: who waits for tomorrow must not sleep over what came just now.
      await storage.leases.release(second, new Date(now() + long));
      assert.equal(await isDue(storage, work), true);
    },
  },
  {
    title: "released work is due again at the time that was named",
    async run(test) {
      const { storage } = test;
      const work = newWork();
      await storage.leases.wake([work]);
      await storage.leases.release(await claimed(storage, work), new Date(test.now() + short));
      assert.equal(await isDue(storage, work), false);
      await test.wait(2 * short);
      assert.equal(await isDue(storage, work), true);
    },
  },
  {
    title: "F16 a process that ends in good order frees all that it holds, at once",
    async run({ storage }) {
      await drain(storage);
      const works = [newWork(), newWork()];
      await storage.leases.wake(works);
      const held = await storage.leases.claim({ holder: "ending", limit: 2, ttlMs: long });
      assert.equal(held.length, 2);
      await storage.leases.releaseAll("ending");
      const freed = await storage.leases.claim({ holder: "successor", limit: 5, ttlMs: long });
      assert.deepEqual(new Set(freed.map((l) => l.subject)), new Set(works.map((w) => w.subject)));
      assert.ok(freed.every(({ attempts }) => attempts === 1));
    },
  },
  {
    title: "T46 no org gets a second piece while another waits for its first",
    async run({ storage }) {
      await drain(storage);
      const loud = `org-${newId()}`;
      const quiet = [`org-${newId()}`, `org-${newId()}`];
      await storage.leases.wake(Array.from({ length: 8 }, () => newWork(loud)));
      await storage.leases.wake(quiet.map((orgId) => newWork(orgId)));
      const first = await storage.leases.claim({ holder: "h", limit: 3, ttlMs: long });
      assert.deepEqual(new Set(first.map(({ orgId }) => orgId)), new Set([loud, ...quiet]));
      const late = `org-${newId()}`;
      await storage.leases.wake([newWork(late)]);
      const [second] = await storage.leases.claim({ holder: "h", limit: 1, ttlMs: long });
      assert.equal(second?.orgId, late, "an org that holds a piece waits for one that holds none");
      const rest = await storage.leases.claim({ holder: "h", limit: 20, ttlMs: long });
      assert.equal(rest.length, 7, "and gets the rest when nobody else waits");
      await storage.leases.releaseAll("h");
    },
  },
  {
    title: "T30 leases of two orgs for one subject are two leases",
    async run({ storage }) {
      const work = newWork();
      const other = { ...work, orgId: `org-${newId()}` };
      await storage.leases.wake([work, other]);
      const lease = await claimed(storage, work);
      assert.equal(await storage.leases.heartbeat({ ...lease, orgId: other.orgId }, long), false);
    },
  },
  {
    title: "F88 a slot of a schedule is taken by exactly one caller",
    async run({ storage }) {
      const key = newId();
      const due = new Date(Date.UTC(2026, 0, 1, 10));
      const takes = await Promise.all(Array.from({ length: 20 }, () => storage.leases.takeSlot(key, due)));
      assert.equal(takes.filter((one) => one).length, 1);
      assert.equal(await storage.leases.takeSlot(key, due), false);
      assert.equal(await storage.leases.takeSlot(key, new Date(due.getTime() + 60 * minute)), true);
      assert.equal(await storage.leases.takeSlot(newId(), due), true);
    },
  },
];
