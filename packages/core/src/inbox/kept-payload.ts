import { seal, unseal } from "../connect/seal.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import { isHaloError, ValidationError } from "../errors.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import { storableValue } from "../storable-json.ts";

interface Place {
  readonly orgId: string;
  readonly connectionId: string;
}

/** What is kept of an event until it is processed: sealed, where its vendor puts a token into it (I8). */
export function keptPayload(
  ring: KeyRing,
  integration: IntegrationDefinition,
  place: Place,
  payload: Json,
): Json {
  if (!integration.webhooks?.sealed) return storableValue(payload);
  return { sealed: seal(ring, JSON.stringify(payload), sealedFor(integration, place)) };
}

/** The payload as it came. Throws `input_invalid` for a sealed one that no key opens: the event is given up on, no other. */
export function openPayload(
  ring: KeyRing,
  integration: IntegrationDefinition,
  place: Place,
  kept: Json,
): Json {
  if (!integration.webhooks?.sealed || typeof kept !== "object" || kept === null || !("sealed" in kept))
    return kept;
  try {
    return JSON.parse(unseal(ring, String(kept.sealed), sealedFor(integration, place))) as Json;
  } catch (error) {
    if (!isHaloError(error, "credentials_unreadable")) throw error;
    throw new ValidationError(
      "A stored event cannot be opened: put the key that sealed it back into the ring.",
      {
        path: "payload",
        reason: "sealed under a key that is gone",
      },
    );
  }
}

const sealedFor = ({ id }: IntegrationDefinition, { orgId, connectionId }: Place) => ({
  orgId,
  provider: id,
  connectionId,
  field: "delivery",
});
