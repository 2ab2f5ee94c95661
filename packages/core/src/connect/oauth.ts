import { createHash, randomBytes } from "node:crypto";
import type { ClientAuth } from "oauth4webapi";
import type { OAuthDefinition, ScopeDefinition } from "../define/auth.ts";
import {
  AuthenticationError,
  ConfigurationError,
  type HaloError,
  isHaloError,
  VendorError,
} from "../errors.ts";
import { linkSignals, startDeadline } from "../http/deadline.ts";
import { readBody } from "../http/read-body.ts";
import { type Secret, secret } from "../http/secret.ts";
import { transportFailure } from "../http/transport-failure.ts";
import { isLoopback } from "../http/url-policy.ts";
import type { Clock } from "../ports/clock.ts";

/** What a token endpoint gave. */
export interface Grant {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly expiresInMs: number | undefined;
  readonly scopes: readonly string[] | undefined;
  /** All of the answer but the tokens, for `identify`. */
  readonly response: { readonly [field: string]: unknown };
}

export interface OAuthClient {
  authorizeUrl(request: {
    readonly redirectUri: string;
    readonly state: string;
    readonly verifier: string;
    readonly scopes: readonly ScopeDefinition[];
  }): string;
  /** Throws `oauth_denied`, `oauth_state_invalid` (mix-up), `reconnect_required` (dead code), `vendor_failed`, `vendor_timeout`. */
  exchange(request: {
    readonly parameters: URLSearchParams;
    readonly redirectUri: string;
    readonly verifier: string;
  }): Promise<Grant>;
  /** Throws `reconnect_required` only if the grant is dead; anything else may work later. */
  refresh(refreshToken: Secret): Promise<Grant>;
  /** Best effort: false if the vendor could not be told. */
  revoke(token: Secret): Promise<boolean>;
}

export interface OAuthClientOptions {
  readonly definition: OAuthDefinition;
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly unsafeLoopback: boolean;
}

/** Total deadline of a call to the token endpoint: refreshing happens under a row lock (I2). */
const DEADLINE_MS = 10_000;
const MAX_BYTES = 1024 * 1024;

/** 43 characters, as RFC 7636 §4.1 asks. */
export const createVerifier = (): string => randomBytes(32).toString("base64url");

export function createOAuthClient(options: OAuthClientOptions): OAuthClient {
  const { definition, clock, unsafeLoopback } = options;
  const authorize = endpoint(definition.authorizeUrl, "authorizeUrl", unsafeLoopback);
  const token = endpoint(definition.tokenUrl, "tokenUrl", unsafeLoopback);
  const revocation = definition.revokeUrl
    ? endpoint(definition.revokeUrl, "revokeUrl", unsafeLoopback)
    : undefined;
  const client = { client_id: definition.clientId };

  /** No redirect, a deadline over the body, a cap; and errors that name nothing of the request. */
  const guardedFetch = async (url: string, init: RequestInit | undefined): Promise<Response> => {
    const linked = linkSignals([]);
    const deadline = startDeadline(linked.signal, clock, DEADLINE_MS);
    try {
      const call = options.fetch ?? globalThis.fetch;
      const response = await deadline.race(
        call(url, { ...init, redirect: "manual", signal: deadline.signal }),
      );
      const text = await deadline.race(readBody(response, MAX_BYTES));
      if (definition.readTokenResponse && url === token.href && isRead(response)) {
        return readAs(definition.readTokenResponse, text, response);
      }
      return new Response(response.status === 204 ? null : text, {
        status: response.status,
        headers: response.headers,
      });
    } catch (error) {
      if (isHaloError(error)) throw error;
      if (deadline.expired) {
        throw new VendorError("The vendor's token endpoint did not answer within 10 seconds.", {
          code: "vendor_timeout",
          retryable: true,
        });
      }
      const { reason } = transportFailure(error);
      throw new VendorError(`The vendor's token endpoint could not be reached (${reason}).`, {
        retryable: true,
        reason,
      });
    } finally {
      deadline.end();
      linked.end();
    }
  };

  const isRead = ({ ok, status }: Response) =>
    ok || (definition.readsRefusals === true && status >= 400 && status < 500 && status !== 429);

  /** Everything of the library that a call needs; loaded at the first one. */
  const prepare = async (issuer: string) => {
    const oauth = await import("oauth4webapi");
    const server = {
      issuer,
      authorization_endpoint: authorize.href,
      token_endpoint: token.href,
      ...(revocation ? { revocation_endpoint: revocation.href } : {}),
    };
    const authentication = {
      client_secret_basic: () => oauth.ClientSecretBasic(definition.clientSecret),
      client_secret_post: () => oauth.ClientSecretPost(definition.clientSecret),
      client_secret_as_user: () => basic(`${definition.clientSecret}:`),
      client_secret_basic_plain: () => basic(`${definition.clientId}:${definition.clientSecret}`),
    }[definition.clientAuthentication]();
    const request = {
      [oauth.customFetch]: guardedFetch,
      [oauth.allowInsecureRequests]: token.protocol === "http:",
    };
    return { oauth, server, authentication, request };
  };

  return {
    authorizeUrl({ redirectUri, state, verifier, scopes }) {
      const url = new URL(authorize);
      const separator = definition.scopeSeparator ?? " ";
      const parameter = definition.optionalScopeParameter;
      const optional = scopes.filter((scope) => scope.optional && parameter).map(({ scope }) => scope);
      const wanted = scopes.map(({ scope }) => scope).filter((scope) => !optional.includes(scope));
      const set = (name: string, value: string) => url.searchParams.set(name, value);
      for (const [name, value] of Object.entries(definition.extraAuthorizeParameters ?? {})) set(name, value);
      set("response_type", "code");
      set("client_id", definition.clientId);
      set("redirect_uri", redirectUri);
      if (definition.scopesInRequest !== false) set("scope", wanted.join(separator));
      if (parameter && optional.length > 0) set(parameter, optional.join(separator));
      set("state", state);
      if (definition.pkce) {
        set("code_challenge", createHash("sha256").update(verifier).digest("base64url"));
        set("code_challenge_method", "S256");
      }
      return url.href;
    },

    async exchange({ parameters, redirectUri, verifier }) {
      const issuer = checkIssuer(parameters, [authorize, token]);
      const { oauth, server, authentication, request } = await prepare(issuer);
      let callback: URLSearchParams;
      try {
        // The state was taken before: only its absence from here on is meant.
        callback = oauth.validateAuthResponse(server, client, parameters, oauth.skipStateCheck);
      } catch (error) {
        throw denied(error);
      }
      try {
        const response = await oauth.authorizationCodeGrantRequest(
          server,
          client,
          authentication,
          callback,
          redirectUri,
          definition.pkce ? verifier : oauth.nopkce,
          request,
        );
        return grantOf(await oauth.processAuthorizationCodeResponse(server, client, response));
      } catch (error) {
        throw tokenFailure(error, "The vendor did not accept the code: connect again.");
      }
    },

    async refresh(refreshToken) {
      const { oauth, server, authentication, request } = await prepare(token.origin);
      try {
        const response = await oauth.refreshTokenGrantRequest(
          server,
          client,
          authentication,
          refreshToken.reveal(),
          request,
        );
        return grantOf(await oauth.processRefreshTokenResponse(server, client, response));
      } catch (error) {
        throw tokenFailure(error, "The vendor ended the access that it had given: reconnect.");
      }
    },

    async revoke(revoked) {
      if (!revocation) return false;
      try {
        const { oauth, server, authentication, request } = await prepare(token.origin);
        const fields = definition.revokeFields?.(revoked.reveal()) ?? { token_type_hint: "refresh_token" };
        const response = await oauth.revocationRequest(server, client, authentication, revoked.reveal(), {
          ...request,
          additionalParameters: new URLSearchParams(fields),
        });
        return response.ok;
      } catch {
        return false;
      }
    },
  };
}

