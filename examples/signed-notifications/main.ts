// Tells another system of what happens, by webhooks signed after the Standard Webhooks scheme, and checks them there as
// any receiver would: with the scheme's own library, which knows nothing of Halo.
import { randomBytes } from "node:crypto";
import { createHalo } from "@halo/core";
import { memoryStorage } from "@halo/core/memory";
import { webhookSink } from "@halo/core/sinks";
import { startReceiver } from "./receiver.ts";

const orgId = "acme";
const secret = `whsec_${randomBytes(32).toString("base64")}`;

const received: string[] = [];
const receiver = await startReceiver(secret, ({ data, type }) => {
  received.push(`${type}: ${data.message.title}`);
});

const halo = await createHalo({
  storage: memoryStorage(), // a product keeps things: pgStorage("postgres://…")
  integrations: [],
  encryptionKey: randomBytes(32),
  sinks: [webhookSink({ secret, unsafeLoopback: true })],
});
const stop = new AbortController();
const working = halo.work({ signal: stop.signal });

await halo.notifications.subscribe({
  orgId,
  type: "new_ticket",
  sink: "webhook",
  target: receiver.url,
  filter: { field: "priority", operator: "at_least", value: "high" },
});

const sent = Promise.withResolvers<void>();
halo.on("notification.sent", () => sent.resolve());
const ticket = { ticketId: "7", subject: "Export is empty", priority: "urgent" } as const;
const told = { orgId, type: "new_ticket", event: ticket, key: "ticket-7" } as const;
await halo.notify({ ...told, key: "ticket-8", event: { ...ticket, ticketId: "8", priority: "low" } });
const isNew = await halo.notify(told);
const isNewAgain = await halo.notify(told); // the same key: this one happened already
await sent.promise;

stop.abort();
await working;
await halo.close();
await receiver.close();
console.log(`new: ${isNew}, then: ${isNewAgain}`);
console.log(received.join("\n"));
