import type { SignedDelivery } from "../signing/delivery.ts";
import { base64Edit, hexEdit, type Pick, withForgedParts } from "./forgery-fuzz.ts";
import { deliveredAt, type SigningScheme, signatureOf, signedDelivery, timeOf } from "./signing-scheme.ts";
import { versionsLike } from "./verifier-cases.ts";

/**
 * For `forgeryFuzz`: a delivery of that body with one to three of its parts changed, in bytes or in text. Of a scheme
 * that signs body and time alone, in seconds, and names its version.
 */
export function forgedDelivery(scheme: SigningScheme, body: string, pick: Pick): SignedDelivery {
  const stamp = timeOf(scheme, deliveredAt - scheme.unitMs);
  const signature = signatureOf(scheme, scheme.covers(body, stamp)).slice(scheme.version.length);
  const forged = withForgedParts(
    { body, signature, stamp, scheme: scheme.version },
    {
      schemes: versionsLike(scheme.version).map(([, version]) => version),
      signed: (text) => Buffer.concat(scheme.covers(text, stamp).map((part) => Buffer.from(part))).toString(),
      sign: scheme.encoding === "hex" ? hexEdit : base64Edit,
    },
    pick,
  );
  return signedDelivery(scheme, {
    body: pick(2) === 0 ? forged.body : Buffer.from(forged.body),
    time: forged.stamp,
    signature: forged.scheme + forged.signature,
  });
}
