import { createHmac } from "node:crypto";
import type { SignedDelivery } from "../signing/delivery.ts";

type Body = string | Uint8Array;

/** How a vendor signs its deliveries: with an HMAC-SHA-256, over the body and the time at which it is sent. */
export interface SigningScheme {
  /** As a host is given it. */
  readonly secret: string;
  /** Of the same kind, and not the one that signs. */
  readonly otherSecret: string;
  /** What the MAC is keyed with; the secret's own text if not given. */
  readonly keyOf?: (secret: string) => string | Uint8Array;
  /** What the MAC covers, one after the other. */
  readonly covers: (body: Body, time: string) => readonly Body[];
  readonly encoding: "hex" | "base64";
  /** What stands before the encoded MAC and says of which version it is; empty where nothing does. */
  readonly version: string;
  /** Of the timestamp, in milliseconds. */
  readonly unitMs: 1 | 1_000;
  /** Spelled as the vendor spells them; `signature` has its version. */
  readonly headers: (signature: string, time: string) => Readonly<Record<string, string>>;
  /** Those that a blank parts into a list: of them alone a second value may stand behind the first. */
  readonly lists?: readonly string[];
  /** The signed one, where the method (POST) and the URL are signed too. */
  readonly url?: string;
}

/** When a delivery is sent and received, if not told otherwise. */
export const deliveredAt = 1_795_219_200_000;

/** What is changed of a genuine delivery. */
export interface DeliveryChanges extends Partial<Omit<SignedDelivery, "headers">> {
  /** What the signature is of, where it is not of the body that is sent. */
  readonly signed?: Body;
  /** The timestamp's text. It is signed with the rest. */
  readonly time?: string;
  /** Key of the MAC. */
  readonly key?: string | Uint8Array;
  /** The whole signature, with its version. */
  readonly signature?: string;
  /** Over the genuine ones, by their lower-case names; undefined leaves one out. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A delivery that is right in every respect but the ones named. */
export function signedDelivery(scheme: SigningScheme, changes: DeliveryChanges = {}): SignedDelivery {
  const {
    time = timeOf(scheme),
    body = '{"id":1}',
    signed = body,
    key,
    signature,
    headers,
    ...rest
  } = changes;
  const given = signature ?? signatureOf(scheme, scheme.covers(signed, time), key);
  const own = Object.entries(scheme.headers(given, time)).map(([name, value]) => [name.toLowerCase(), value]);
  return {
    method: "POST",
    ...(scheme.url !== undefined && { url: scheme.url }),
    secret: scheme.secret,
    now: deliveredAt,
    body,
    headers: { ...Object.fromEntries(own), ...headers },
    ...rest,
  };
}

/** When the genuine delivery is sent, as the vendor writes it. */
export function timeOf({ unitMs }: SigningScheme, ms = deliveredAt): string {
  return String(ms / unitMs);
}

/** With its version, and under the scheme's own key if no other is given. */
export function signatureOf(scheme: SigningScheme, parts: readonly Body[], key = keyOf(scheme)): string {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return scheme.version + mac.digest(scheme.encoding);
}

export function keyOf(scheme: SigningScheme, secret = scheme.secret): string | Uint8Array {
  return scheme.keyOf?.(secret) ?? secret;
}
