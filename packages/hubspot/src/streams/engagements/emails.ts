import * as z from "zod";
import type { CrmObject } from "../crm-object.ts";
import { list, text } from "../property-values.ts";
import { citation, type EngagementKind, hasText } from "./kind.ts";

const DIRECTIONS = {
  EMAIL: "outbound",
  INCOMING_EMAIL: "inbound",
  FORWARDED_EMAIL: "forwarded",
} as const;

const Party = z.object({ email: z.string().nullish() }).nullish().catch(undefined);
const Parties = z.array(Party).nullish().catch(undefined);
const Headers = z.object({ from: Party, to: Parties, cc: Parties });

export const emails: EngagementKind = {
  columns: (email) => {
    const { from, to, cc } = parties(email);
    return {
      subject: text(email, "hs_email_subject"),
      direction: DIRECTIONS[text(email, "hs_email_direction") as keyof typeof DIRECTIONS] ?? null,
      status: text(email, "hs_email_status"),
      from_email: from,
      to_emails: [...to, ...cc],
    };
  },
  document: (email, refs) => {
    const html = text(email, "hs_email_html");
    const plain = text(email, "hs_email_text");
    const source =
      html !== null && hasText(html)
        ? ({ body: html, format: "email_html" } as const)
        : plain?.trim()
          ? ({ body: plain, format: "email_text" } as const)
          : undefined;
    if (!source) return undefined;
    return {
      kind: "email",
      title: text(email, "hs_email_subject") ?? "E-mail",
      ...source,
      audience: "shareable",
      ...citation(email, refs),
      author: senderName(email) ?? parties(email).from ?? undefined,
    };
  },
  addresses: (email) => {
    const { from, to, cc } = parties(email);
    return [...(from ? [from] : []), ...to, ...cc];
  },
};

/** Sender and receivers: from the headers, which are JSON in a string, or from the single properties. */
function parties(email: CrmObject): { from: string | null; to: readonly string[]; cc: readonly string[] } {
  const headers = parseHeaders(text(email, "hs_email_headers"));
  const to = addressesOf(headers?.to);
  return {
    from: text(email, "hs_email_from_email") ?? headers?.from?.email ?? null,
    to: to.length > 0 ? to : list(email, "hs_email_to_email"),
    cc: addressesOf(headers?.cc),
  };
}

function parseHeaders(value: string | null): z.infer<typeof Headers> | undefined {
  if (value === null) return undefined;
  try {
    return Headers.safeParse(JSON.parse(value)).data;
  } catch {
    return undefined; // An odd header takes nothing from the e-mail but its receivers.
  }
}

function addressesOf(list: z.infer<typeof Parties>): string[] {
  return (list ?? []).flatMap((party) => (party?.email ? [party.email] : []));
}

function senderName(email: CrmObject): string | undefined {
  const name = [text(email, "hs_email_from_firstname"), text(email, "hs_email_from_lastname")];
  return name.filter(Boolean).join(" ") || undefined;
}
