import { adjustBalance } from "../writes/balance.ts";
import { cancelNow } from "../writes/cancel.ts";
import {
  createCreditNote,
  type NewCreditNote,
  planCreditNote,
  voidCreditNote,
} from "../writes/credit-notes.ts";
import { createCustomer, deleteCustomer, updateCustomer } from "../writes/customers.ts";
import { refundCharge, settleRefund } from "../writes/refunds.ts";
import { change } from "../writes/scene.ts";
import {
  pauseSubscription,
  resumeSubscription,
  type SubscriptionChange,
  updateSubscription,
} from "../writes/subscriptions.ts";
import { type Call, shown } from "./call.ts";
import { badParameter, missing, refusedAtWork } from "./errors.ts";
import {
  choiceParam,
  flagParam,
  givenText,
  integerParam,
  mapParam,
  metadataParam,
  type Params,
  requiredText,
  requireKnown,
  textParam,
} from "./params.ts";
import { found, type Route } from "./router.ts";

type Handle = Route["handle"];

const write = (
  path: string,
  kind: "create" | "update" | "delete",
  objectType: string,
  permission: string,
  handle: Handle,
  method: Route["method"] = "POST",
): Route => ({ method, path, kind, objectType, permission: [permission, "write"], handle });

/** An object that a parameter names. guess: 404 as for a path where it is what the request is about. */
function named(call: Call, kind: Parameters<Call["inOtherMode"]>[0], param: string, status: number) {
  const id = requiredText(call.params, param);
  const object = call.book.tables[kind].get(id);
  if (object && !call.book.tables[kind].isDeleted(id)) return object;
  const { livemode } = call.book;
  throw missing(kind, id, { otherMode: call.inOtherMode(kind, id), livemode, param, status });
}

/** The object that the path names, which must not have been deleted. */
function alive(call: Call, kind: Parameters<Call["inOtherMode"]>[0]) {
  const object = found(call, kind, call.path.id ?? "");
  if (!call.book.tables[kind].isDeleted(object.id)) return object;
  throw missing(kind, object.id, {
    otherMode: false,
    livemode: call.book.livemode,
    param: "id",
    status: 404,
  });
}

const REFUND = ["payment_intent", "charge", "amount", "reason", "metadata", "instructions_email"].concat([
  "refund_application_fee",
  "reverse_transfer",
]);

function createRefund(call: Call): unknown {
  const { params } = call;
  requireKnown(params, REFUND);
  const amount = integerParam(params, "amount");
  if (amount !== undefined && amount < 1)
    throw badParameter("amount", "parameter_invalid_integer", "Invalid positive integer");
  const reason = choiceParam(params, "reason", ["duplicate", "fraudulent", "requested_by_customer"]);
  const metadata = metadataParam(params);
  if (params.charge === undefined && params.payment_intent === undefined) {
    throw badParameter(
      "charge",
      "parameter_missing",
      "One of the following params should be provided for this request: payment_intent or charge.",
    );
  }
  const charge = params.charge !== undefined ? named(call, "charge", "charge", 404) : chargeOfIntent(call);
  return shown(call, refundCharge(call.scene, charge, { amount, metadata, reason }));
}

function chargeOfIntent(call: Call) {
  const intent = named(call, "payment_intent", "payment_intent", 404);
  const charge = call.book.tables.charge.get(String(intent.latest_charge));
  if (charge?.status === "succeeded") return charge;
  // guess: the words and that there is no code.
  throw refusedAtWork({
    message: `This PaymentIntent (${intent.id}) does not have a successful charge to refund.`,
    param: "payment_intent",
  });
}

const FEEDBACK =
  "customer_service low_quality missing_features other switched_service too_complex too_expensive unused".split(
    " ",
  );

function detailsParam(params: Params): SubscriptionChange["details"] {
  const details = mapParam(params, "cancellation_details");
  if (!details) return undefined;
  requireKnown(details, ["comment", "feedback", "feedback_option"]);
  const comment = textParam(details, "comment");
  const feedback = details.feedback === "" ? null : choiceParam(details, "feedback", FEEDBACK);
  return {
    ...(comment !== undefined && { comment: comment || null }),
    ...(feedback !== undefined && { feedback }),
  };
}

const SUBSCRIPTION =
  "cancel_at cancel_at_period_end cancellation_details trial_end proration_behavior metadata description pause_collection trial_settings off_session payment_behavior".split(
    " ",
  );

