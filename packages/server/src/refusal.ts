/** What the HTTP surface itself refuses, before Halo is asked; carries its own status. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: RefusalCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    code: RefusalCode,
    message: string,
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

export type RefusalCode =
  | "body_encoded"
  | "body_too_large"
  | "body_slow"
  | "body_incomplete"
  | "body_not_json"
  | "unauthenticated"
  | "reauthenticate"
  | "role_missing"
  | "cross_site"
  | "method_not_allowed"
  | "not_found";
