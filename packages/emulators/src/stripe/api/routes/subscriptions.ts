import { cancelNow } from "../../writes/cancel.ts";
import {
  pauseSubscription,
  resumeSubscription,
  type SubscriptionChange,
  updateSubscription,
} from "../../writes/subscriptions.ts";
import { type Call, shown } from "../call.ts";
import { badParameter, missing, refusedAtWork } from "../errors.ts";
import {
  choiceParam,
  flagParam,
  integerParam,
  mapParam,
  metadataParam,
  type Params,
  requireKnown,
  textParam,
} from "../params.ts";
import type { Route } from "../router.ts";
import { alive, write } from "./write.ts";

const FEEDBACK = [
  ..."customer_service low_quality missing_features other".split(" "),
  ..."switched_service too_complex too_expensive unused".split(" "),
];
const PRORATIONS = ["create_prorations", "none", "always_invoice"] as const;

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

function updateRoute(call: Call): unknown {
  const { params, scene } = call;
  const object = alive(call, "subscription");
  const before = object.metadata as Record<string, string>;
  updateSubscription(scene, object, {
    cancelAtPeriodEnd: flagParam(params, "cancel_at_period_end"),
    cancelAt: params.cancel_at === "" ? null : integerParam(params, "cancel_at"),
    details: detailsParam(params),
    trialEnd: params.trial_end === "now" ? "now" : integerParam(params, "trial_end"),
    proration: choiceParam(params, "proration_behavior", PRORATIONS),
    fields: {
      ...(params.metadata !== undefined && { metadata: metadataParam(params, before) }),
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
  const choices = ["create_invoice", "cancel", "pause"];
  const missing_payment_method = choiceParam(end, "missing_payment_method", choices);
  const old = (before as { end_behavior: object }).end_behavior;
  return { end_behavior: { ...old, ...(missing_payment_method && { missing_payment_method }) } };
}

function cancelRoute(call: Call): unknown {
  const { params, scene } = call;
  flagParam(params, "invoice_now");
  flagParam(params, "prorate");
  const details = detailsParam(params) ?? {};
  const object = alive(call, "subscription");
  if (object.status !== "canceled" && object.status !== "incomplete_expired") {
    cancelNow(scene, object, details);
    return shown(call, object);
  }
  if (scene.behaviour.cancelCanceled === "missing") {
    const { livemode } = call.book;
    throw missing("subscription", object.id, { otherMode: false, livemode, param: "id", status: 404 });
  }
  throw refusedAtWork({
    code: "invalid_canceled_subscription_fields",
    message: "A canceled subscription can only update its cancellation_details and metadata.",
  });
}

const SUBSCRIPTION = { objectType: "subscription", word: "subscription" } as const;

export const SUBSCRIPTIONS: readonly Route[] = [
  write({
    ...SUBSCRIPTION,
    path: "/v1/subscriptions/{id}",
    kind: "update",
    params: [
      ..."cancel_at cancel_at_period_end cancellation_details trial_end trial_settings".split(" "),
      ..."proration_behavior metadata description pause_collection off_session payment_behavior".split(" "),
    ],
    handle: updateRoute,
  }),
  write({
    ...SUBSCRIPTION,
    method: "DELETE",
    path: "/v1/subscriptions/{id}",
    kind: "delete",
    params: ["invoice_now", "prorate", "cancellation_details"],
    handle: cancelRoute,
  }),
  write({
    ...SUBSCRIPTION,
    path: "/v1/subscriptions/{id}/pause",
    kind: "update",
    params: ["type", "bill_for", "invoicing_behavior"],
    handle(call) {
      const object = alive(call, "subscription");
      pauseSubscription(call.scene, object);
      return shown(call, object);
    },
  }),
  write({
    ...SUBSCRIPTION,
    path: "/v1/subscriptions/{id}/resume",
    kind: "update",
    params: ["billing_cycle_anchor", "payment_behavior", "proration_behavior"],
    handle(call) {
      const object = alive(call, "subscription");
      resumeSubscription(call.scene, object);
      return shown(call, object);
    },
  }),
];
