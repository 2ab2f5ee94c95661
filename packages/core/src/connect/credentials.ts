import { type Secret, secret } from "../http/secret.ts";
import type { SealedCredentials } from "../ports/connection-store.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import { seal, unseal } from "./seal.ts";

/** Whose credential it is. */
export interface Owner {
  readonly orgId: string;
  readonly connectionId: string;
  readonly integration: { readonly id: string };
}

export type CredentialField = "access_token" | "refresh_token" | "webhook_secret";

export interface ClearCredentials {
  readonly kind: "oauth" | "key";
  readonly accessToken: Secret;
  readonly refreshToken?: Secret | undefined;
  readonly expiresAt?: number | undefined;
  readonly version: number;
}

const placeOf = ({ orgId, connectionId, integration }: Owner, field: CredentialField) => ({
  orgId,
  connectionId,
  provider: integration.id,
  field,
});

export function sealCredential(ring: KeyRing, owner: Owner, text: string, field: CredentialField): string {
  return seal(ring, text, placeOf(owner, field));
}

/** Throws `credentials_unreadable`. */
export function openCredential(ring: KeyRing, owner: Owner, sealed: string, field: CredentialField): Secret {
  return secret(unseal(ring, sealed, placeOf(owner, field)));
}

export function sealCredentials(ring: KeyRing, owner: Owner, clear: ClearCredentials): SealedCredentials {
  const { kind, version, accessToken, refreshToken, expiresAt } = clear;
  return {
    kind,
    version,
    accessToken: sealCredential(ring, owner, accessToken.reveal(), "access_token"),
    ...(refreshToken && {
      refreshToken: sealCredential(ring, owner, refreshToken.reveal(), "refresh_token"),
    }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
