import assert from "node:assert/strict";
import type { MeetingRow, TranscriptRow } from "../../ports/meeting-store.ts";
import type { LinkRow } from "../../ports/page-store.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, claimRow, record, tombstone, type World, world } from "../storage-world.ts";

const shared = ["meetings", "meeting_transcripts"] as const;

const meeting = (like: Partial<MeetingRow> = {}): MeetingRow => ({
  title: "Review",
  startedAt: at(1),
  endedAt: at(31),
  durationSeconds: 1_800,
  url: "https://meet.example/1",
  host: { name: "Ann", email: "ann@own.test", internal: true },
  participants: [{ name: "Zoë 😀", email: "zoe@client.test", internal: false }],
  ...like,
});

const transcript = (like: Partial<TranscriptRow> = {}): TranscriptRow => ({
  status: "available",
  reason: undefined,
  language: "en",
  summary: "They agreed.",
  actionItems: [{ text: "Send the offer", assignee: "Ann", done: false }],
  turns: [{ speaker: "Zoë 😀", email: "zoe@client.test", startMs: 0, endMs: 900, text: 'Hello; "you"' }],
  ...like,
});

const link = (identity: string, kind: LinkRow["kind"] = "end_user"): LinkRow => ({
  kind,
  identity,
  reason: "participant",
  score: 0.95,
});

const list = ({ storage, orgId }: World, filter: { endUserId?: string; companyId?: string } = {}) =>
  storage.meetings.list(orgId, { limit: 50, ...filter });
const keys = async (...given: Parameters<typeof list>) => (await list(...given)).map(({ key }) => key);
const notes = { stream: "notes", shared } as const;

const held = (key: string, version: number, like: Parameters<typeof record>[2]) =>
  record(key, version, { columns: {}, ...like });

