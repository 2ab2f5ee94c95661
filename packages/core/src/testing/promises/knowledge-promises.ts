import assert from "node:assert/strict";
import type { QueryTerm, SearchFilter, SearchScope } from "../../ports/knowledge-store.ts";
import type { DocumentRow, LinkRow } from "../../ports/page-store.ts";
import { newId, seededRandom } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import {
  at,
  claimed,
  claimRow,
  day,
  note,
  record,
  refuses,
  tombstone,
  type World,
  world,
} from "../storage-world.ts";

const staff: SearchFilter = { scope: { kind: "staff" } };
const asked = (...terms: string[]): QueryTerm[] => terms.map((term) => ({ term, weight: 1 }));
const along = Float32Array.of(1, 0, 0);

/** The note keys that both legs find, which must be the same ones. */
async function found({ storage, orgId }: World, word: string, filter: SearchFilter): Promise<Set<string>> {
  const { knowledge } = storage;
  const lexical = await knowledge.lexical(orgId, asked(word), filter, 100);
  const nearest = await knowledge.nearest(orgId, along, filter, 100);
  const limits = { lexical: 100, nearest: 100 };
  const atOnce = await knowledge.legs(orgId, { terms: asked(word), vector: along }, filter, limits);
  assert.deepEqual(atOnce, { lexical, nearest }, "both legs at once are what each is alone");
  const keys = async (hits: readonly { readonly documentId: string }[]) => {
    const heads = await knowledge.heads(orgId, [...new Set(hits.map(({ documentId }) => documentId))]);
    return new Set(heads.map(({ recordKey }) => recordKey ?? ""));
  };
  const both = await keys(lexical.hits);
  assert.deepEqual(await keys(nearest), both, "both legs filter alike");
  return both;
}

/** Two people, their companies, and notes about each, about both, about nobody known, and about nobody. */
async function planted(self: World) {
  const kind = "company" as const;
  const people = ["ann", "ben"] as const;
  const ids = { ann: newId(), ben: newId(), annCo: newId(), benCo: newId() };
  await self.commit({
    records: people.map((name) =>
      record(name, 1, { claim: claimRow({ candidateId: ids[name], identities: [`${name}@acme.test`] }) }),
    ),
  });
  await self.commit({
    stream: "companies",
    records: people.map((name) =>
      record(name, 1, {
        claim: claimRow({ kind, candidateId: ids[`${name}Co`], identities: [`${name}.test`] }),
      }),
    ),
  });
  const to = (name: string): LinkRow => ({
    kind: "end_user",
    identity: `${name}@acme.test`,
    reason: "email",
    score: 1,
  });
  const ofCompany = (name: string): LinkRow => ({
    kind,
    identity: `${name}.test`,
    reason: "domain",
    score: 1,
  });
  const plant = (key: string, links: readonly LinkRow[], like: Partial<DocumentRow> = {}) =>
    note(key, 1, `phrase planted ${key}`, { links, ...like });
  const internal = { audience: "internal" as const };
  await self.commit({
    stream: "notes",
    records: [
      plant("general", []),
      plant("general-internal", [], internal),
      plant("ann", [to("ann")]),
      plant("ann-internal", [to("ann")], internal),
      plant("ann-company", [ofCompany("ann")]),
      plant("ben", [to("ben")]),
      plant("ben-company", [ofCompany("ben")]),
      plant("both", [to("ann"), to("ben")]),
      plant("stranger", [to("stranger")]),
    ],
  });
  await self.reconcile();
  await self.index();
  return ids;
}

