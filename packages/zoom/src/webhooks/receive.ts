import { isHaloError, parseJsonBody, secretList, sha256 } from "@halo/core/signing";
import { requireEvents, type ZoomEvent } from "./event.ts";
import { verifyZoomWebhook, type ZoomDelivery } from "./verify.ts";

/**
 * What a genuine Zoom delivery says; nothing of any other is parsed, and nothing of any other is ever signed. A kind that
 * is not known here gives none. Throws `webhook_unverified` (answer 401) as `verifyZoomWebhook` does, and `input_invalid`
 * (answer 400) for a genuine body that is none of Zoom's.
 *
 * @example
 * const [event] = receiveZoomWebhook({ headers, body, secret: secretToken });
 * if (event?.event === "endpoint.url_validation") return Response.json(event.answer);
 */
export function receiveZoomWebhook(delivery: ZoomDelivery): ZoomEvent[] {
  verifyZoomWebhook(delivery);
  return requireEvents(parseJsonBody(delivery.body), (plainToken) => encrypted(plainToken, delivery));
}

/** With the secret that the delivery itself was signed with: while one is replaced, Zoom knows only one of them. */
function encrypted(plainToken: string, delivery: ZoomDelivery): string {
  const secrets = secretList(delivery.secret);
  const own = secrets.find((secret) => isSignedWith(secret, delivery)) ?? "";
  let text = "";
  for (const byte of sha256.hmac(own, [plainToken])) text += byte.toString(16).padStart(2, "0");
  return text;
}

function isSignedWith(secret: string, delivery: ZoomDelivery): boolean {
  try {
    verifyZoomWebhook({ ...delivery, secret });
    return true;
  } catch (error) {
    if (isHaloError(error, "webhook_unverified")) return false;
    throw error;
  }
}
