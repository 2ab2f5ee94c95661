import assert from "node:assert/strict";
import { newId } from "../ids.ts";
import type { StoragePromise } from "../storage-promise.ts";
import { at, newConnection, refuses, world } from "../storage-world.ts";

export const connectionPromises: readonly StoragePromise[] = [
  {
    title: "a connection comes back as it was created",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test, {
        settings: { streams: ["people"], window: null, nested: { deep: [1, "2", true] } },
        notices: ["owners: scope not granted, rows show ids"],
        authError: { code: "reconnect_required", message: "Connect again.", at: at(3) },
      });
      const { updatedAt: _, ...stored } = (await storage.connections.get(orgId, connectionId)) ?? {};
      const { updatedAt: __, ...wanted } = connection;
      assert.deepEqual(stored, wanted);
    },
  },
  {
    title: "an unknown connection is undefined, and changing it is refused as not found",
    async run(test) {
      const { storage, orgId } = await world(test);
      const unknown = newId();
      assert.equal(await storage.connections.get(orgId, unknown), undefined);
      await refuses(storage.connections.change(orgId, unknown, { state: "disconnected" }), "not_found");
    },
  },
  {
    title: "a change changes the named fields only, and the revision grows",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test);
      const changed = await storage.connections.change(orgId, connectionId, {
        state: "auth_error",
        authError: { code: "reconnect_required", message: "Connect again.", at: at(1) },
        credentials: undefined,
      });
      assert.equal(changed.state, "auth_error");
      assert.equal(changed.credentials, undefined);
      assert.equal(changed.generation, connection.generation);
      assert.deepEqual(changed.settings, connection.settings);
      assert.ok(changed.revision > connection.revision, "the revision grows");
      assert.deepEqual(await storage.connections.get(orgId, connectionId), changed);
    },
  },
  {
    title: "a change at a revision that moved on is refused as a conflict and changes nothing",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test);
      const { revision } = connection;
      await storage.connections.change(orgId, connectionId, { generation: 2 }, revision);
      await refuses(storage.connections.change(orgId, connectionId, { generation: 3 }, revision), "conflict");
      assert.equal((await storage.connections.get(orgId, connectionId))?.generation, 2);
    },
  },
  {
    title: "of ten changes at one revision at the same time exactly one takes effect",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test);
      const tried = await Promise.allSettled(
        Array.from({ length: 10 }, (_, i) =>
          storage.connections.change(orgId, connectionId, { generation: i + 2 }, connection.revision),
        ),
      );
      assert.equal(tried.filter(({ status }) => status === "fulfilled").length, 1);
    },
  },
  {
    title: "an org's connections can be listed, all or one integration's",
    async run(test) {
      const { storage, orgId, connectionId } = await world(test);
      const other = newConnection({ orgId, integration: "other" });
      await storage.connections.create(other);
      const ids = async (integration?: string) =>
        new Set((await storage.connections.list(orgId, integration)).map(({ id }) => id));
      assert.deepEqual(await ids(), new Set([connectionId, other.id]));
      assert.deepEqual(await ids("acme"), new Set([connectionId]));
    },
  },
  {
    title: "an account that several orgs share routes to all of them, also to those that disconnected",
    async run(test) {
      const a = await world(test);
      const b = await world(test, { account: a.connection.account });
      await b.storage.connections.change(b.orgId, b.connectionId, { state: "disconnected" });
      const routes = await test.storage.connections.route("acme", a.connection.account.id);
      assert.deepEqual(
        new Set(routes.map(({ orgId, connectionId }) => `${orgId} ${connectionId}`)),
        new Set([`${a.orgId} ${a.connectionId}`, `${b.orgId} ${b.connectionId}`]),
      );
      assert.deepEqual(await test.storage.connections.route("other", a.connection.account.id), []);
    },
  },
  {
    title: "F47 a connection that is switched to another account is found by the new one only",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test);
      const account = { id: `account-${newId()}` };
      await storage.connections.change(orgId, connectionId, { account });
      assert.deepEqual(await storage.connections.route("acme", connection.account.id), []);
      assert.deepEqual(await storage.connections.route("acme", account.id), [{ orgId, connectionId }]);
    },
  },
  {
    title: "a path's key routes by org id and by connection id, and an unknown one nowhere",
    async run(test) {
      const { storage, orgId, connectionId } = await world(test);
      const route = { orgId, connectionId };
      assert.deepEqual(await storage.connections.routeByKey("acme", orgId), [route]);
      assert.deepEqual(await storage.connections.routeByKey("acme", connectionId), [route]);
      assert.deepEqual(await storage.connections.routeByKey("other", orgId), []);
      assert.deepEqual(await storage.connections.routeByKey("acme", "nobody"), []);
      const hostile = "'; drop table halo.connections; --";
      assert.deepEqual(await storage.connections.routeByKey("acme", hostile), []);
    },
  },
  {
    title: "pages of routes bring every connection once",
    async run(test) {
      const made = [];
      for (let i = 0; i < 5; i++) made.push((await world(test)).connectionId);
      const seen: string[] = [];
      let after: string | undefined;
      for (;;) {
        const page = await test.storage.connections.routes(after, 2);
        assert.ok(page.length <= 2, "a page holds no more than its limit");
        seen.push(...page.map(({ connectionId }) => connectionId));
        after = page.at(-1)?.connectionId;
        if (page.length === 0) break;
        assert.ok(seen.length < 100_000, "the pages end");
      }
      assert.equal(new Set(seen).size, seen.length, "none comes twice");
      for (const id of made) assert.ok(seen.includes(id), "none is left out");
    },
  },
  {
    title: "F41 holders of the credentials take turns, and each sees what the one before it stored",
    async run(test) {
      const { storage, orgId, connectionId } = await world(test);
      let inside = 0;
      const versions = await Promise.all(
        Array.from({ length: 5 }, () =>
          storage.connections.withCredentials(orgId, connectionId, async ({ credentials }) => {
            assert.equal(++inside, 1, "one at a time");
            await new Promise((resolve) => setTimeout(resolve, 2));
            inside--;
            assert.ok(credentials);
            const version = credentials.version + 1;
            return { change: { credentials: { ...credentials, version } }, result: version };
          }),
        ),
      );
      assert.deepEqual(versions.toSorted(), [2, 3, 4, 5, 6]);
      assert.equal((await storage.connections.get(orgId, connectionId))?.credentials?.version, 6);
    },
  },
  {
    title: "F44 a holder of the credentials that fails stores nothing and frees them at once",
    async run(test) {
      const { storage, connection, orgId, connectionId } = await world(test);
      const failing = storage.connections.withCredentials(orgId, connectionId, async () => {
        throw new TypeError("the vendor is down");
      });
      await assert.rejects(failing, TypeError, "the holder's own error comes through");
      const seen = await storage.connections.withCredentials(orgId, connectionId, async (stored) => ({
        result: stored.credentials,
      }));
      assert.deepEqual(seen, connection.credentials);
    },
  },
  {
    title: "T10 an OAuth attempt can be used exactly once, by its own org, until it expires",
    async run(test) {
      const { storage, orgId } = await world(test);
      const other = await world(test);
      const nonce = newId();
      await storage.connections.rememberAttempt(orgId, nonce, at(10));
      assert.equal(await storage.connections.useAttempt(other.orgId, nonce, at(1)), false);
      assert.equal(await storage.connections.useAttempt(orgId, newId(), at(1)), false);
      const used = await Promise.all(
        Array.from({ length: 10 }, () => storage.connections.useAttempt(orgId, nonce, at(1))),
      );
      assert.equal(used.filter((one) => one).length, 1);
      const late = newId();
      await storage.connections.rememberAttempt(orgId, late, at(10));
      assert.equal(await storage.connections.useAttempt(orgId, late, at(11)), false);
    },
  },
  {
    title: "T30 one org can neither read nor change another's connection",
    async run(test) {
      const mine = await world(test);
      const theirs = await world(test);
      const { connections } = test.storage;
      assert.equal(await connections.get(mine.orgId, theirs.connectionId), undefined);
      await refuses(connections.change(mine.orgId, theirs.connectionId, { generation: 9 }), "not_found");
      const stealing = connections.withCredentials(mine.orgId, theirs.connectionId, async (stored) => ({
        change: { credentials: undefined },
        result: stored,
      }));
      await refuses(stealing, "not_found");
      assert.deepEqual(
        (await connections.list(mine.orgId)).map(({ id }) => id),
        [mine.connectionId],
      );
      const stored = await connections.get(theirs.orgId, theirs.connectionId);
      assert.deepEqual(stored?.credentials, theirs.connection.credentials);
      assert.equal(stored?.generation, 1);
    },
  },
];
