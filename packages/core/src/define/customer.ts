export * from "./revenue.ts";

/** Customers are people (`end_user`) and the organisations they belong to (`company`). */
export type CustomerKind = "end_user" | "company";

/** A record of the same connection. */
export interface RecordRef {
  readonly stream: string;
  readonly key: string;
}

/**
 * What one record says of one customer. Fields are folded over all claims: the greatest (rank, updated, source) wins
 * field by field, and a value that a person typed outranks them all. Null and undefined say nothing.
 */
export type CustomerClaim = EndUserClaim | CompanyClaim;

export interface EndUserClaim {
  readonly kind: "end_user";
  /** Addresses that are this person's, the primary one first; case and white space are core's affair. */
  readonly emails: readonly string[];
  readonly fields: { readonly [field in EndUserField]?: string | null | undefined };
  /** What has no column: kept under `custom_fields`. */
  readonly custom?: { readonly [field: string]: string | number | boolean | null | undefined };
  /** The company that the vendor links this person to. */
  readonly company?: RecordRef | undefined;
}

export interface CompanyClaim {
  readonly kind: "company";
  /** Domains or web addresses; core takes the registrable domain and leaves free-mail domains out. */
  readonly domains: readonly string[];
  readonly fields: { readonly [field in CompanyField]?: string | null | undefined };
  readonly custom?: { readonly [field: string]: string | number | boolean | null | undefined };
}

export type EndUserField = "name" | "phone" | "job_title" | "lifecycle_stage" | "signed_up_at";
export type CompanyField =
  | "name"
  | "industry"
  | "employee_count"
  | "lifecycle_stage"
  | "phone"
  | "city"
  | "country";

export const endUserFields = ["name", "phone", "job_title", "lifecycle_stage", "signed_up_at"] as const;
export const companyFields = [
  "name",
  "industry",
  "employee_count",
  "lifecycle_stage",
  "phone",
  "city",
  "country",
] as const;

/** Whom a record is about: by the vendor's own link, or by an address found in it. */
export type CustomerLink =
  | { readonly kind: CustomerKind; readonly ref: RecordRef; readonly reason: string }
  | { readonly kind: "end_user"; readonly email: string; readonly reason: string }
  | { readonly kind: "company"; readonly domain: string; readonly reason: string }
  /** The company whose field, "custom:billing_id" or "name", holds this value. */
  | { readonly kind: "company"; readonly field: string; readonly value: string; readonly reason: string };
