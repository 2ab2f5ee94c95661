import type { NotificationSink } from "@halo/core";
import { describe, expect, it } from "vitest";
import { type Caller, createHandler } from "../src/index.ts";
import { acmeAdmin, as, authorize, base, world } from "./support/world.ts";

const reader: Caller = { ...acmeAdmin, roles: ["member"] };
const other: Caller = { orgId: "other", actor: { id: "oda", kind: "human" }, roles: ["admin"] };

const board: NotificationSink = { id: "board", send: async () => ({}) };
const path = "/notifications";

interface Ids {
  readonly subscription: string;
  readonly delivery: string;
  readonly connection: string;
}

type Route = readonly [call: string, path: (ids: Ids) => string, body?: (ids: Ids) => unknown];

/** Every route that names something by an id. */
const routes: readonly Route[] = [
  ["PATCH", ({ subscription }) => `${path}/subscriptions/${subscription}`, () => ({ enabled: true })],
  ["GET", ({ subscription }) => `${path}/deliveries?subscriptionId=${subscription}`],
  ["GET", ({ delivery }) => `${path}/deliveries/${delivery}`],
  ["POST", () => `${path}/deliveries/retry`, ({ delivery }) => ({ ids: [delivery] })],
  ["POST", ({ subscription }) => `${path}/subscriptions/${subscription}/unsubscribe`, () => ({})],
];

const wanted = { type: "new_ticket", sink: "board", target: "https://secret.example.com/room" };

async function opened() {
  const made = await world({ sinks: [board] });
  const { halo } = made;
  const handler = createHandler(halo, { authorize });
  const call = async (
    caller: Caller | undefined,
    method: string,
    where: string,
    body?: unknown,
    more: Record<string, string> = {},
  ) =>
    handler(
      new Request(base + where, {
        method,
        headers: {
          ...(caller && as(caller)),
          ...(method !== "GET" && { "content-type": "application/json" }),
          ...more,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    );
  const answer = await call(acmeAdmin, "POST", `${path}/subscriptions`, wanted);
  const { subscription } = (await answer.json()) as { subscription: { id: string } };
  await halo.notify({
    orgId: "acme",
    type: "new_ticket",
    key: "k-1",
    event: { ticketId: "t-1", subject: "Printer on fire" },
  });
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  const delivery = await new Promise<string>((resolve) =>
    halo.on("notification.sent", ({ deliveryId }) => resolve(deliveryId)),
  );
  stop.abort();
  await working;
  const connection = (await made.connect("acme")).id;
  return { ...made, call, ids: { subscription: subscription.id, delivery, connection } };
}

describe("notifications over HTTP", () => {
  it("T30 knows another org's ids as little as ids that never were, on every route", async () => {
    const { call, ids } = await opened();
    const nobodys = { subscription: "never-was", delivery: "never-was", connection: "never-was" };
    const odd = { subscription: "a%00b", delivery: "x".repeat(200), connection: "-" };
    for (const [method, where, body] of routes) {
      const theirs = await call(other, method, where(ids), body?.(ids));
      const unknown = await call(other, method, where(nobodys), body?.(nobodys));
      expect([where(ids), theirs.status, await theirs.text()]).toEqual([
        where(ids),
        404,
        await unknown.text(),
      ]);
      expect([400, 404]).toContain((await call(acmeAdmin, method, where(odd), body?.(odd))).status);
    }
    const stolen = { ...wanted, sink: "hubspot", connectionId: ids.connection };
    expect((await call(other, "POST", `${path}/subscriptions`, stolen)).status).toBe(400);
    for (const list of ["subscriptions", "deliveries"])
      expect(await (await call(other, "GET", `${path}/${list}`)).json()).toEqual({ [list]: [] });
    // And the owner's are found: the table asks what it means to ask.
    for (const [method, where, body] of routes)
      expect((await call(acmeAdmin, method, where(ids), body?.(ids))).status).toBeLessThan(300);
  });

  it("T52 is closed to strangers, and changing needs the role; T48 takes no change from another site", async () => {
    const { call, ids } = await opened();
    const create: Route = ["POST", () => `${path}/subscriptions`, () => wanted];
    for (const [method, where, body] of [...routes, create]) {
      expect((await call(undefined, method, where(ids), body?.(ids))).status).toBe(401);
      if (method === "GET") continue;
      expect((await call(reader, method, where(ids), body?.(ids))).status).toBe(403);
      const foreign = { origin: "https://evil.example" };
      expect((await call(acmeAdmin, method, where(ids), body?.(ids), foreign)).status).toBe(403);
      const form = { "content-type": "text/plain" };
      expect((await call(acmeAdmin, method, where(ids), body?.(ids), form)).status).toBe(415);
    }
  });

  it("subscribes, changes, empties what null empties, and unsubscribes", async () => {
    const { call, ids } = await opened();
    const where = `${path}/subscriptions/${ids.subscription}`;
    const filter = { field: "priority", operator: "at_least", value: "high" };
    const patch = async (body: unknown) => (await call(acmeAdmin, "PATCH", where, body)).json();
    expect(await patch({ filter, coolDownMs: 60_000 })).toMatchObject({
      subscription: { filter, coolDownMs: 60_000, target: wanted.target },
    });
    const emptied = (await patch({ filter: null })) as { subscription: object };
    expect(emptied.subscription).not.toHaveProperty("filter");
    expect(emptied.subscription).toMatchObject({ coolDownMs: 60_000 });
    for (const [wrong, at] of [
      [{ filter: { field: "nothing", operator: "is", value: 1 } }, "filter.field"],
      [{ sink: "nowhere" }, "sink"],
      [{ schedule: { frequency: "daily", at: "09:00", timeZone: "UTC" } }, "schedule"],
      [{ coolDownMs: -1 }, "coolDownMs"],
      [{ orgId: "other" }, ""],
    ] as const)
      expect(await patch(wrong)).toMatchObject({ error: { code: "input_invalid", path: at } });
  });

  it("shows targets and what customers wrote to admins only", async () => {
    const { call, ids } = await opened();
    const all = async (caller: Caller) =>
      JSON.stringify([
        await (await call(caller, "GET", `${path}/subscriptions`)).json(),
        await (await call(caller, "GET", `${path}/deliveries`)).json(),
        await (await call(caller, "GET", `${path}/deliveries/${ids.delivery}`)).json(),
      ]);
    expect(await all(acmeAdmin)).toMatch(/secret\.example\.com.*Printer on fire/);
    expect(await all(reader)).not.toMatch(/secret\.example|Printer/);
    expect(await all(reader)).toContain(ids.delivery);
  });
});
