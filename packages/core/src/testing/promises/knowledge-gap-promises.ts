import assert from "node:assert/strict";
import type { UnansweredQuestion } from "../../ports/notification-store.ts";
import { newNotification, notificationWorld } from "../notification-world.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, isDue } from "../storage-world.ts";

const question = (
  id: string,
  minutes: number,
  like: Partial<UnansweredQuestion> = {},
): UnansweredQuestion => ({
  id,
  query: `How is ${id} done?`,
  terms: [id, "done", "ü"],
  agentId: undefined,
  askedAt: at(minutes),
  ...like,
});

/** Questions that found nothing, and what they are together. */
export const gapPromises: readonly StoragePromise[] = [
  {
    title: "a question that found nothing comes back as it was, oldest first, until it belongs to a gap",
    async run(test) {
      const { notify, orgId, storage, store } = await notificationWorld(test);
      await storage.leases.release(notify, undefined);
      const [b, a] = [question("b", 2, { agentId: "agent-1" }), question("a", 1)];
      for (const one of [b, a]) await store.unanswered(orgId, one);
      assert.equal(await isDue(storage, { kind: "notify", orgId, subject: orgId }), true);
      await storage.leases.wake([{ kind: "notify", orgId, subject: orgId }]);
      const [lease] = await storage.leases.claim({ holder: "h", limit: 1, ttlMs: 60_000, kinds: ["notify"] });
      assert.ok(lease);
      const ungrouped = async (limit = 10) =>
        (await store.questions(lease, { since: at(0), limit })).ungrouped;
      assert.deepEqual(await ungrouped(), [a, b]);
      assert.deepEqual(await ungrouped(1), [a]);
      await store.group(lease, [{ questionId: "a", gapId: "a" }], [], at(3));
      assert.deepEqual(await ungrouped(), [b]);
    },
  },
  {
    title:
      "a gap is its questions of a span, with their newest wordings, and is raised with its notification",
    async run(test) {
      const { notify, orgId, store } = await notificationWorld(test);
      for (const [index, id] of ["a", "b", "c", "d"].entries())
        await store.unanswered(orgId, question(id, index));
      const grouped = ["a", "b", "c"].map((questionId) => ({ questionId, gapId: "a" }));
      const notification = newNotification({ type: "knowledge_gap", key: "c" });
      await store.group(notify, grouped, [{ gapId: "a", notification }], at(5));
      const gap = { id: "a", query: "How is a done?", terms: ["a", "done", "ü"], raisedAt: at(5) };
      const asked = (ids: string[]) => ids.map((id) => `How is ${id} done?`);
      assert.deepEqual((await store.questions(notify, { since: at(0), limit: 9 })).gaps, [
        { ...gap, times: 3, examples: asked(["c", "b", "a"]) },
      ]);
      assert.deepEqual(await store.gaps(orgId, at(1), 9), [
        { ...gap, times: 2, examples: asked(["c", "b"]) },
      ]);
      assert.deepEqual(await store.gaps(orgId, at(3), 9), [], "what belongs to no gap yet is none");
      assert.equal(await store.wasRaised(orgId, "knowledge_gap", "c"), true);
      await store.group(notify, [{ questionId: "d", gapId: "d" }], [{ gapId: "d", notification }], at(6));
      assert.equal((await store.gaps(orgId, at(0), 9))[1]?.times, 1);
      assert.deepEqual(
        (await store.gaps(orgId, at(0), 1)).map(({ id }) => id),
        ["a"],
        "the most asked first",
      );
    },
  },
];