function basic(userAndPassword: string): ClientAuth {
  return (_server, _client, _body, headers) => {
    headers.set("authorization", `Basic ${btoa(userAndPassword)}`);
  };
}

/** The answer as the definition reads it: a refusal that came with status 200 becomes one. */
function readAs(
  read: NonNullable<OAuthDefinition["readTokenResponse"]>,
  text: string,
  { headers, status }: Response,
): Response {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return new Response(text, { status, headers });
  }
  if (typeof answer !== "object" || answer === null) return new Response(text, { status, headers });
  const body = read(answer as { readonly [field: string]: unknown });
  return Response.json(body, { status: "error" in body ? 400 : status });
}

/** RFC 9207: where the callback names an issuer, it has to be the vendor whose door the user went through (T12). */
function checkIssuer(parameters: URLSearchParams, known: readonly URL[]): string {
  const issuer = parameters.get("iss");
  const origins = known.map((url) => url.origin);
  if (issuer === null) return origins[0] ?? "";
  if (!URL.canParse(issuer) || !origins.includes(new URL(issuer).origin)) {
    throw new AuthenticationError(
      "The callback names another issuer than the one it began at. Begin again.",
      {
        code: "oauth_state_invalid",
      },
    );
  }
  return issuer;
}

function denied(error: unknown): AuthenticationError {
  const word = (error as { error?: unknown } | null)?.error;
  const shown = typeof word === "string" && /^[a-z_]{1,40}$/.test(word) ? word : undefined;
  return new AuthenticationError(
    shown === undefined
      ? "The callback carries no code: begin again."
      : `The vendor did not give access (${shown}): begin again, and agree there.`,
    { code: "oauth_denied" },
  );
}

/** Only a dead grant is the user's affair. A wrong client secret or a broken endpoint must not cost them a reconnect (F43). */
function tokenFailure(error: unknown, dead: string): HaloError {
  if (isHaloError(error)) return error;
  const { error: word, status } = (error ?? {}) as { error?: unknown; status?: unknown };
  const reason = typeof word === "string" && /^[a-z_]{1,40}$/.test(word) ? word : undefined;
  if (reason === "invalid_grant") return new AuthenticationError(dead);
  return new VendorError(
    reason === "invalid_client" || reason === "unauthorized_client"
      ? `The vendor does not accept this app's client id and secret (${reason}): check the integration's options.`
      : "The vendor's token endpoint gave no usable answer.",
    {
      reason,
      status: typeof status === "number" ? status : undefined,
      retryable: reason === undefined,
    },
  );
}

function grantOf(response: {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  readonly expires_in?: number | undefined;
  readonly scope?: string | undefined;
}): Grant {
  const { access_token, refresh_token, ...rest } = response;
  return {
    accessToken: secret(access_token),
    refreshToken: refresh_token ? secret(refresh_token) : undefined,
    expiresInMs: response.expires_in === undefined ? undefined : response.expires_in * 1000,
    scopes: response.scope === undefined ? undefined : response.scope.split(/[\s,]+/).filter(Boolean),
    response: rest,
  };
}

function endpoint(text: string, option: string, unsafeLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const plain = url?.protocol === "http:" && unsafeLoopback && isLoopback(url.hostname);
  if (url === undefined || (url.protocol !== "https:" && !plain)) {
    throw new ConfigurationError(
      `\`${option}\` has to be an https URL; plain http is for loopback addresses under \`unsafeLoopback\` only.`,
      { option },
    );
  }
  return url;
}