export const knowledgePromises: readonly StoragePromise[] = [
  {
    title: "documents wait to be indexed, the greatest priority first, then the newest",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("old", 1, "a"), note("newer", 5, "b")] });
      await self.commit({ stream: "notes", records: [note("urgent", 2, "c", { priority: 1 })] });
      const lease = await self.lease("index");
      const waiting = await knowledge.pending(lease, 10, new Date(test.now() + day));
      assert.deepEqual(
        waiting.map(({ sourceKey }) => sourceKey),
        ["acme:note:urgent", "acme:note:newer", "acme:note:old"],
      );
      const [first] = waiting;
      assert.deepEqual(
        [first?.kind, first?.title, first?.body, first?.format, first?.attempts],
        ["note", "Note urgent", "c", "text", 0],
      );
      assert.equal((await knowledge.pending(lease, 1, new Date(test.now() + day))).length, 1);
      assert.ok(await knowledge.nextDue(lease));
      await self.storage.leases.release(lease, undefined);
      await self.index();
      const again = await self.lease("index");
      assert.deepEqual(await knowledge.pending(again, 10, new Date(test.now() + day)), []);
      assert.equal(await knowledge.nextDue(again), undefined);
      const counts = { documents: 3, indexed: 3, pending: 0, failed: 0, skipped: 0, chunks: 3 };
      assert.deepEqual(await knowledge.counts(self.orgId), counts);
    },
  },
  {
    title: "F05 a changed document has its chunks replaced whole, with none of the old left",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha\nbeta\ngamma")] });
      await self.index();
      await self.commit({ stream: "notes", records: [note("1", 2, "delta")] });
      assert.equal((await knowledge.counts(self.orgId)).chunks, 3, "the old is found until the new is there");
      await self.index();
      assert.equal((await knowledge.counts(self.orgId)).chunks, 1);
      assert.deepEqual((await knowledge.lexical(self.orgId, asked("alpha"), staff, 9)).hits, []);
      const [hit] = await knowledge.nearest(self.orgId, along, staff, 9);
      const [chunk] = await knowledge.chunks(self.orgId, [hit?.chunkId ?? ""]);
      assert.equal(chunk?.text, "delta");
    },
  },
  {
    title: "an index made of an older revision is left out",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      const lease = await self.lease("index");
      const [before] = await knowledge.pending(lease, 9, new Date(test.now() + day));
      await self.commit({ stream: "notes", records: [note("1", 2, "omega")] });
      const stale = {
        id: before?.id ?? "",
        revision: before?.revision ?? 0,
        text: "alpha",
        cleanerVersion: "1",
        chunks: [],
      };
      assert.equal(await knowledge.replace(lease, [stale], new Date(test.now())), 0);
      const [after] = await knowledge.pending(lease, 9, new Date(test.now() + day));
      assert.equal(after?.body, "omega");
      assert.equal(after?.id, before?.id, "a document keeps its id");
    },
  },
  {
    title: "F77 a document that could not be indexed is due again then, or given up on, and counted",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha"), note("2", 1, "beta")] });
      const lease = await self.lease("index");
      const later = new Date(test.now() + 2 * day);
      const waiting = await knowledge.pending(lease, 9, new Date(test.now() + day));
      await knowledge.postpone(
        lease,
        waiting.map(({ id, revision, sourceKey }) => ({
          id,
          revision,
          reason: "the embedder is down",
          nextAttemptAt: sourceKey.endsWith("1") ? later : undefined,
        })),
      );
      assert.deepEqual(await knowledge.pending(lease, 9, new Date(test.now() + day)), []);
      assert.deepEqual(await knowledge.nextDue(lease), later);
      const [again] = await knowledge.pending(lease, 9, later);
      assert.deepEqual([again?.sourceKey, again?.attempts], ["acme:note:1", 1]);
      const { pending, failed } = await knowledge.counts(self.orgId);
      assert.deepEqual([pending, failed], [1, 1]);
    },
  },
  {
    title: "F19 an index of a worker that lost its lease is refused",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      const lost = await self.lease("index", self.orgId, 80);
      const [document] = await knowledge.pending(lost, 9, new Date(test.now() + day));
      await test.wait(160);
      await claimed(self.storage, lost);
      const { id = "", revision = 0 } = document ?? {};
      const parts = [{ id, revision, text: "alpha", cleanerVersion: "1", chunks: [] }];
      await refuses(knowledge.replace(lost, parts, at(1)), "lease_lost");
      assert.equal((await knowledge.counts(self.orgId)).indexed, 0);
    },
  },
  {
    title: "vectors are found again by the hash of their text, within the org",
    async run(test) {
      const [self, other] = [await world(test), await world(test)];
      const { knowledge } = test.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha\nbeta")] });
      await self.index((text) => (text === "alpha" ? [0.5, -0.25, 1] : undefined));
      const hashes = ["chunk of alpha", "chunk of beta", "chunk of nothing"];
      const known = await knowledge.vectorsOf(self.orgId, hashes);
      assert.deepEqual([...known.keys()], ["chunk of alpha"]);
      assert.deepEqual([...(known.get("chunk of alpha")?.[0] ?? [])], [0.5, -0.25, 1]);
      assert.equal((await knowledge.vectorsOf(other.orgId, hashes)).size, 0);
    },
  },
  {
    title: "chunks without a vector are named with their text, those of the newest document first",
    async run(test) {
      const [self, other] = [await world(test), await world(test)];
      const { knowledge } = test.storage;
      const records = [note("old", 1, "alpha\nbeta"), note("new", 5, "gamma\n\u{1f600} delta\nknown")];
      await self.commit({ stream: "notes", records });
      await other.commit({ stream: "notes", records: [note("theirs", 9, "secret")] });
      await self.commit({ stream: "notes", records: [note("changed", 8, "chi")] });
      await self.index((text) => (text === "known" ? [1, 0, 0] : undefined));
      await other.index(() => undefined);
      // What waits is embedded as it is indexed, with whatever it has become.
      await self.commit({
        stream: "notes",
        records: [note("waiting", 9, "omega"), note("changed", 9, "psi")],
      });
      const lease = await self.lease("index");
      const texts = async (limit: number) =>
        (await knowledge.unembedded(lease, limit)).map(({ hash, text }) => [hash, text]);
      const all = ["gamma", "\u{1f600} delta", "alpha", "beta"].map((text) => [`chunk of ${text}`, text]);
      assert.deepEqual(await texts(10), all);
      assert.deepEqual(await texts(3), all.slice(0, 3));
    },
  },
  {
    title: "vectors are added to chunks that lack them, and nothing else changes",
    async run(test) {
      const [self, other] = [await world(test), await world(test)];
      const { knowledge } = test.storage;
      await self.commit({
        stream: "notes",
        records: [note("1", 1, "alpha\nbeta\ngamma"), note("2", 2, "delta")],
      });
      await other.commit({ stream: "notes", records: [note("1", 1, "theirs")] });
      await self.index((text) => (text === "gamma" ? [0, 0, 1] : undefined));
      await other.index(() => undefined);
      const theirs = await other.lease("index");
      const [foreign] = await knowledge.unembedded(theirs, 9);
      const lease = await self.lease("index");
      const before = await knowledge.counts(self.orgId);
      const missing = await knowledge.unembedded(lease, 9);
      const idOf = (text: string) => missing.find((chunk) => chunk.text === text)?.chunkId ?? "";
      const [gamma] = await knowledge.nearest(self.orgId, Float32Array.of(0, 0, 1), staff, 9);
      const added = await knowledge.addVectors(lease, [
        // A chunk that the model read in two pieces: the nearer one counts.
        { chunkId: idOf("alpha"), vectors: [Float32Array.of(0, 1, 0), Float32Array.of(1, 0, 0)] },
        { chunkId: idOf("delta"), vectors: [Float32Array.of(1, 1, 0)] },
        { chunkId: idOf("beta"), vectors: [] },
        { chunkId: gamma?.chunkId ?? "", vectors: [Float32Array.of(1, 0, 0)] },
        { chunkId: foreign?.chunkId ?? "", vectors: [Float32Array.of(1, 0, 0)] },
        { chunkId: "no chunk", vectors: [Float32Array.of(1, 0, 0)] },
      ]);
      assert.equal(added, 2);
      const hits = await knowledge.nearest(self.orgId, along, staff, 9);
      assert.deepEqual(
        hits.map(({ chunkId }) => chunkId),
        [idOf("alpha"), idOf("delta"), gamma?.chunkId],
        "a chunk that had a vector keeps it",
      );
      const left = (await knowledge.unembedded(lease, 9)).map(({ text }) => text);
      assert.deepEqual(left, ["beta"]);
      assert.equal((await knowledge.unembedded(theirs, 9)).length, 1, "another org's chunk is left alone");
      assert.deepEqual(
        [...(await knowledge.vectorsOf(self.orgId, ["chunk of delta"])).keys()],
        ["chunk of delta"],
      );
      assert.deepEqual(await knowledge.counts(self.orgId), before);
      assert.deepEqual(await knowledge.pending(lease, 9, new Date(test.now() + day)), []);
    },
  },
  {
    title: "F33 vectors for chunks that were replaced or removed meanwhile are left out",
    async run(test) {
      const self = await world(test);
      const { knowledge } = test.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha"), note("2", 1, "beta")] });
      await self.index(() => undefined);
      const lease = await self.lease("index");
      const stale = (await knowledge.unembedded(lease, 9)).map(({ chunkId }) => ({
        chunkId,
        vectors: [Float32Array.of(1, 0, 0)],
      }));
      assert.equal(stale.length, 2);
      await test.storage.leases.release(lease, undefined);
      await self.commit({
        stream: "notes",
        records: [note("1", 2, "omega")],
        tombstones: [tombstone("2", 2)],
      });
      await self.index(() => undefined);
      const again = await self.lease("index");
      assert.equal(await knowledge.addVectors(again, stale), 0);
      assert.deepEqual(await knowledge.nearest(self.orgId, along, staff, 9), []);
      const receipt = await knowledge.remove(self.orgId, { prefix: "acme:" }, "asked to", at(3));
      assert.equal(receipt.vectors, 0);
    },
  },
  {
    title: "F19 vectors of a worker that lost its lease are refused",
    async run(test) {
      const self = await world(test);
      const { knowledge } = test.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      await self.index(() => undefined);
      const lost = await self.lease("index", self.orgId, 80);
      const [chunk] = await knowledge.unembedded(lost, 9);
      assert.ok(chunk);
      await test.wait(160);
      const lease = await claimed(self.storage, lost);
      const added = [{ chunkId: chunk.chunkId, vectors: [along] }];
      await refuses(knowledge.addVectors(lost, added), "lease_lost");
      await refuses(knowledge.unembedded(lost, 9), "lease_lost");
      assert.equal((await knowledge.unembedded(lease, 9)).length, 1);
    },
  },
  {
    title: "F77 an added vector of another space is refused, and all that came with it",
    async run(test) {
      const self = await world(test);
      const { knowledge } = test.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha\nbeta")] });
      await self.index(() => undefined);
      const lease = await self.lease("index");
      const missing = await knowledge.unembedded(lease, 9);
      const mixed = missing.map(({ chunkId }, i) => ({
        chunkId,
        vectors: [i === 0 ? along : Float32Array.of(1, 0, 0, 0)],
      }));
      await refuses(knowledge.addVectors(lease, mixed), "storage_failed");
      assert.equal((await knowledge.unembedded(lease, 9)).length, 2);
    },
  },
  {
    title: "the lexical leg finds chunks with a term, those that say it more before those that say it less",
    async run(test) {
      const self = await world(test);
      const bodies = ["refund of the order", "refund refund refund order", "invoice of the order", "weather"];
      const records = bodies.map((body, i) => note(`${i}`, 1, body));
      await self.commit({ stream: "notes", records });
      await self.index();
      const { knowledge } = self.storage;
      const { averageLength, hits, rarities } = await knowledge.lexical(
        self.orgId,
        asked("refund"),
        staff,
        9,
      );
      const heads = await knowledge.heads(
        self.orgId,
        hits.map(({ documentId }) => documentId),
      );
      const keyOf = (id: string) => heads.find((head) => head.id === id)?.recordKey;
      assert.deepEqual(
        hits.map(({ documentId }) => keyOf(documentId)),
        ["1", "0"],
      );
      assert.ok((hits[0]?.score ?? 0) > (hits[1]?.score ?? 0));
      const found = async (terms: readonly QueryTerm[], limit: number) =>
        (await knowledge.lexical(self.orgId, terms, staff, limit)).hits;
      assert.equal((await found(asked("refund"), 1)).length, 1);
      assert.deepEqual(await found(asked("absent"), 9), []);
      assert.deepEqual(await found([], 9), []);
      assert.deepEqual(await found(asked("'; drop table x; --"), 9), []);
      assert.deepEqual(
        hits.map(({ frequencies, length }) => ({ frequencies, length })),
        [
          { frequencies: [3], length: 4 },
          { frequencies: [1], length: 2 },
        ],
      );
      assert.ok(Math.abs(averageLength - 9 / 4) < 1e-9);
      assert.ok(Math.abs((rarities[0] ?? 0) - Math.log(1 + 2.5 / 2.5)) < 1e-9);
    },
  },
  {
    title:
      "both legs at once are what each is alone: within their limits, and without a vector the words only",
    async run(test) {
      const self = await world(test);
      const random = seededRandom(7);
      const words = ["refund", "order", "invoice", "weather"];
      const bodies = Array.from({ length: 40 }, () =>
        Array.from({ length: 6 }, () => words[Math.floor(random() * 4)]).join(" "),
      );
      await self.commit({ stream: "notes", records: bodies.map((body, i) => note(`${i}`, 1, body)) });
      await self.index(() => [random() - 0.5, random() - 0.5, random() - 0.5].map(Math.fround));
      const { knowledge } = self.storage;
      const terms = asked("refund", "absent", "weather");
      for (const [lexical, nearest] of [
        [100, 100],
        [3, 7],
        [7, 3],
        [0, 5],
        [5, 0],
      ] as const) {
        const alone = {
          lexical: await knowledge.lexical(self.orgId, terms, staff, lexical),
          nearest: await knowledge.nearest(self.orgId, along, staff, nearest),
        };
        const limits = { lexical, nearest };
        assert.deepEqual(await knowledge.legs(self.orgId, { terms, vector: along }, staff, limits), alone);
        const wordsOnly = await knowledge.legs(self.orgId, { terms, vector: undefined }, staff, limits);
        assert.deepEqual(wordsOnly, { lexical: alone.lexical, nearest: [] });
        const nearOnly = await knowledge.legs(self.orgId, { terms: [], vector: along }, staff, limits);
        assert.deepEqual(nearOnly.nearest, alone.nearest);
        assert.deepEqual(nearOnly.lexical.hits, []);
        assert.equal(alone.nearest.length, Math.min(nearest, 40));
      }
    },
  },
  {
    title: "the vector leg is exact: random vectors come in the order of their cosine, as many as asked for",
    async run(test) {
      const self = await world(test);
      const seed = Math.floor(Math.random() * 2 ** 31);
      const random = seededRandom(seed);
      const vectors = new Map(
        Array.from({ length: 60 }, (_, i) => [
          `text ${i}`,
          [random() - 0.5, random() - 0.5, random() - 0.5].map(Math.fround),
        ]),
      );
      const records = [...vectors.keys()].map((text, i) => note(`${i}`, 1, text));
      await self.commit({ stream: "notes", records });
      await self.index((text) => vectors.get(text));
      const { knowledge } = self.storage;
      const query = Float32Array.of(random(), random(), random());
      const hits = await knowledge.nearest(self.orgId, query, staff, 25);
      assert.equal(hits.length, 25, `seed ${seed}`);
      const chunks = await knowledge.chunks(
        self.orgId,
        hits.map(({ chunkId }) => chunkId),
      );
      const scores = [...vectors].map(([text, vector]) => ({ text, score: cosine(vector, [...query]) }));
      scores.sort((a, b) => b.score - a.score);
      for (const [i, { chunkId, score }] of hits.entries()) {
        const wanted = scores[i];
        const text = chunks.find((chunk) => chunk.chunkId === chunkId)?.text ?? "";
        const own = scores.find((one) => one.text === text);
        assert.ok(
          Math.abs((own?.score ?? 9) - (wanted?.score ?? 0)) < 1e-3,
          `seed ${seed}: place ${i} has the cosine that belongs there`,
        );
        const last = hits[i - 1]?.score ?? Number.POSITIVE_INFINITY;
        assert.ok(score <= last, "scores fall");
      }
      assert.equal((await knowledge.nearest(self.orgId, query, staff, 500)).length, 60);
    },
  },
  {
    title: "F77 a vector of another space is refused",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      await assert.rejects(self.index(() => [1, 0, 0, 0]));
      assert.equal((await self.storage.knowledge.vectorsOf(self.orgId, ["chunk of alpha"])).size, 0);
    },
  },
  {
    title: "T33 a general search finds what is shareable and about nobody, and not what is about a stranger",
    async run(test) {
      const self = await world(test);
      await planted(self);
      assert.deepEqual(await found(self, "plant", { scope: { kind: "general" } }), new Set(["general"]));
    },
  },
  {
    title:
      "T33 a customer's search finds general things and their own, and nobody else's, and nothing internal",
    async run(test) {
      const self = await world(test);
      const { ann, ben, annCo, benCo } = await planted(self);
      const asked = (scope: Omit<Extract<SearchScope, { kind: "customer" }>, "kind">) =>
        found(self, "plant", { scope: { kind: "customer", ...scope } });
      assert.deepEqual(await asked({ endUserId: ann }), new Set(["general", "ann", "both"]));
      assert.deepEqual(await asked({ endUserId: ben }), new Set(["general", "ben", "both"]));
      assert.deepEqual(await asked({ companyId: annCo }), new Set(["general", "ann-company"]));
      assert.deepEqual(
        await asked({ endUserId: ben, companyId: benCo }),
        new Set(["general", "ben", "both", "ben-company"]),
      );
      assert.deepEqual(await asked({ endUserId: newId() }), new Set(["general"]));
      assert.deepEqual(await asked({}), new Set(["general"]));
    },
  },
  {
    title: "T33 staff find everything of their org, or what is about one customer",
    async run(test) {
      const self = await world(test);
      const { ann } = await planted(self);
      assert.equal((await found(self, "plant", staff)).size, 9);
      const about = await found(self, "plant", { scope: { kind: "staff", endUserId: ann } });
      for (const key of ["ann", "ann-internal", "both"]) assert.ok(about.has(key), key);
      for (const key of ["ben", "ben-company", "stranger"]) assert.equal(about.has(key), false, key);
    },
  },
  {
    title: "T33 what becomes internal is no longer told to its customer, from the commit on",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "notes", records: [note("1", 1, "phrase planted")] });
      await self.index();
      const general = { scope: { kind: "general" as const } };
      assert.equal((await found(self, "plant", general)).size, 1);
      await self.commit({
        stream: "notes",
        records: [note("1", 2, "phrase planted", { audience: "internal" })],
      });
      assert.equal((await found(self, "plant", general)).size, 0);
    },
  },
  {
    title: "T33 one org finds nothing of another's, by whatever id",
    async run(test) {
      const [mine, theirs] = [await world(test), await world(test)];
      const { ann } = await planted(theirs);
      const { knowledge } = test.storage;
      await mine.commit({ stream: "notes", records: [note("mine", 1, "phrase planted")] });
      await mine.index();
      assert.deepEqual(await found(mine, "plant", staff), new Set(["mine"]));
      assert.deepEqual(
        await found(mine, "plant", { scope: { kind: "customer", endUserId: ann } }),
        new Set(["mine"]),
      );
      const [hit] = await knowledge.nearest(theirs.orgId, along, staff, 1);
      assert.ok(hit);
      assert.deepEqual(await knowledge.chunks(mine.orgId, [hit.chunkId], 2), []);
      assert.deepEqual(await knowledge.heads(mine.orgId, [hit.documentId]), []);
      const receipt = await knowledge.remove(mine.orgId, { prefix: "acme:" }, "asked to", at(1));
      assert.equal(receipt.documents, 1);
      assert.equal((await knowledge.counts(theirs.orgId)).documents, 9);
      assert.deepEqual(await knowledge.receipts(theirs.orgId), []);
    },
  },
  {
    title: "T27 a prefix is a prefix, and holds no wildcards",
    async run(test) {
      const self = await world(test);
      const key = (sourceKey: string, i: number) => note(`${i}`, 1, "phrase planted", { sourceKey });
      await self.commit({
        stream: "notes",
        records: ["acme:email:1", "acme:note:1", "acme:note_x:1", "other:note:1"].map(key),
      });
      await self.index();
      const under = (prefix: string) => found(self, "plant", { ...staff, prefix });
      assert.deepEqual(await under("acme:"), new Set(["0", "1", "2"]));
      assert.deepEqual(await under("acme:note:"), new Set(["1"]));
      assert.deepEqual(await under("acme:note_"), new Set(["2"]));
      for (const wild of ["%", "acme%", "acme_", ".*", "note"])
        assert.equal((await under(wild)).size, 0, wild);
      assert.equal(
        (await self.storage.knowledge.remove(self.orgId, { prefix: "%" }, "no", at(1))).documents,
        0,
      );
    },
  },
  {
    title: "a time filter looks at when something was said",
    async run(test) {
      const self = await world(test);
      const records = [1, 10, 20].map((minutes) => note(`${minutes}`, minutes, "phrase planted"));
      const timeless = note("timeless", 1, "phrase planted", { occurredAt: undefined });
      await self.commit({ stream: "notes", records: [...records, timeless] });
      await self.index();
      assert.deepEqual(await found(self, "plant", { ...staff, since: at(5) }), new Set(["10", "20"]));
      assert.deepEqual(
        await found(self, "plant", { ...staff, since: at(5), until: at(15) }),
        new Set(["10"]),
      );
    },
  },
  {
    title: "chunks come with their place in the text, and with the neighbours that were asked for",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      await self.commit({ stream: "notes", records: [note("1", 1, "zero\none\ntwo\nthree\nfour")] });
      await self.index();
      const [hit] = (await knowledge.lexical(self.orgId, asked("two"), staff, 1)).hits;
      const id = hit?.chunkId ?? "";
      const texts = async (around?: number) =>
        (await knowledge.chunks(self.orgId, [id], around))
          .toSorted((a, b) => a.index - b.index)
          .map(({ text }) => text);
      assert.deepEqual(await texts(), ["two"]);
      assert.deepEqual(await texts(1), ["one", "two", "three"]);
      assert.deepEqual(await texts(9), ["zero", "one", "two", "three", "four"]);
      const [chunk] = await knowledge.chunks(self.orgId, [id]);
      assert.deepEqual([chunk?.start, chunk?.end, chunk?.index], [9, 12, 2]);
      assert.deepEqual(await knowledge.chunks(self.orgId, []), []);
    },
  },
  {
    title: "a document's head says where it stands and whom it is about",
    async run(test) {
      const self = await world(test);
      const { ann } = await planted(self);
      const links: LinkRow[] = [{ kind: "end_user", identity: "ann@acme.test", reason: "email", score: 1 }];
      const like = { url: "https://acme.test/n", author: "Ben", links, audience: "internal" as const };
      const made = note("cited", 3, "words", like);
      await self.commit({ stream: "notes", records: [made] });
      const id = made.document?.id ?? "";
      const [head] = await self.storage.knowledge.heads(self.orgId, [id, newId()]);
      const { endUsers, ...rest } = head ?? {};
      assert.deepEqual(rest, {
        id,
        sourceKey: "acme:note:cited",
        kind: "note",
        title: "Note cited",
        audience: "internal",
        occurredAt: at(3),
        url: "https://acme.test/n",
        author: "Ben",
        connectionId: self.connectionId,
        stream: "notes",
        recordKey: "cited",
        companies: [],
      });
      assert.deepEqual(endUsers, [{ id: ann, name: undefined, email: "ann@acme.test" }]);
    },
  },
  {
    title: "a record that is no knowledge any more loses its document",
    async run(test) {
      const self = await world(test);
      await self.commit({ stream: "notes", records: [note("1", 1, "alpha")] });
      await self.index();
      await self.commit({ stream: "notes", records: [record("1", 2, { columns: {} })] });
      const { documents, chunks } = await self.storage.knowledge.counts(self.orgId);
      assert.deepEqual([documents, chunks], [0, 0]);
    },
  },
  {
    title: "records without a text, or with one of another cleaner, are named in order",
    async run(test) {
      const self = await world(test);
      const call = (key: string, body: string) => note(key, 1, body, { kind: "call" });
      await self.commit({
        stream: "notes",
        records: [call("c", ""), call("a", ""), call("b", "said"), note("d", 1, ""), call("e", "")],
      });
      await self.commit({ stream: "notes", tombstones: [tombstone("e", 2)] });
      await self.index();
      const missing = (like: { cleanerVersion?: string; after?: string; limit?: number } = {}) =>
        self.storage.knowledge.untranscribed(self.orgId, self.connectionId, "notes", {
          kinds: ["call"],
          cleanerVersion: "1",
          after: undefined,
          limit: 10,
          ...like,
        });
      assert.deepEqual(await missing(), ["a", "c"]);
      assert.deepEqual(await missing({ cleanerVersion: "2" }), ["a", "b", "c"]);
      assert.deepEqual(await missing({ after: "a" }), ["c"]);
      assert.deepEqual(await missing({ limit: 1 }), ["a"]);
    },
  },
  {
    title: "F33 a removal takes documents with chunks and vectors away, and leaves a receipt of it",
    async run(test) {
      const self = await world(test);
      const { knowledge } = self.storage;
      const records = [note("1", 1, "alpha\nbeta"), note("2", 1, "gamma"), note("3", 1, "delta")];
      await self.commit({ stream: "notes", records });
      await self.index();
      const by = { sourceKeys: ["acme:note:1", "acme:note:2", "acme:note:9"] };
      const receipt = await knowledge.remove(self.orgId, by, "a person asked to be forgotten", at(7));
      assert.deepEqual([receipt.documents, receipt.chunks, receipt.vectors, receipt.distilled], [2, 3, 3, 0]);
      assert.deepEqual(receipt.sourceKeys.toSorted(), ["acme:note:1", "acme:note:2"]);
      assert.deepEqual([receipt.at, receipt.reason], [at(7), "a person asked to be forgotten"]);
      assert.deepEqual(await knowledge.receipts(self.orgId), [receipt]);
      assert.equal((await knowledge.vectorsOf(self.orgId, ["chunk of alpha", "chunk of gamma"])).size, 0);
      const left = await knowledge.nearest(self.orgId, along, staff, 9);
      assert.equal(left.length, 1);
      const rest = await knowledge.remove(self.orgId, { prefix: "acme:note:" }, "all of it", at(8));
      assert.equal(rest.documents, 1);
      assert.equal((await knowledge.counts(self.orgId)).documents, 0);
    },
  },
];

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = (x: readonly number[], y: readonly number[]) =>
    x.reduce((sum, value, i) => sum + value * (y[i] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
