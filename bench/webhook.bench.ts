import type { ChildProcess } from "node:child_process";
import { createHmac, randomBytes, randomUUID, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Connection, createHalo, type Halo, isHaloError } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { receiveHubSpotWebhook, verifyHubSpotWebhook } from "@halo/hubspot/webhooks";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { pgStorage } from "@halo/storage-pg";
import pg from "pg";
import { connectionOf } from "../packages/core/src/testing/connection-of.ts";
import { postgresBinaries, startPostgres } from "../packages/storage-pg/test/support/postgres-server.ts";

import type { Bench, BenchContext, Row } from "./bench.ts";
import {
  bodyOf,
  drain,
  type Listeners,
  listening,
  measureServers,
  report,
  startSender,
  type Target,
} from "./webhook-servers.ts";

const SECRET = "3f1c9a52-7d0e-4c7b-9a8e-5b2f6d1e0c44";
const PUBLIC_URL = "https://halo.example.com";
const ORGS = 8;
const paths = Array.from({ length: ORGS }, (_, at) => `/api/integrations/hubspot/webhook/org_${at}`);
const target: Target = { vendor: "hubspot", publicUrl: PUBLIC_URL, paths, secret: SECRET };
const authorize = () => null;

const bench: Bench = {
  name: "webhook",
  about: "P3, P4: signed HubSpot webhooks of 1 KB over HTTP: verified, and stored before the answer",
  async run(context) {
    const rows: Row[] = [];
    const ratios: Record<string, number> = {};
    const notes = [
      "cpu µs: the receiving process's own time on the processor for one delivery, its database's not included.",
      "one sender in a process of its own, raw sockets that are kept open; the receiver shares this machine with it and the database.",
      "verified through createHandler: a Halo whose deliveries.receive only verifies. Rounds in turn; ratios are medians of the rounds' own.",
    ];
    const sender = startSender();
    try {
      const verifying = await measureServers(context, sender, target, 32, await listening(verifiers()));
      report(rows, "verified, 32 connections", verifying);
      ratios["P3"] = verifying.ratio("createHandler", "drain");
      ratios["P3.verifier"] = verifying.ratio("verifier in node:http", "drain");
      ratios["P3.of-floor-verify"] = verifying.ratio("createHandler", "floor verify");
      await storing(context, sender, rows, ratios, notes);
    } finally {
      sender.disconnect();
    }
    return { ratios, rows, notes };
  },
};
export default bench;

async function storing(
  context: BenchContext,
  sender: ChildProcess,
  rows: Row[],
  ratios: Record<string, number>,
  notes: string[],
): Promise<void> {
  const version = ([18, 15] as const).find((one) => postgresBinaries(one));
  if (!version) {
    notes.push("!!! SKIPPED: P4; there is no PostgreSQL on this machine.");
    return;
  }
  const server = await startPostgres({ version });
  const sent: Record<string, number> = {};
  try {
    const place = await openPlace(await server.createDatabase());
    try {
      for (const connections of [32, 128]) {
        const servers = await listening(place.storers);
        const measured = await measureServers(context, sender, target, connections, servers);
        for (const [name, count] of measured.sent) sent[name] = (sent[name] ?? 0) + count;
        report(rows, `stored, ${connections} connections`, measured);
        ratios[`P4.handler.${connections}`] = measured.ratio("createHandler", "one row per request");
        ratios[`P4.inbox.${connections}`] = measured.ratio("inbox in node:http", "one row per request");
        ratios[`P4.p99.${connections}`] = measured.p99Ratio("createHandler", "one row per request");
      }
      notes.push(`PostgreSQL ${version}, fsync on, ${ORGS} orgs; p99 is of the one-row server's.`);
      notes.push(await place.check(sent));
    } finally {
      await place.close();
    }
  } finally {
    await server.stop();
  }
}

/** What receives and stores nothing. */
function verifiers(): Listeners {
  const verifyOnly = {
    integrations: [],
    base: "/api/integrations",
    publicUrl: PUBLIC_URL,
    deliveries: {
      async receive({ body, headers, method, pathAndQuery }: Parameters<Halo["deliveries"]["receive"]>[0]) {
        verifyHubSpotWebhook({ body, headers, method, secret: SECRET, url: PUBLIC_URL + pathAndQuery });
        return { accepted: 0, duplicates: 0, skipped: 0, unrouted: 0 };
      },
    },
  } as unknown as Halo;
  return {
    drain,
    "floor verify": (request, response) =>
      void bodyOf(request).then((body) => {
        response.statusCode = floor(request, body) ? 200 : 401;
        response.end("ok");
      }),
    "verifier in node:http": (request, response) =>
      void bodyOf(request).then((body) => {
        response.statusCode = verified(request, body) ? 200 : 401;
        response.end("ok");
      }),
    createHandler: toNodeListener(createHandler(verifyOnly, { authorize })),
  };
}

