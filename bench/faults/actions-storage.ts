import { isHaloError, type Storage } from "@halo/core";
import type { ActionStep, ActionTold } from "./actions-steps.ts";
import { createStriker, type Striker, tellParent } from "./striker.ts";

export const tell = (told: ActionTold): void => tellParent(told);

export type ActionStriker = Striker<ActionStep>;

export const createActionStriker = (): ActionStriker => createStriker<ActionStep>();

/** The storage as it is, with the places marked where a process can die. */
export function strikingStorage(storage: Storage, striker: ActionStriker): Storage {
  const { actions, notifications } = storage;
  /** Keys of the notifications that messages tell of, by the message's id. */
  const keys = new Map<string, string>();

  const late = async <T>(subject: string, write: () => Promise<T>): Promise<T> => {
    if (!striker.freeze(subject)) return await write();
    try {
      const result = await write();
      tell({ told: "late", outcome: "taken" });
      return result;
    } catch (error) {
      tell({ told: "late", outcome: isHaloError(error, "lease_lost") ? "fenced" : "taken" });
      throw error;
    }
  };
  return {
    ...storage,
    actions: {
      ...actions,
      async begin(call, options) {
        const begins = call.state === "executing";
        if (begins) striker.point("act_before_begin", call.idempotencyKey);
        const begun = await actions.begin(call, options);
        if (begins && begun.fresh) striker.point("act_after_begin", begun.call.id);
        return begun;
      },
      async transition(orgId, callId, change) {
        const begins = change.claim !== undefined;
        const ends = change.to !== "executing" && change.from.includes("executing");
        if (begins) striker.point("act_before_begin", callId);
        if (ends) striker.point("act_before_end", callId);
        const moved = await actions.transition(orgId, callId, change);
        if (begins) striker.point("act_after_begin", callId);
        if (ends) {
          striker.point("act_after_end", undefined);
          const { idempotencyKey } = moved.call;
          tell({ told: "through", names: [callId, ...(idempotencyKey ? [idempotencyKey] : [])] });
        }
        return moved;
      },
    },
    notifications: {
      ...notifications,
      async raise(orgId, raised, at) {
        const [first] = raised;
        striker.point("notify_before_outbox", first?.key);
        const fresh = await notifications.raise(orgId, raised, at);
        striker.point("notify_after_outbox", first?.key);
        return fresh;
      },
      async route(lease, routed, at) {
        await notifications.route(lease, routed, at);
        const some = routed.find(({ deliveries }) => deliveries.length > 0);
        if (some) striker.point("notify_after_route", some.key);
      },
      async waiting(lease, request) {
        const found = await notifications.waiting(lease, request);
        for (const { id, key } of found) keys.set(id, key);
        return found;
      },
      async begin(lease, id, at) {
        await late(id, () => notifications.begin(lease, id, at));
        striker.point("notify_before_send", id);
      },
      async settle(lease, outcome, at) {
        const { id, status } = outcome;
        if (status === "sent") striker.point("notify_before_settle", id);
        await notifications.settle(lease, outcome, at);
        if (status !== "sent") return;
        striker.point("notify_after_settle", undefined);
        const key = keys.get(id);
        tell({ told: "through", names: key === undefined ? [id] : [id, key] });
      },
    },
  };
}

const writes = /\/(?:deals|notes|tasks)$/;
const marked = /Ref\. ([0-9a-f-]{36})|"halo_action","event_payload":{"key":"([0-9a-f-]{36})"/;

/** The vendor as it is, with the places marked around writes. */
export function strikingFetch(striker: ActionStriker): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { pathname } = new URL(request.url);
    const { method } = request;
    const update = method === "PATCH" && pathname.includes("/contacts/");
    const post = method === "POST" && (writes.test(pathname) || pathname.endsWith("/chat.postMessage"));
    if (!update && !post) return await fetch(request);
    const body = await request.clone().text();
    // A notification on its way has steps of its own.
    if (body.includes('"halo_notification"')) return await fetch(request);
    const [, ref, key] = marked.exec(body) ?? [];
    const subject = ref ?? key;
    striker.point("act_before_send", subject);
    const response = await fetch(request);
    striker.point("act_before_answer", subject);
    return response;
  };
}
