import type { Secret } from "../http/secret.ts";
import type { VendorHttp } from "../ports/vendor-http.ts";

/** The account at the vendor that a credential opens. `id` is what webhooks name. */
export interface VendorAccount {
  readonly id: string;
  readonly name?: string | undefined;
  /** What an admin may like to see: region, plan, time zone. */
  readonly details?: { readonly [name: string]: string } | undefined;
}

export interface ScopeDefinition {
  readonly scope: string;
  /** Why Halo asks for it, in an admin's words. */
  readonly reason: string;
  /** Without it the connection works, and the status says what is missing. */
  readonly optional?: boolean;
}

export interface OAuthDefinition {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl?: string;
  readonly pkce: boolean;
  /**
   * How the client authenticates at the token endpoint; `client_secret_as_user`: by HTTP Basic, with the secret in the
   * user's place and no password; `client_secret_basic_plain`: by HTTP Basic with id and secret as they are, where a
   * vendor does not undo the encoding that RFC 6749 asks for.
   */
  readonly clientAuthentication:
    | "client_secret_post"
    | "client_secret_basic"
    | "client_secret_basic_plain"
    | "client_secret_as_user";
  /** False: what is asked for stands in the app's own configuration, and in no parameter. Default true. */
  readonly scopesInRequest?: boolean;
  /** Separator of scopes in the authorize URL. Default a space. */
  readonly scopeSeparator?: string;
  /** Name of the authorize parameter for optional scopes, where the vendor has one. */
  readonly optionalScopeParameter?: string;
  readonly extraAuthorizeParameters?: { readonly [name: string]: string };
  /** Form fields of the revocation call. Default: RFC 7009's `token` and `token_type_hint`. */
  readonly revokeFields?: (token: string) => { readonly [name: string]: string };
  /**
   * Makes a token endpoint's answer one of RFC 6749, where the vendor's is not: an `error` in what it returns is a
   * refusal, whatever the status was. Where `readsRefusals`, it is shown answers of 4xx too. May throw `vendor_failed` for what passes by itself.
   */
  readonly readTokenResponse?: (answer: { readonly [field: string]: unknown }) => {
    readonly [field: string]: unknown;
  };
  readonly readsRefusals?: boolean;
}

/** A token or key given by hand. */
export interface KeyDefinition {
  /** Shown where it is asked for: "Service key or private app token". */
  readonly label: string;
  /** A quick check of the shape, before any call. Returns what is wrong with it, or undefined. */
  readonly check?: (key: string) => string | undefined;
}

export interface AuthDefinition {
  readonly oauth?: OAuthDefinition;
  readonly key?: KeyDefinition;
  readonly scopes: readonly ScopeDefinition[];
  /** Which account this is, and what it was granted; the first call with a new credential. Throws `reconnect_required`. */
  readonly identify: (context: {
    readonly http: VendorHttp;
    /** The token endpoint's answer, for OAuth. */
    readonly tokenResponse?: { readonly [field: string]: unknown };
    /** The new credential itself, whose shape says something at some vendors; absent where access is looked at again. */
    readonly credential?: Secret;
    readonly signal: AbortSignal;
  }) => Promise<{
    readonly account: VendorAccount;
    readonly scopes?: readonly string[];
    /** What an admin should know of the credential. */
    readonly notices?: readonly string[];
  }>;
  /** Gives an OAuth access token back, where the vendor has no endpoint of RFC 7009. False: it could not be told. */
  readonly revoke?: (context: {
    readonly http: VendorHttp;
    /** The access token itself, which some vendors want named. */
    readonly credential: Secret;
    readonly signal: AbortSignal;
  }) => Promise<boolean>;
}