function updateSubscriptionRoute(call: Call): unknown {
  const { params, scene } = call;
  requireKnown(params, SUBSCRIPTION);
  const object = found(call, "subscription", call.path.id ?? "");
  const trialEnd = params.trial_end === "now" ? "now" : integerParam(params, "trial_end");
  updateSubscription(scene, object, {
    cancelAtPeriodEnd: flagParam(params, "cancel_at_period_end"),
    cancelAt: params.cancel_at === "" ? null : integerParam(params, "cancel_at"),
    details: detailsParam(params),
    trialEnd,
    proration: choiceParam(params, "proration_behavior", ["create_prorations", "none", "always_invoice"]),
    fields: {
      ...(params.metadata !== undefined && {
        metadata: metadataParam(params, object.metadata as Record<string, string>),
      }),
      ...(params.description !== undefined && { description: textParam(params, "description") || null }),
      ...(params.pause_collection !== undefined && { pause_collection: pauseParam(params) }),
      ...(params.trial_settings !== undefined && {
        trial_settings: trialSettingsParam(params, object.trial_settings),
      }),
    },
  });
  return shown(call, object);
}

function pauseParam(params: Params): unknown {
  const pause = mapParam(params, "pause_collection");
  if (!pause) return null;
  requireKnown(pause, ["behavior", "resumes_at"]);
  const behavior = choiceParam(pause, "behavior", ["keep_as_draft", "mark_uncollectible", "void"]);
  if (behavior === undefined) {
    throw badParameter(
      "pause_collection[behavior]",
      "parameter_missing",
      "Missing required param: pause_collection[behavior].",
    );
  }
  return { behavior, resumes_at: integerParam(pause, "resumes_at") ?? null };
}

function trialSettingsParam(params: Params, before: unknown): unknown {
  const end = mapParam(mapParam(params, "trial_settings") ?? {}, "end_behavior") ?? {};
  const missing_payment_method = choiceParam(end, "missing_payment_method", [
    "create_invoice",
    "cancel",
    "pause",
  ]);
  const old = (before as { end_behavior: object }).end_behavior;
  return { end_behavior: { ...old, ...(missing_payment_method && { missing_payment_method }) } };
}

function cancelSubscription(call: Call): unknown {
  const { params, scene } = call;
  requireKnown(params, ["invoice_now", "prorate", "cancellation_details"]);
  const object = found(call, "subscription", call.path.id ?? "");
  flagParam(params, "invoice_now");
  flagParam(params, "prorate");
  if (object.status === "canceled" || object.status === "incomplete_expired") {
    if (scene.behaviour.cancelCanceled === "missing") {
      const { livemode } = call.book;
      throw missing("subscription", object.id, { otherMode: false, livemode, param: "id", status: 404 });
    }
    throw refusedAtWork({
      code: "invalid_canceled_subscription_fields",
      message: "A canceled subscription can only update its cancellation_details and metadata.",
    });
  }
  cancelNow(scene, object, detailsParam(params) ?? {});
  return shown(call, object);
}

const CREDIT_NOTE =
  "invoice amount credit_amount refund_amount out_of_band_amount memo metadata reason email_type".split(" ");

function creditNoteInput({ params }: Call): NewCreditNote {
  requireKnown(params, CREDIT_NOTE);
  const amount = integerParam(params, "amount");
  if (amount === undefined) {
    throw badParameter(
      "amount",
      "parameter_missing",
      "You must pass one of: amount, lines, or shipping_cost (of which only amount is imitated here).",
    );
  }
  return {
    amount,
    creditAmount: integerParam(params, "credit_amount"),
    refundAmount: integerParam(params, "refund_amount"),
    outOfBandAmount: integerParam(params, "out_of_band_amount"),
    memo: givenText(params, "memo"),
    metadata: metadataParam(params),
    reason: choiceParam(params, "reason", [
      "duplicate",
      "fraudulent",
      "order_change",
      "product_unsatisfactory",
    ]),
  };
}

const CUSTOMER = ["email", "name", "phone", "description", "metadata"];

function customerFields(params: Params, before?: Record<string, string>): Record<string, unknown> {
  requireKnown(params, CUSTOMER);
  const fields: Record<string, unknown> = {};
  for (const name of ["email", "name", "phone", "description"]) {
    const value = textParam(params, name);
    if (value !== undefined) fields[name] = value || null;
  }
  if (typeof fields.email === "string" && !fields.email.includes("@"))
    throw badParameter("email", "email_invalid", `Invalid email address: ${fields.email}`);
  if (params.metadata !== undefined) fields.metadata = metadataParam(params, before);
  return fields;
}

