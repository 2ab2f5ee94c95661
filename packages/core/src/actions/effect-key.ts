import { hexDigest } from "./canonical.ts";

/** The effect's name where no ledger gives it one: the same for the same idempotency key, in every process. */
export function effectKeyOf(idempotencyKey: string, integration: string, action: string): string {
  return `halo-${hexDigest(JSON.stringify([integration, action, idempotencyKey])).slice(0, 40)}`;
}