/** What receives and stores before it answers, all into one database. */
async function openPlace(url: string) {
  const halo = await createHalo({
    storage: pgStorage(url, { migrate: "auto" }),
    integrations: [hubspot({ clientId: "bench", clientSecret: SECRET })],
    encryptionKey: randomBytes(32),
    embedder: null,
    publicUrl: PUBLIC_URL,
  });
  const connections = pgStorage(url);
  await connections.open({ mirrors: [], space: undefined, logger: silent, clock: wall, strictRole: false });
  for (let at = 0; at < ORGS; at++) await connections.connections.create(connectionAt(at));
  await connections.close();

  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // Its connections may still be ending when the server stops.
  pool.on("error", () => {});
  // The same columns and indexes, and nothing else in the way: no policies, no waking of a worker.
  await pool.query(
    "create table one_row (like halo.deliveries including defaults including constraints including indexes)",
  );
  const insert = {
    name: "one_row",
    text: `insert into one_row (org_id, id, connection_id, integration, event_key, type, occurred_at, payload, status, received_at)
      values ($1, $2, $3, 'hubspot', $4, $5, $6, $7, 'pending', now()) on conflict (org_id, connection_id, event_key) do nothing`,
  };
  const storers: Listeners = {
    "one row per request": async (request, response) => {
      try {
        const body = await bodyOf(request);
        const [event] = receiveHubSpotWebhook(deliveryOf(request, body));
        if (!event) throw new Error("no event");
        const org = request.url?.slice(request.url.lastIndexOf("/") + 1);
        const { eventId, occurredAt, subscriptionType } = event;
        const values = [
          org,
          randomUUID(),
          `connection_${org}`,
          eventId,
          subscriptionType,
          new Date(Number(occurredAt)),
        ];
        await pool.query({ ...insert, values: [...values, JSON.stringify(event)] });
        response.end("ok");
      } catch (error) {
        response.statusCode = isHaloError(error, "webhook_unverified") ? 401 : 503;
        response.end();
      }
    },
    "inbox in node:http": async (request, response) => {
      try {
        const body = await bodyOf(request);
        const { headers, method = "POST", url: pathAndQuery = "/" } = request;
        const routeKey = pathAndQuery.slice(pathAndQuery.lastIndexOf("/") + 1);
        await halo.deliveries.receive({
          integration: "hubspot",
          routeKey,
          method,
          pathAndQuery,
          headers,
          body,
        });
        response.end("ok");
      } catch (error) {
        response.statusCode = isHaloError(error, "webhook_unverified") ? 401 : 503;
        response.end();
      }
    },
    createHandler: toNodeListener(createHandler(halo, { authorize })),
  };
  return {
    storers,
    /** 200 has to mean stored: every request had its own event. */
    async check(sent: Readonly<Record<string, number>>): Promise<string> {
      const { rows } = await pool.query<{ one: string; halo: string }>(
        "select (select count(*) from one_row) as one, (select count(*) from halo.deliveries) as halo",
      );
      const [counted] = rows;
      const fits =
        Number(counted?.one) === sent["one row per request"] &&
        Number(counted?.halo) === (sent["inbox in node:http"] ?? 0) + (sent["createHandler"] ?? 0);
      return `${fits ? "every answered delivery is a row" : "!!! ROWS AND ANSWERS DIFFER"}: ${counted?.one} one by one, ${counted?.halo} by the inbox.`;
    },
    async close() {
      await pool.end();
      await halo.close();
    },
  };
}

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const wall = { now: () => Date.now(), sleep: () => Promise.resolve() };

function connectionAt(at: number): Connection {
  return connectionOf(`org_${at}`, {
    id: `connection_org_${at}`,
    integration: "hubspot",
    account: { id: String(62_515_000 + at) },
    credentials: undefined,
  });
}

function deliveryOf({ headers, method = "POST", url = "/" }: IncomingMessage, body: Buffer) {
  return { body, headers, method, secret: SECRET, url: PUBLIC_URL + url };
}

/** The least that verifies: no window, no checks of headers. */
function floor({ headers, method, url }: IncomingMessage, body: Buffer): boolean {
  const mac = createHmac("sha256", SECRET)
    .update(`${method}${PUBLIC_URL}${url}`)
    .update(body)
    .update(String(headers["x-hubspot-request-timestamp"]))
    .digest();
  const given = Buffer.from(String(headers["x-hubspot-signature-v3"]), "base64");
  return given.length === mac.length && timingSafeEqual(mac, given);
}

function verified(request: IncomingMessage, body: Buffer): boolean {
  try {
    verifyHubSpotWebhook(deliveryOf(request, body));
    return true;
  } catch (error) {
    if (isHaloError(error, "webhook_unverified")) return false;
    throw error;
  }
}
