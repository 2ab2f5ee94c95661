import * as z from "zod";
import { invoke } from "../actions/invoke.ts";
import { listActions } from "../actions/list-actions.ts";
import { readTools } from "../actions/read-tools.ts";
import type { ActionOutcome } from "../actions/tool.ts";
import { agentTools } from "../actions/tools.ts";
import { reconcileByHand } from "../approvals/reconcile-by-hand.ts";
import type { Engine } from "../engine/engine.ts";
import { CancelledError } from "../errors.ts";
import { createRecentGates } from "../gate/recent-gates.ts";
import { uuidv7 } from "../ids.ts";
import { withSpan } from "../telemetry.ts";
import type { Actions, InvokeRequest } from "./actions-surface.ts";
import { anId, aPerson, checkedRequest } from "./checked-request.ts";
import { found } from "./not-found.ts";
import type { Customers, Knowledge } from "./surface.ts";

const pageSize = 50;
const maxPageSize = 200;

const Customer = z.strictObject({
  email: z.string().max(320).optional(),
  endUserId: anId.optional(),
  companyId: anId.optional(),
  ids: z.record(z.string().max(100), anId).optional(),
});

const Invoke = z.strictObject({
  orgId: anId,
  agentId: anId,
  action: z.string().max(200),
  integration: z.string().max(200).optional(),
  input: z.unknown(),
  context: z.strictObject({
    conversationId: anId.optional(),
    customer: Customer.optional(),
    requestedBy: anId.optional(),
    sources: z.array(z.string().max(500)).max(1_000).optional(),
  }),
  connectionId: anId.optional(),
  idempotencyKey: anId.optional(),
  confirmation: z.string().max(500).optional(),
  signal: z.custom<AbortSignal>((value) => value instanceof AbortSignal).optional(),
});

const about = { orgId: anId, callId: anId, actor: aPerson };
const Reconcile = z.discriminatedUnion("happened", [
  z.strictObject({
    ...about,
    happened: z.literal(true),
    vendorId: z.string().regex(/^[\w.:/+=-]{1,200}$/, "no id of a vendor's"),
  }),
  z.strictObject({ ...about, happened: z.literal(false) }),
]);

export function createActions(
  engine: Engine,
  reads: { readonly knowledge: Knowledge; readonly customers: Customers },
): { readonly actions: Actions; settled(): Promise<void> } {
  const { storage } = engine;
  const holder = uuidv7(engine.clock.now());
  const recent = createRecentGates(storage.actions, engine.clock);
  const running = new Set<Promise<unknown>>();

  const invokeOne = async (request: InvokeRequest): Promise<ActionOutcome> => {
    const checked = checkedRequest(Invoke, request) as InvokeRequest;
    if (checked.signal?.aborted) throw new CancelledError("signal");
    const attributes = {
      "halo.org": checked.orgId,
      "halo.agent": checked.agentId,
      // A model may have made it up.
      "halo.action": /^\w{1,64}$/.test(checked.action) ? checked.action : "unknown",
    };
    const call = withSpan("halo action", attributes, async (span) => {
      const outcome = await invoke(engine, holder, recent, checked);
      span.set("halo.outcome", outcome.status);
      return outcome;
    });
    running.add(call);
    call.then(
      () => running.delete(call),
      () => running.delete(call),
    );
    return await untilAborted(call, checked.signal);
  };

  const actions: Actions = {
    list: (scope) => listActions(engine, scope),
    invoke: invokeOne,
    async tools({ scope, ...about }) {
      if (scope === undefined) return await agentTools(engine, about, invokeOne);
      const read = new Set<string>();
      const tools = await agentTools(engine, about, invokeOne, read);
      const agent = await storage.agents.get(about.orgId, about.agentId);
      if (!agent?.active) return tools;
      return [...tools, ...readTools(about.orgId, scope, reads, (key) => void read.add(key))];
    },
    calls: {
      get: async (orgId, callId) => found(await storage.actions.get(orgId, callId), "call"),
      list: (orgId, filter = {}) =>
        storage.actions.list(orgId, {
          ...filter,
          limit: Math.min(Math.max(1, filter.limit ?? pageSize), maxPageSize),
        }),
      async audit(orgId, callId) {
        found(await storage.actions.get(orgId, callId), "call");
        return await storage.actions.audit(orgId, callId);
      },
      reconcile: async (request) => await reconcileByHand(engine, checkedRequest(Reconcile, request)),
    },
  };
  return {
    actions,
    async settled() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** The caller may stop waiting; what was begun goes on, and is written down. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return await work;
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(new CancelledError("signal"));
    signal.addEventListener("abort", stop, { once: true });
  });
  work.catch(() => {});
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
