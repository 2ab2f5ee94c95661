import { parseJsonBody, ValidationError } from "@halo/core/signing";
import { requireEvents, type SlackEvent } from "./event.ts";
import { type SlackDelivery, verifySlackWebhook } from "./verify.ts";

/**
 * What a genuine Slack delivery says; nothing of any other is parsed. Events and handshakes come as JSON, clicks as a form;
 * a kind that is not known here gives none. Throws `webhook_unverified` (answer 401) as `verifySlackWebhook` does, and
 * `input_invalid` (answer 400) for a genuine body that is none of Slack's.
 *
 * @example
 * const [event] = receiveSlackWebhook({ headers, body, secret: signingSecret });
 * if (event?.type === "url_verification") return new Response(event.challenge);
 */
export function receiveSlackWebhook(delivery: SlackDelivery): SlackEvent[] {
  verifySlackWebhook(delivery);
  const { body } = delivery;
  // The content type is not signed, the body is: JSON begins with a brace, a click's form with its only field.
  return requireEvents(parseJsonBody(isForm(body) ? payloadOf(body) : body));
}

const FIELD = "payload=";

function isForm(body: Uint8Array | string): boolean {
  return (typeof body === "string" ? body.charCodeAt(0) : body[0]) === FIELD.charCodeAt(0);
}

/** The JSON in the form's field. */
function payloadOf(body: Uint8Array | string): string {
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  // A second field would be one that some other reader takes for the first.
  if (!text.startsWith(FIELD) || text.includes("&")) throw malformed();
  try {
    return decodeURIComponent(text.slice(FIELD.length).replaceAll("+", " "));
  } catch {
    throw malformed();
  }
}

function malformed(): ValidationError {
  return new ValidationError("The delivery's body is not a form with one field `payload`: answer 400.", {
    path: "body",
    reason: "not a payload form",
  });
}
