import { type ActionSubject, ValidationError } from "@halo/core/actions";
import * as z from "zod";
import type { Caller } from "./caller.ts";

const Contact = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()),
  propertiesWithHistory: z
    .record(z.string(), z.array(z.object({ value: z.string().nullish(), timestamp: z.string() })))
    .nullish(),
});

export type Contact = z.infer<typeof Contact>;

/** Longest address that SMTP knows (RFC 5321, 4.5.3.1.3). */
const MAX_EMAIL = 254;

/** The address that the host says the conversation is with; throws `input_invalid` where it gave none. */
export function emailOf(subject: ActionSubject | undefined): string {
  const email = subject?.email?.trim() ?? "";
  if (/^[^\s@]+@[^\s@]+$/.test(email) && email.length <= MAX_EMAIL) return email;
  throw new ValidationError(
    "HubSpot finds contacts by e-mail address: give the customer's in `context.customer`.",
    { path: "context.customer", reason: email ? "is no e-mail address" : "is missing" },
  );
}

/**
 * The contact with this address, secondary addresses included; undefined where there is none or it was deleted. Reads
 * the store, not the index of search, which lags. A merged contact comes as the one that it was merged into.
 */
export function contactByEmail(
  { http, signal, paths }: Caller,
  email: string,
  properties: readonly string[] = ["email"],
): Promise<Contact | undefined> {
  return http.get<Contact | undefined>(`${paths.objects("contacts")}/${encodeURIComponent(email)}`, {
    query: { idProperty: "email", properties: properties.join(","), propertiesWithHistory: "email" },
    schema: Contact,
    absentOn: [404],
    signal,
  });
}

/** As `contactByEmail`; throws `not_found` where there is none. */
export async function requireContact(
  caller: Caller,
  email: string,
  properties?: readonly string[],
): Promise<Contact> {
  const contact = await contactByEmail(caller, email, properties);
  if (contact) return contact;
  throw new ValidationError(
    "HubSpot has no contact with this customer's e-mail address. Nothing was changed; an admin can add the contact.",
    { code: "not_found", path: "context.customer", reason: "matches no contact" },
  );
}
