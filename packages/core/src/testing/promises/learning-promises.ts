import assert from "node:assert/strict";
import type { IndexedDocument, SearchScope } from "../../ports/knowledge-store.ts";
import type { DecidedDocument, DistilledDocument, LearningDocument } from "../../ports/learning-store.ts";
import type { LinkRow } from "../../ports/page-store.ts";
import { newId } from "../ids.ts";
import type { StoragePromise, StorageTest } from "../storage-promise.ts";
import {
  at,
  claimed,
  claimRow,
  day,
  isDue,
  note,
  record,
  refuses,
  tombstone,
  type World,
  world,
} from "../storage-world.ts";

const staff = { scope: { kind: "staff" }, limit: 50 } as const;
const along = Float32Array.of(1, 0, 0);

const rule = (orgId: string, like: object = {}) => ({
  ...{ orgId, id: `rule-${newId()}`, type: "keyword" as const, text: "lunch", prefix: "acme:" },
  ...like,
});

/** Indexes what waits, as documents to distil under `key`. */
async function index(test: StorageTest, self: World, key?: string): Promise<void> {
  const { knowledge, leases } = self.storage;
  const lease = await self.lease("index");
  const waiting = await knowledge.pending(lease, 100, new Date(test.now() + day));
  const indexed = waiting.map(({ body, id, revision, sourceKey }): IndexedDocument => {
    const words = body.split(" ");
    const chunk = { index: 0, start: 0, end: body.length, hash: body, length: words.length };
    const terms = new Map(words.map((word) => [word, 1]));
    const distil = sourceKey.startsWith("distilled:") ? undefined : { textHash: `hash of ${body}`, key };
    return {
      ...{ id, revision, text: body, cleanerVersion: "1", distil },
      chunks: [{ ...chunk, terms, vectors: [along] }],
    };
  });
  assert.equal(await knowledge.replace(lease, indexed, new Date(test.now())), waiting.length);
  await leases.release(lease, undefined);
}

const decided = (
  document: Pick<LearningDocument, "id" | "revision">,
  outcome: DecidedDocument["outcome"],
  like: Partial<DecidedDocument> = {},
): DecidedDocument => ({
  documentId: document.id,
  revision: document.revision,
  outcome,
  reason: outcome === "skipped" ? "keyword" : outcome === "learned" ? "passed" : undefined,
  ruleId: "r1",
  ruleVersion: 3,
  note: undefined,
  model: undefined,
  verdicts: {},
  stamp: "r1@3",
  ...like,
});

async function decide(self: World, test: StorageTest, decisions: readonly DecidedDocument[]): Promise<void> {
  const lease = await self.lease("index");
  await self.storage.learning.decide(lease, { decisions }, new Date(test.now()));
  await self.storage.leases.release(lease, undefined);
}

/** The document of a note, as the learning room has it; it must be indexed, skipped or waiting for judgement. */
async function documentOf(self: World, key: string): Promise<LearningDocument> {
  const page = await self.storage.learning.documents(self.orgId, {
    prefix: `acme:note:${key}`,
    after: undefined,
    limit: 1,
  });
  const [document] = page.documents;
  assert.ok(document, "the document is there");
  return document;
}

/** How many passages of a document are found, by whoever may see what `scope` says. */
async function found(
  { orgId, storage }: World,
  sourceKey: string,
  scope: SearchScope = { kind: "staff" },
): Promise<number> {
  const hits = await storage.knowledge.nearest(orgId, along, { scope }, 50);
  const heads = await storage.knowledge.heads(orgId, [...new Set(hits.map(({ documentId }) => documentId))]);
  const wanted = heads.filter((head) => head.sourceKey === sourceKey).map(({ id }) => id);
  return hits.filter(({ documentId }) => wanted.includes(documentId)).length;
}

const insight = (quote: string) => ({
  ...{
    id: newId(),
    kind: "pain_point" as const,
    summary: `They say ${quote}`,
    quote,
    start: 0,
    end: quote.length,
  },
});