export const meetingPromises: readonly StoragePromise[] = [
  {
    title: "one meeting is found by its key, in its connection alone",
    async run(test) {
      const self = await world(test);
      const { connectionId, orgId, storage } = self;
      const records = ["/a//b==", "b"].map((key) => held(key, 1, { meeting: meeting({ title: key }) }));
      await self.commit({ ...notes, records });
      const sibling = await world(test, { orgId });
      await sibling.commit({ ...notes, records: [held("b", 1, { meeting: meeting() })] });
      const found = await storage.meetings.list(orgId, { connectionId, key: "/a//b==", limit: 50 });
      assert.deepEqual(
        found.map(({ title }) => title),
        ["/a//b=="],
      );
      assert.equal((await storage.meetings.list(orgId, { connectionId, key: "b", limit: 50 })).length, 1);
      assert.equal((await storage.meetings.list(orgId, { key: "b", limit: 50 })).length, 2);
    },
  },
  {
    title: "a meeting and its transcript come back as they were",
    async run(test) {
      const self = await world(test);
      await self.commit({
        ...notes,
        records: [held("1", 1, { meeting: meeting(), transcript: transcript() })],
      });
      const [found] = await list(self);
      const { connectionId } = self;
      assert.deepEqual(found, {
        ...meeting(),
        connectionId,
        key: "1",
        provider: found?.provider,
        endUserIds: [],
        companyIds: [],
        transcript: {
          status: "available",
          reason: undefined,
          language: "en",
          turns: 1,
          summary: "They agreed.",
          actionItems: transcript().actionItems,
        },
      });
      assert.equal(found?.provider, "acme");
      assert.deepEqual(await self.storage.meetings.transcript(self.orgId, connectionId, "1"), transcript());
      assert.equal(await self.storage.meetings.transcript(self.orgId, connectionId, "2"), undefined);
    },
  },
  {
    title: "a meeting follows its record: replaced by a newer one, gone with it, kept by an older one",
    async run(test) {
      const self = await world(test);
      await self.commit({ ...notes, records: [held("1", 2, { meeting: meeting({ title: "New" }) })] });
      await self.commit({ ...notes, records: [held("1", 1, { meeting: meeting({ title: "Old" }) })] });
      assert.deepEqual(
        (await list(self)).map(({ title, transcript }) => [title, transcript]),
        [["New", undefined]],
      );
      await self.commit({ ...notes, records: [held("1", 3, { transcript: transcript() })] });
      assert.deepEqual(await keys(self), [], "a record that is no meeting any more has no row");
      await self.commit({ ...notes, records: [held("1", 4, { meeting: meeting() })] });
      assert.equal(await self.storage.meetings.transcript(self.orgId, self.connectionId, "1"), undefined);
      await self.commit({
        ...notes,
        records: [held("1", 5, { meeting: meeting(), transcript: transcript() })],
      });
      await self.commit({ ...notes, tombstones: [tombstone("1", 6)] });
      assert.deepEqual(await keys(self), []);
      assert.equal(await self.storage.meetings.transcript(self.orgId, self.connectionId, "1"), undefined);
    },
  },
  {
    title: "a page that fails leaves no meeting behind",
    async run(test) {
      const self = await world(test);
      const broken = held("2", 1, { raw: '{"cut of' });
      const page = { ...notes, records: [held("1", 1, { meeting: meeting() }), broken] };
      await assert.rejects(self.commit(page));
      assert.deepEqual(await keys(self), []);
    },
  },
  {
    title: "meetings come latest first, page by page, those without a beginning last",
    async run(test) {
      const self = await world(test);
      const begun = (key: string, startedAt: Date | undefined) =>
        held(key, 1, { meeting: meeting({ startedAt }) });
      const records = [
        begun("a", at(1)),
        begun("c", at(3)),
        begun("b", at(3)),
        begun("x", undefined),
        begun("w", undefined),
      ];
      await self.commit({ ...notes, records });
      assert.deepEqual(await keys(self), ["b", "c", "a", "w", "x"]);
      const seen: string[] = [];
      for (let after: Awaited<ReturnType<typeof list>>[number] | undefined; ; ) {
        const page = await self.storage.meetings.list(self.orgId, { limit: 2, after });
        if (page.length === 0) break;
        seen.push(...page.map(({ key }) => key));
        after = page.at(-1);
      }
      assert.deepEqual(seen, ["b", "c", "a", "w", "x"]);
    },
  },
  {
    title: "a meeting is shown to the customers that it is about, and to those who appear later",
    async run(test) {
      const self = await world(test);
      const { connectionId, orgId, storage } = self;
      const links = (...identities: string[]) => identities.map((identity) => link(identity));
      await self.commit({
        ...notes,
        records: [
          held("1", 1, {
            meeting: meeting(),
            links: [...links("zoe@client.test"), link("client.test", "company")],
          }),
          held("2", 1, { meeting: meeting(), links: links("bo@other.test") }),
          held("3", 1, { meeting: meeting() }),
        ],
      });
      assert.equal((await storage.meetings.stats(orgId, connectionId, at(0))).linked, 0);
      const person = (key: string, email: string) =>
        record(key, 1, { claim: claimRow({ identities: [email] }) });
      const company = record("9", 1, { claim: claimRow({ kind: "company", identities: ["client.test"] }) });
      await self.commit({
        records: [person("7", "zoe@client.test"), person("8", "bo@other.test"), company],
      });
      const idOf = async (email: string) => (await storage.customers.endUser(orgId, { email }))?.id ?? "";
      const zoe = await idOf("zoe@client.test");
      const companyId = (await storage.customers.company(orgId, { domain: "client.test" }))?.id ?? "";
      assert.deepEqual(await keys(self, { endUserId: zoe }), ["1"]);
      assert.deepEqual(await keys(self, { endUserId: await idOf("bo@other.test") }), ["2"]);
      assert.deepEqual(await keys(self, { companyId }), ["1"]);
      assert.deepEqual(await keys(self, { endUserId: "nobody" }), []);
      const [first] = await list(self, { companyId });
      assert.deepEqual([first?.endUserIds, first?.companyIds], [[zoe], [companyId]]);
      assert.deepEqual(await storage.meetings.stats(orgId, connectionId, at(0)), {
        meetings: 3,
        linked: 2,
        transcripts: 0,
        recent: 0,
      });
    },
  },
  {
    title: "a transcript counts as recent from when it first had text",
    async run(test) {
      const self = await world(test);
      const { connectionId, orgId, storage } = self;
      const without = transcript({ status: "pending", turns: [] });
      await self.commit({ ...notes, at: at(1), records: [held("1", 1, { transcript: without })] });
      await self.commit({ ...notes, at: at(5), records: [held("1", 2, { transcript: transcript() })] });
      await self.commit({
        ...notes,
        at: at(9),
        records: [held("1", 3, { transcript: transcript({ language: "de" }) })],
      });
      const recent = async (since: Date) => (await storage.meetings.stats(orgId, connectionId, since)).recent;
      assert.deepEqual([await recent(at(5)), await recent(at(6))], [1, 0]);
      await self.commit({ ...notes, at: at(10), records: [held("2", 1, { transcript: without })] });
      assert.equal((await storage.meetings.stats(orgId, connectionId, at(0))).transcripts, 1);
    },
  },
  {
    title: "records whose transcript may have come by now are named with those that have no text",
    async run(test) {
      const self = await world(test);
      const statuses = ["available", "empty", "none", "pending", "unavailable"] as const;
      const records = statuses.map((status) => held(status, 1, { transcript: transcript({ status }) }));
      await self.commit({ ...notes, records });
      await self.commit({ ...notes, tombstones: [tombstone("none", 2)] });
      const named = (like: { after?: string; limit?: number } = {}) =>
        self.storage.knowledge.untranscribed(self.orgId, self.connectionId, "notes", {
          kinds: ["transcript"],
          cleanerVersion: "1",
          after: undefined,
          limit: 10,
          ...like,
        });
      assert.deepEqual(await named(), ["pending", "unavailable"]);
      assert.deepEqual(await named({ after: "pending" }), ["unavailable"]);
      assert.deepEqual(await named({ limit: 1 }), ["pending"]);
    },
  },
  {
    title: "T30 one org never sees another's meetings, whatever keys they share",
    async run(test) {
      const self = await world(test);
      const other = await world(test);
      await self.commit({
        ...notes,
        records: [held("1", 1, { meeting: meeting(), transcript: transcript() })],
      });
      assert.deepEqual(await keys(other), []);
      const { meetings } = self.storage;
      assert.equal(await meetings.transcript(other.orgId, self.connectionId, "1"), undefined);
      assert.equal((await meetings.stats(other.orgId, self.connectionId, at(0))).meetings, 0);
      await other.commit({ ...notes, tombstones: [tombstone("1", 9)] });
      assert.deepEqual(await keys(self), ["1"]);
    },
  },
];
