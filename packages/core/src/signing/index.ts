export { ConfigurationError, isHaloError, ValidationError, VerificationError } from "../errors.ts";
export { isPlainText, type JsonLimits, parseJsonBody } from "./body.ts";
export type { HeadersLike, SignedDelivery, WebhookHeaders } from "./delivery.ts";
export type { SignatureEncoding } from "./encoding.ts";
export { REPLAY_WINDOW_MS, requireFresh } from "./fresh.ts";
export { readHeader, requireHeader } from "./header.ts";
export type { HashAlgorithm, MacParts } from "./mac.ts";
export { secretList } from "./secret.ts";
export { type ExpectedSignature, requireHmac, requireSecretHash } from "./signature.ts";
