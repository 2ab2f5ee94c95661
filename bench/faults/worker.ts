// The process that is killed: Halo as a host runs it, with the places marked where it may die.
import { writeSync } from "node:fs";
import { createServer } from "node:http";
import { flushCompileCache } from "node:module";
import { createHalo, type Halo, type Logger, type Storage } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { pgStorage } from "../../packages/storage-pg/src/pg-storage.ts";
import { createStriker, faultyStorage } from "./faulty-storage.ts";
import { plant } from "./planted.ts";
import type { Ask, Status, Told, WorkerSetup } from "./steps.ts";

const setup = JSON.parse(process.argv[2] ?? "") as WorkerSetup;
const { orgId } = setup;
const tell = (told: Told): void => void writeSync(3, `${JSON.stringify(told)}\n`);
const write = (level: string): Logger["info"] => {
  return (message, fields) => console.error(JSON.stringify({ level, message, ...fields }));
};
const logger: Logger = {
  debug() {},
  info: write("info"),
  warn: write("warn"),
  error: write("error"),
};

const stop = new AbortController();
process.once("SIGTERM", () => stop.abort(new Error("SIGTERM")));
// Whoever started us went: there is nobody left to work for.
process.on("disconnect", () => process.exit(1));

const striker = createStriker(tell);
const real = pgStorage(setup.target, { migrate: "auto", poolSize: 6 });
const storage: Storage = faultyStorage(
  plant(real, setup.planted, () => striker.point("mid_write")),
  striker,
  tell,
);
const halo = await createHalo({
  storage,
  integrations: [
    hubspot({
      clientId: setup.clientId,
      clientSecret: setup.clientSecret,
      origins: { api: setup.api, app: setup.api },
    }),
  ],
  encryptionKey: setup.encryptionKey,
  publicUrl: setup.publicUrl,
  unsafeLoopback: true,
  logger,
  fetch: (input, init) => striker.within("fetch", () => globalThis.fetch(input, init)),
  worker: { leaseMs: setup.leaseMs, concurrency: 8 },
});

const server = createServer(toNodeListener(createHandler(halo, { authorize: () => null, logger })));
if (setup.listens) {
  await new Promise<void>((resolve) => {
    server.listen(Number(new URL(setup.publicUrl).port), "127.0.0.1", resolve);
  });
}

process.on("message", (message) => {
  answer(halo, message as Ask).catch((error: unknown) => {
    console.error(JSON.stringify({ level: "error", message: String(error) }));
  });
});
const working = halo.work({ signal: stop.signal });
tell({ told: "ready" });
flushCompileCache();
await working;
server.closeAllConnections();
server.close();
await halo.close();
process.exit(0);

async function answer(halo: Halo, ask: Ask): Promise<void> {
  switch (ask.ask) {
    case "arm":
      striker.arm(ask.order);
      return;
    case "connect": {
      const { id } = await halo.connections.connectWithKey({ orgId, integration: "hubspot", key: ask.key });
      tell({ told: "answer", id: ask.id, value: id });
      return;
    }
    case "start": {
      const [connection] = await halo.connections.list(orgId);
      if (!connection) return;
      const runs = await halo.sync.start({
        orgId,
        connectionId: connection.id,
        mode: ask.mode,
        ...(ask.mode === "email_catch_up" ? { days: 3_650 } : {}),
      });
      tell({ told: "answer", id: ask.id, value: runs.length });
      return;
    }
    case "status":
      tell({ told: "answer", id: ask.id, value: await status(halo) });
      return;
  }
}

async function status(halo: Halo): Promise<Status> {
  const [connection] = await halo.connections.list(orgId);
  const [runs, knowledge, deliveries] = await Promise.all([
    halo.runs.list(orgId, { active: true }),
    halo.knowledge.counts(orgId),
    connection ? storage.deliveries.counts(orgId, connection.id) : { pending: 0 },
  ]);
  return {
    activeRuns: runs.length,
    pendingDocuments: knowledge.pending,
    pendingDeliveries: deliveries.pending,
  };
}