async function distil(
  self: World,
  test: StorageTest,
  key: string,
  insights: DistilledDocument["insights"],
): Promise<boolean> {
  const { learning, leases } = self.storage;
  const lease = await self.lease("distil");
  const [waiting] = await learning.toDistil(lease, 1, new Date(test.now() + day));
  assert.ok(waiting, "it waits to be distilled");
  assert.equal(waiting.key, key);
  const document = {
    id: newId(),
    title: "Insights",
    body: insights.map(({ quote }) => quote).join(" "),
    hash: newId(),
  };
  const stored = await learning.distilled(
    lease,
    {
      ...{
        documentId: waiting.documentId,
        revision: waiting.revision,
        key,
        model: "m-1",
        ruleVersion: "r9@1",
      },
      ...{ insights, dropped: 2, calls: 3, document: insights.length > 0 ? document : undefined },
    },
    new Date(test.now()),
  );
  await leases.release(lease, undefined);
  return stored;
}

/** A note that was distilled into one insight. */
async function distilledWorld(test: StorageTest, links: readonly LinkRow[] = []): Promise<World> {
  const self = await world(test);
  await self.commit({ stream: "notes", records: [note("1", 1, "alpha beta", { distil: true, links })] });
  await index(test, self, "k1");
  assert.equal(await distil(self, test, "k1", [insight("alpha")]), true);
  await index(test, self);
  return self;
}