export const WRITING: readonly Route[] = [
  write("/v1/refunds", "create", "refund", "charge", createRefund),
  write("/v1/refunds/{id}", "update", "refund", "charge", (call) => {
    requireKnown(call.params, ["metadata"]);
    const made = found(call, "refund", call.path.id ?? "");
    const metadata = metadataParam(call.params, made.metadata as Record<string, string>);
    change(call.scene, "refund.updated", made, { metadata });
    return shown(call, made);
  }),
  write("/v1/refunds/{id}/cancel", "update", "refund", "charge", (call) => {
    requireKnown(call.params, []);
    const made = found(call, "refund", call.path.id ?? "");
    if (made.status !== "requires_action")
      throw refusedAtWork({ message: `A refund with status ${made.status} cannot be canceled.` });
    settleRefund(call.scene, made, "canceled");
    return shown(call, made);
  }),
  write("/v1/subscriptions/{id}", "update", "subscription", "subscription", updateSubscriptionRoute),
  write("/v1/subscriptions/{id}", "delete", "subscription", "subscription", cancelSubscription, "DELETE"),
  write("/v1/subscriptions/{id}/pause", "update", "subscription", "subscription", (call) => {
    requireKnown(call.params, ["type", "bill_for", "invoicing_behavior"]);
    const object = found(call, "subscription", call.path.id ?? "");
    pauseSubscription(call.scene, object);
    return shown(call, object);
  }),
  write("/v1/subscriptions/{id}/resume", "update", "subscription", "subscription", (call) => {
    requireKnown(call.params, ["billing_cycle_anchor", "payment_behavior", "proration_behavior"]);
    const object = found(call, "subscription", call.path.id ?? "");
    resumeSubscription(call.scene, object);
    return shown(call, object);
  }),
  write("/v1/customers", "create", "customer", "customer", (call) =>
    shown(call, createCustomer(call.scene, customerFields(call.params))),
  ),
  write("/v1/customers/{id}", "update", "customer", "customer", (call) => {
    const object = alive(call, "customer");
    updateCustomer(
      call.scene,
      object,
      customerFields(call.params, object.metadata as Record<string, string>),
    );
    return shown(call, object);
  }),
  write(
    "/v1/customers/{id}",
    "delete",
    "customer",
    "customer",
    (call) => {
      const object = alive(call, "customer");
      deleteCustomer(call.scene, object);
      return shown(call, object);
    },
    "DELETE",
  ),
  write(
    "/v1/customers/{id}/balance_transactions",
    "create",
    "customer_balance_transaction",
    "customer",
    (call) => {
      const { params } = call;
      requireKnown(params, ["amount", "currency", "description", "metadata"]);
      const customer = alive(call, "customer");
      const currency = requiredText(params, "currency");
      const amount = integerParam(params, "amount");
      if (amount === undefined)
        throw badParameter("amount", "parameter_missing", "Missing required param: amount.");
      const metadata = metadataParam(params);
      const description = textParam(params, "description") || null;
      return shown(call, adjustBalance(call.scene, customer, { amount, currency, metadata, description }));
    },
  ),
  write("/v1/credit_notes", "create", "credit_note", "credit_note", (call) => {
    const given = creditNoteInput(call);
    return shown(call, createCreditNote(call.scene, named(call, "invoice", "invoice", 404), given));
  }),
  write("/v1/credit_notes/{id}/void", "update", "credit_note", "credit_note", (call) => {
    requireKnown(call.params, []);
    const note = found(call, "credit_note", call.path.id ?? "");
    voidCreditNote(call.scene, note);
    return shown(call, note);
  }),
  {
    method: "GET",
    path: "/v1/credit_notes/preview",
    kind: "retrieve",
    objectType: "credit_note",
    permission: ["credit_note", "read"],
    // guess: of the note that would be, only what follows from the amounts.
    handle(call) {
      const given = creditNoteInput(call);
      const billed = named(call, "invoice", "invoice", 404);
      const { post, pre } = planCreditNote(billed, given);
      const { amount } = given;
      const part = { amount, subtotal: amount, total: amount, invoice: billed.id, currency: billed.currency };
      return { object: "credit_note", ...part, pre_payment_amount: pre, post_payment_amount: post };
    },
  },
];
