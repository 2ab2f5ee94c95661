import type { StripeWebhooks } from "../../webhooks.ts";
import { type Call, shown } from "../call.ts";
import { badParameter } from "../errors.ts";
import { flagParam, givenText, listParam, metadataParam, requiredText, textParam } from "../params.ts";
import { found, type Route } from "../router.ts";

/** `POST` and `DELETE` of webhook endpoints; the secret is shown once. */
export function endpointRoutes(webhooks: StripeWebhooks): readonly Route[] {
  const base = { objectType: "webhook_endpoint", permission: ["webhook", "write"] } as const;
  const byId = (call: Call) => found(call, "webhook_endpoint", call.path.id ?? "");
  return [
    {
      ...base,
      method: "POST",
      path: "/v1/webhook_endpoints",
      kind: "create",
      params: ["url", "enabled_events", "api_version", "connect", "description", "metadata"],
      handle(call) {
        const { book, grant, params } = call;
        const url = requiredText(params, "url");
        const enabledEvents = listParam(params, "enabled_events");
        if (!enabledEvents)
          throw badParameter(
            "enabled_events",
            "parameter_missing",
            "Missing required param: enabled_events.",
          );
        const connect = flagParam(params, "connect") ?? false;
        const { endpoint, secret } = webhooks.create(book, {
          url,
          enabledEvents,
          apiVersion: givenText(params, "api_version") ?? null,
          description: textParam(params, "description") || null,
          metadata: metadataParam(params),
          connect: connect && grant.kind === "platform",
        });
        return { ...shown(call, endpoint), secret };
      },
    },
    {
      ...base,
      method: "POST",
      path: "/v1/webhook_endpoints/{id}",
      kind: "update",
      params: ["url", "enabled_events", "disabled", "description", "metadata"],
      handle(call) {
        const { params } = call;
        const endpoint = byId(call);
        const disabled = flagParam(params, "disabled");
        webhooks.update(call.book, endpoint, {
          ...(params.url !== undefined && { url: requiredText(params, "url") }),
          ...(params.enabled_events !== undefined && { enabled_events: listParam(params, "enabled_events") }),
          ...(disabled !== undefined && { status: disabled ? "disabled" : "enabled" }),
          ...(params.description !== undefined && { description: textParam(params, "description") || null }),
          ...(params.metadata !== undefined && {
            metadata: metadataParam(params, endpoint.metadata as Record<string, string>),
          }),
        });
        return shown(call, endpoint);
      },
    },
    {
      ...base,
      method: "DELETE",
      path: "/v1/webhook_endpoints/{id}",
      kind: "delete",
      params: [],
      handle(call) {
        const { id } = byId(call);
        webhooks.remove(call.book, id);
        return { id, object: "webhook_endpoint", deleted: true };
      },
    },
  ];
}