export const learningPromises: readonly StoragePromise[] = [
  {
    title: "a rule comes back as it is, and its version grows with a change and not without one",
    async run(test) {
      const { orgId, storage } = await world(test);
      const { learning } = storage;
      const [one, two] = [rule(orgId), rule(orgId, { type: "topic", text: "ü pricing", prefix: "" })];
      const first = await learning.putRule(one, at(1));
      assert.deepEqual(first, { ...one, version: 1, createdAt: at(1), updatedAt: at(1) });
      await learning.putRule(two, at(2));
      assert.deepEqual(await learning.putRule(one, at(3)), first, "the same again is no change");
      const changed = await learning.putRule({ ...one, text: "dinner" }, at(4));
      assert.deepEqual(changed, { ...one, text: "dinner", version: 2, createdAt: at(1), updatedAt: at(4) });
      const texts = async () => (await learning.rules(orgId)).map(({ text }) => text);
      assert.deepEqual(await texts(), ["dinner", "ü pricing"]);
      assert.equal(await learning.deleteRule(orgId, one.id, at(5)), true);
      assert.equal(await learning.deleteRule(orgId, one.id, at(5)), false);
      assert.deepEqual(await texts(), ["ü pricing"]);
    },
  },
  {
    title: "a rule that changes has all that it is and was for looked at again, page by page, once",
    async run(test) {
      const self = await world(test);
      const { learning, leases } = self.storage;
      const keys = ["a1", "a2", "a3", "b1", "c1"];
      await self.commit({ stream: "notes", records: keys.map((key) => note(key, 1, `text ${key}`)) });
      await index(test, self);
      await self.commit({ stream: "notes", records: [note("a4", 1, "waits to be indexed")] });
      const first = await self.lease("index");
      await leases.release(first, undefined);
      const one = rule(self.orgId, { prefix: "acme:note:a" });
      await learning.putRule(one, at(1));
      assert.equal(
        await isDue(self.storage, { kind: "index", orgId: self.orgId, subject: self.orgId }),
        true,
      );
      await learning.putRule({ ...one, prefix: "acme:note:b" }, at(2));
      const lease = await self.lease("index");
      const seen: string[] = [];
      for (let rounds = 0; ; rounds++) {
        assert.ok(rounds < 20, "a walk ends");
        const walk = await learning.walk(lease, 2);
        if (walk === undefined) break;
        seen.push(...walk.documents.map(({ sourceKey }) => sourceKey.slice("acme:note:".length)));
        await learning.decide(lease, { decisions: [], walk }, at(3));
      }
      assert.deepEqual(seen, ["a1", "a2", "a3", "b1"]);
      await leases.release(lease, undefined);
    },
  },
  {
    title: "a walk that was begun anew is not moved by the progress of the one before",
    async run(test) {
      const self = await world(test);
      const { learning, leases } = self.storage;
      await self.commit({ stream: "notes", records: ["a", "b"].map((key) => note(key, 1, key)) });
      await index(test, self);
      await learning.beginWalk(self.orgId, "");
      const lease = await self.lease("index");
      const before = await learning.walk(lease, 1);
      assert.ok(before?.next);
      await learning.beginWalk(self.orgId, "");
      await learning.decide(lease, { decisions: [], walk: before }, at(1));
      assert.deepEqual((await learning.walk(lease, 1))?.documents, before.documents);
      await learning.decide(lease, { decisions: [], walk: { ...before, next: undefined } }, at(1));
      assert.ok(await learning.walk(lease, 1), "nor ended");
      await leases.release(lease, undefined);
    },
  },
  {
    title: "a document that is skipped is found no more, with a receipt, and can be learned later as it was",
    async run(test) {
      const self = await world(test);
      const { knowledge, learning } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha lunch"), note("2", 1, "beta")] });
      await index(test, self);
      await decide(self, test, [decided(await documentOf(self, "1"), "skipped")]);
      assert.equal(await found(self, "acme:note:1"), 0);
      assert.equal(await found(self, "acme:note:2"), 1);
      const { documents, indexed, pending, skipped } = await knowledge.counts(self.orgId);
      assert.deepEqual(
        { documents, indexed, pending, skipped },
        { documents: 2, indexed: 1, pending: 0, skipped: 1 },
      );
      const [receipt] = await knowledge.receipts(self.orgId);
      assert.deepEqual([receipt?.documents, receipt?.chunks, receipt?.sourceKeys], [1, 1, ["acme:note:1"]]);
      const [decision] = await learning.decisions(self.orgId, { outcome: "skipped", limit: 9 });
      const { outcome, reason, ruleId, ruleVersion, sourceKey, title } = decision ?? {};
      assert.deepEqual(
        { outcome, reason, ruleId, ruleVersion, sourceKey, title },
        {
          outcome: "skipped",
          reason: "keyword",
          ruleId: "r1",
          ruleVersion: 3,
          sourceKey: "acme:note:1",
          title: "Note 1",
        },
      );
      const kept = await documentOf(self, "1");
      assert.deepEqual([kept.status, kept.outcome, kept.stamp], ["skipped", "skipped", "r1@3"]);
      await decide(self, test, [decided(kept, "learned")]);
      assert.equal((await knowledge.counts(self.orgId)).pending, 1);
      await index(test, self);
      assert.equal(await found(self, "acme:note:1"), 1);
    },
  },
  {
    title:
      "a document that waits for a judgement is not learned before it, and what is learned stays so until then",
    async run(test) {
      const self = await world(test);
      const { knowledge, learning, leases } = self.storage;
      await self.commit({ stream: "notes", records: [note("old", 1, "alpha")] });
      await index(test, self);
      await self.commit({ stream: "notes", records: [note("new", 1, "beta")] });
      const lease = await self.lease("index");
      const [waiting] = await knowledge.pending(lease, 9, new Date(test.now() + day));
      assert.ok(waiting);
      const old = await documentOf(self, "old");
      const decisions = [decided(waiting, "waiting"), decided(old, "waiting")];
      await learning.decide(lease, { decisions }, new Date(test.now()));
      assert.deepEqual(await knowledge.pending(lease, 9, new Date(test.now() + day)), []);
      await leases.release(lease, undefined);
      assert.equal(await found(self, "acme:note:old"), 1);
      const { indexed, pending } = await knowledge.counts(self.orgId);
      assert.deepEqual([indexed, pending], [1, 1]);
      const judging = await self.lease("judge");
      const open = await learning.toJudge(judging, 9, new Date(test.now() + day));
      assert.deepEqual(open.map(({ body, stamp, status }) => [body, stamp, status]).sort(), [
        ["alpha", "r1@3", "indexed"],
        ["beta", "r1@3", "judging"],
      ]);
      for (const document of open) {
        const verdicts = { "r1@3": true };
        const judged = decided(document, "learned", {
          reason: "topic",
          verdicts,
          model: "m-1",
          note: "it is",
        });
        assert.equal(await learning.judged(judging, judged, "r1@3", at(1)), true);
        assert.equal(await learning.judged(judging, judged, "r1@3", at(1)), false, "it waits no longer");
      }
      assert.equal(await learning.nextDue(judging), undefined);
      await leases.release(judging, undefined);
      const again = await self.lease("index");
      const [learned] = await knowledge.pending(again, 9, new Date(test.now() + day));
      assert.deepEqual(
        [learned?.id, learned?.stamp, learned?.verdicts],
        [waiting.id, "r1@3", { "r1@3": true }],
      );
      await leases.release(again, undefined);
      assert.equal((await learning.counts(self.orgId)).judging, 0);
    },
  },
  {
    title: "a judgement counts only while it is waited for by the same rules, about the same revision",
    async run(test) {
      const self = await world(test);
      const { learning, leases } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      await index(test, self);
      await decide(self, test, [decided(await documentOf(self, "1"), "waiting", { stamp: "r1@4" })]);
      const judging = await self.lease("judge");
      const [document] = await learning.toJudge(judging, 9, new Date(test.now() + day));
      assert.ok(document);
      const skipped = decided(document, "skipped", { reason: "no_topic" });
      assert.equal(await learning.judged(judging, skipped, "r1@3", at(1)), false, "by older rules");
      await self.commit({ stream: "notes", records: [note("1", 2, "omega")] });
      assert.equal(await learning.judged(judging, skipped, "r1@4", at(1)), false, "about an older text");
      assert.deepEqual(await learning.toJudge(judging, 9, new Date(test.now() + day)), []);
      await leases.release(judging, undefined);
      assert.equal(await found(self, "acme:note:1"), 1, "it is what it was");
    },
  },
  {
    title:
      "F77 what could not be judged or distilled is due again then, counted with its reason, or given up on",
    async run(test) {
      const self = await world(test);
      const { learning, leases } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha", { distil: true })] });
      await index(test, self, "k1");
      await decide(self, test, [decided(await documentOf(self, "1"), "waiting")]);
      const { id } = await documentOf(self, "1");
      const later = new Date(test.now() + 2 * day);
      const failure = { documentId: id, reason: "vendor_failed", nextAttemptAt: later };
      const judging = await self.lease("judge");
      await learning.postponeJudging(judging, [{ ...failure, stamp: "r1@3" }]);
      assert.deepEqual(await learning.toJudge(judging, 9, new Date(test.now() + day)), []);
      assert.deepEqual(await learning.nextDue(judging), later);
      assert.equal((await learning.toJudge(judging, 9, later))[0]?.attempts, 1);
      await leases.release(judging, undefined);
      const distilling = await self.lease("distil");
      await learning.postponeDistilling(distilling, [{ ...failure, stamp: "other" }]);
      assert.equal(
        (await learning.toDistil(distilling, 9, new Date(test.now()))).length,
        1,
        "of another key",
      );
      await learning.postponeDistilling(distilling, [{ ...failure, stamp: "k1" }]);
      assert.deepEqual(await learning.toDistil(distilling, 9, new Date(test.now() + day)), []);
      assert.deepEqual(await learning.nextDue(distilling), later);
      assert.deepEqual((await learning.counts(self.orgId)).failures, { vendor_failed: 2 });
      const given = { ...failure, stamp: "k1", reason: "broken", nextAttemptAt: undefined };
      await learning.postponeDistilling(distilling, [given]);
      assert.equal(await learning.nextDue(distilling), undefined);
      const { distilling: waiting, failures, undistillable } = await learning.counts(self.orgId);
      assert.deepEqual([waiting, undistillable, failures], [0, 1, { vendor_failed: 1, broken: 1 }]);
      await leases.release(distilling, undefined);
    },
  },
  {
    title: "a document is distilled once for a key, and what was distilled of another text goes at once",
    async run(test) {
      const self = await distilledWorld(test);
      const { learning, leases } = self.storage;
      const waits = async () => {
        const lease = await self.lease("distil");
        const waiting = await learning.toDistil(lease, 9, new Date(test.now() + day));
        await leases.release(lease, undefined);
        return waiting.length;
      };
      assert.equal(await waits(), 0);
      const forced = note("1", 1, "alpha beta", { distil: true, force: true });
      await self.commit({ stream: "notes", records: [forced] });
      await index(test, self, "k1");
      assert.equal(await waits(), 0, "the same key");
      assert.equal((await learning.insights(self.orgId, staff)).length, 1);
      await self.commit({ stream: "notes", records: [forced] });
      await index(test, self, "k2");
      assert.equal(await waits(), 1, "another key");
      assert.equal(
        (await learning.insights(self.orgId, staff)).length,
        1,
        "the old ones until the new are there",
      );
      await self.commit({ stream: "notes", records: [note("1", 2, "gamma", { distil: true })] });
      await index(test, self, "k3");
      assert.equal((await learning.insights(self.orgId, staff)).length, 0, "another text");
      assert.equal(await found(self, "distilled:acme:note:1"), 0);
      assert.equal(await waits(), 1);
      const [receipt] = await self.storage.knowledge.receipts(self.orgId);
      assert.deepEqual([receipt?.distilled, receipt?.sourceKeys], [1, ["distilled:acme:note:1"]]);
    },
  },
  {
    title:
      "what is distilled replaces what was, whole, and is found under distilled: with its source's place",
    async run(test) {
      const self = await distilledWorld(test);
      const { knowledge, learning } = self.storage;
      const [one] = await learning.insights(self.orgId, staff);
      const { id: _, distilledAt: __, ...rest } = one ?? { id: "", distilledAt: 0 };
      assert.deepEqual(rest, {
        ...{ kind: "pain_point", summary: "They say alpha", quote: "alpha", start: 0, end: 5 },
        ...{ sourceKey: "acme:note:1", sourceTitle: "Note 1", occurredAt: at(1), url: undefined },
        ...{ model: "m-1", ruleVersion: "r9@1", endUsers: [], companies: [] },
      });
      const under = { scope: { kind: "staff" }, prefix: "distilled:acme:" } as const;
      const [hit] = await knowledge.nearest(self.orgId, along, under, 9);
      const [head] = await knowledge.heads(self.orgId, [hit?.documentId ?? ""]);
      assert.deepEqual(
        [head?.sourceKey, head?.kind, head?.stream, head?.recordKey, head?.audience, head?.occurredAt],
        ["distilled:acme:note:1", "insights", "distilled:notes", "1", "shareable", at(1)],
      );
      const { calls: ___, ...counts } = { calls: 0, ...(await learning.counts(self.orgId)) };
      assert.deepEqual(
        [counts.distilled, counts.distilling, counts.insights, counts.droppedQuotes, counts.learned],
        [1, 0, 1, 2, 1],
      );
      await self.commit({
        stream: "notes",
        records: [note("1", 1, "alpha beta", { distil: true, force: true })],
      });
      await index(test, self, "k2");
      assert.equal(await distil(self, test, "k2", [insight("beta")]), true);
      await index(test, self);
      assert.deepEqual(
        (await learning.insights(self.orgId, staff)).map(({ quote }) => quote),
        ["beta"],
      );
      const passages = await knowledge.nearest(self.orgId, along, under, 9);
      const texts = await knowledge.chunks(
        self.orgId,
        passages.map(({ chunkId }) => chunkId),
      );
      assert.deepEqual(
        texts.map(({ text }) => text),
        ["beta"],
      );
      await self.commit({
        stream: "notes",
        records: [note("1", 1, "alpha beta", { distil: true, force: true })],
      });
      await index(test, self, "k3");
      assert.equal(await distil(self, test, "k3", []), true);
      assert.deepEqual(await learning.insights(self.orgId, staff), []);
      assert.equal((await knowledge.counts(self.orgId)).documents, 1, "of no insights there is no document");
    },
  },
  {
    title: "T33 what was distilled is about whom its source is about, and for nobody else, whatever changes",
    async run(test) {
      const to = (name: string): LinkRow => ({
        kind: "end_user",
        identity: `${name}@acme.test`,
        reason: "email",
        score: 1,
      });
      const self = await distilledWorld(test, [to("ann")]);
      const { learning } = self.storage;
      const ids = { ann: newId(), ben: newId() };
      const seen = async (name?: "ann" | "ben") => {
        const scope = name
          ? ({ kind: "customer", endUserId: ids[name] } as const)
          : ({ kind: "general" } as const);
        const insights = await learning.insights(self.orgId, { scope, limit: 9 });
        const hits = await found(self, "distilled:acme:note:1", scope);
        assert.equal(insights.length, hits, "insights and documents are shown alike");
        return insights.length;
      };
      assert.equal(await seen(), 0, "somebody unknown is somebody");
      const people = (["ann", "ben"] as const).map((name) =>
        record(name, 1, { claim: claimRow({ candidateId: ids[name], identities: [`${name}@acme.test`] }) }),
      );
      await self.commit({ records: people });
      await self.reconcile();
      assert.deepEqual([await seen(), await seen("ann"), await seen("ben")], [0, 1, 0]);
      assert.deepEqual((await learning.insights(self.orgId, staff))[0]?.endUsers, [ids.ann]);
      // Only the record's links change, not its text.
      const moved = { ...note("1", 2, "alpha beta", { distil: true, links: [to("ben")] }), hash: "moved" };
      await self.commit({ stream: "notes", records: [moved] });
      assert.deepEqual([await seen(), await seen("ann"), await seen("ben")], [0, 0, 1]);
      const hash = moved.document?.hash ?? "";
      const narrowed = note("1", 3, "alpha beta", {
        distil: true,
        links: [to("ben")],
        audience: "internal",
        hash,
      });
      await self.commit({ stream: "notes", records: [narrowed] });
      assert.deepEqual([await seen(), await seen("ann"), await seen("ben")], [0, 0, 0]);
      assert.equal((await learning.insights(self.orgId, staff)).length, 1);
    },
  },
  {
    title: "F33 what was distilled goes with its source, in the same step, and stands on the receipt",
    async run(test) {
      for (const removal of ["remove", "tombstone", "silent"] as const) {
        const self = await distilledWorld(test);
        const { knowledge, learning } = self.storage;
        if (removal === "remove") await knowledge.remove(self.orgId, { prefix: "acme:" }, "asked for", at(5));
        if (removal === "tombstone") await self.commit({ stream: "notes", tombstones: [tombstone("1", 5)] });
        if (removal === "silent")
          await self.commit({ stream: "notes", records: [record("1", 5, { columns: {} })] });
        assert.deepEqual(await learning.insights(self.orgId, staff), [], removal);
        const { documents, chunks } = await knowledge.counts(self.orgId);
        assert.deepEqual([documents, chunks], [0, 0], removal);
        const [receipt] = await knowledge.receipts(self.orgId);
        assert.deepEqual([receipt?.documents, receipt?.distilled], [1, 1], removal);
        const { distilled, distilling, insights } = await learning.counts(self.orgId);
        assert.deepEqual([distilled, distilling, insights], [0, 0, 0], removal);
      }
    },
  },
  {
    title: "what was distilled can be removed alone, and is not distilled again by itself",
    async run(test) {
      const self = await distilledWorld(test);
      const { knowledge, learning, leases } = self.storage;
      await knowledge.remove(self.orgId, { prefix: "distilled:acme:" }, "asked for", at(5));
      assert.deepEqual(await learning.insights(self.orgId, staff), []);
      assert.equal(await found(self, "acme:note:1"), 1);
      await self.commit({
        stream: "notes",
        records: [note("1", 1, "alpha beta", { distil: true, force: true })],
      });
      await index(test, self, "k1");
      const lease = await self.lease("distil");
      assert.deepEqual(await learning.toDistil(lease, 9, new Date(test.now() + day)), []);
      await leases.release(lease, undefined);
      assert.equal((await learning.counts(self.orgId)).cancelled, 1);
    },
  },
  {
    title: "what is cancelled is not distilled, and what was distilled of it meanwhile is not kept",
    async run(test) {
      const self = await world(test);
      const { learning, leases } = self.storage;
      const notes = ["a", "b"].map((key) => note(key, 1, `alpha ${key}`, { distil: true }));
      await self.commit({ stream: "notes", records: notes });
      await index(test, self, "k1");
      const lease = await self.lease("distil");
      const { id, revision } = await documentOf(self, "a");
      assert.equal(await learning.isWanted(lease, id, "k1"), true);
      assert.equal(await learning.isWanted(lease, id, "k2"), false);
      assert.equal(await learning.cancelDistilling(self.orgId, "acme:note:a"), 1);
      assert.equal(await learning.isWanted(lease, id, "k1"), false);
      assert.equal((await learning.toDistil(lease, 9, new Date(test.now() + day))).length, 1);
      const result = {
        documentId: id,
        revision,
        key: "k1",
        model: "m",
        ruleVersion: "",
        dropped: 0,
        calls: 1,
      };
      const made = { ...result, insights: [insight("alpha")], document: undefined };
      assert.equal(await learning.distilled(lease, made, at(1)), false);
      await learning.requeue(
        lease,
        { documentId: id, revision, key: "k9", textHash: "hash of alpha a" },
        at(1),
      );
      await leases.release(lease, undefined);
      assert.deepEqual(await learning.insights(self.orgId, staff), []);
      const { cancelled, distilling } = await learning.counts(self.orgId);
      assert.deepEqual([cancelled, distilling], [1, 1]);
    },
  },
  {
    title: "F19 a worker whose lease is another's by now decides, judges and distils nothing",
    async run(test) {
      const self = await world(test);
      const { learning } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha", { distil: true })] });
      await index(test, self, "k1");
      const document = await documentOf(self, "1");
      const { orgId } = self;
      const lost = async (kind: "index" | "judge" | "distil") => {
        const lease = await self.lease(kind, undefined, 1);
        await test.wait(20);
        await claimed(self.storage, { kind, orgId, subject: orgId });
        return lease;
      };
      const index1 = await lost("index");
      await refuses(
        learning.decide(index1, { decisions: [decided(document, "skipped")] }, at(1)),
        "lease_lost",
      );
      await refuses(learning.walk(index1, 1), "lease_lost");
      const judge = await lost("judge");
      await refuses(learning.judged(judge, decided(document, "skipped"), "r1@3", at(1)), "lease_lost");
      await refuses(learning.toJudge(judge, 1, at(1)), "lease_lost");
      const distil1 = await lost("distil");
      const made = {
        documentId: document.id,
        revision: 1,
        key: "k1",
        model: "m",
        ruleVersion: "",
        insights: [insight("alpha")],
      };
      await refuses(
        learning.distilled(distil1, { ...made, dropped: 0, calls: 1, document: undefined }, at(1)),
        "lease_lost",
      );
      const failure = { documentId: document.id, stamp: "k1", reason: "x", nextAttemptAt: undefined };
      await refuses(learning.postponeDistilling(distil1, [failure]), "lease_lost");
      assert.equal(await found(self, "acme:note:1"), 1);
      assert.deepEqual(await learning.insights(orgId, staff), []);
    },
  },
  {
    title: "T30 one org neither sees nor changes what another learns",
    async run(test) {
      const self = await distilledWorld(test);
      const other = await distilledWorld(test);
      const { learning, leases } = self.storage;
      const one = await learning.putRule(rule(self.orgId), at(1));
      assert.equal(await learning.deleteRule(other.orgId, one.id, at(1)), false);
      assert.deepEqual(await learning.rules(other.orgId), []);
      const mine = await documentOf(self, "1");
      await decide(other, test, [decided(mine, "skipped")]);
      assert.equal(await found(self, "acme:note:1"), 1);
      assert.deepEqual(await learning.decisions(other.orgId, { limit: 9 }), []);
      const theirs = await other.lease("distil");
      assert.equal(await learning.isWanted(theirs, mine.id, "k1"), false);
      await leases.release(theirs, undefined);
      const [own] = await learning.insights(self.orgId, staff);
      const [others] = await learning.insights(other.orgId, staff);
      assert.notEqual(own?.id, others?.id);
      assert.equal(await learning.cancelDistilling(other.orgId, ""), 0);
      await learning.spend(
        self.orgId,
        "2026-01-01",
        { calls: 1, characters: 1 },
        { calls: 1, characters: 1 },
      );
      assert.deepEqual(await learning.usage(other.orgId, "2026-01-01"), { calls: 0, characters: 0 });
    },
  },
  {
    title:
      "of callers at the same time none spends what is not there, of neither calls nor characters, on no other day",
    async run(test) {
      const { orgId, storage } = await world(test);
      const { learning } = storage;
      const budget = { calls: 5, characters: 1_000 };
      const spend = (day: string, characters: number) =>
        learning.spend(orgId, day, { calls: 1, characters }, budget);
      const answers = await Promise.all(Array.from({ length: 12 }, () => spend("2026-01-01", 10)));
      assert.equal(answers.filter(Boolean).length, 5);
      assert.deepEqual(await learning.usage(orgId, "2026-01-01"), { calls: 5, characters: 50 });
      assert.equal(await spend("2026-01-02", 1_001), false);
      assert.equal(await spend("2026-01-02", 1_000), true);
      assert.equal(await spend("2026-01-02", 1), false);
      assert.deepEqual(await learning.usage(orgId, "2026-01-02"), { calls: 1, characters: 1_000 });
    },
  },
  {
    title: "insights are listed newest first, page by page, by kind and by source",
    async run(test) {
      const self = await world(test);
      const { learning } = self.storage;
      const notes = ["a", "b", "c"].map((key, i) => note(key, i + 1, `alpha ${key}`, { distil: true }));
      await self.commit({ stream: "notes", records: notes });
      await index(test, self, "k1");
      for (const kind of ["pricing", "pain_point", "pricing"] as const)
        assert.equal(await distil(self, test, "k1", [{ ...insight("alpha"), kind }]), true);
      const keys = async (filter: object, limit = 9) =>
        (await learning.insights(self.orgId, { ...staff, ...filter, limit })).map(({ sourceKey }) =>
          sourceKey.at(-1),
        );
      assert.deepEqual(await keys({}), ["c", "b", "a"]);
      assert.deepEqual(await keys({}, 2), ["c", "b"]);
      const [, second] = await learning.insights(self.orgId, staff);
      assert.deepEqual(await keys({ after: second?.id }), ["a"]);
      assert.deepEqual(await keys({ kinds: ["pricing"] }), ["c", "a"]);
      assert.deepEqual(await keys({ prefix: "acme:note:b" }), ["b"]);
      assert.deepEqual(await keys({ since: at(2) }), ["c", "b"]);
      assert.deepEqual(await keys({ until: at(2) }), ["a"]);
    },
  },
];
