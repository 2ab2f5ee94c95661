import type { Money } from "../define/action.ts";
import type { Json } from "../define/json.ts";
import type { Approval } from "../ports/approval-store.ts";
import { visibleText } from "./visible-text.ts";

/** What a person decides on, made of what is stored and hashed, and of nothing else. Plain text; nothing is left out or cut off, and hidden characters are shown. */
export interface ApprovalCard {
  /** "Refund: gives 12.50 EUR back to ada@example.com." */
  readonly title: string;
  readonly lines: readonly { readonly label: string; readonly value: string }[];
}

export function cardOf(
  { call, proposal }: Approval,
  names: { readonly integration: string; readonly action: string },
): ApprovalCard {
  const { account, customer, money, needed, preview, requestedBy, sources, state } = proposal;
  const { agentId, connectionId, conversationId, input, subject } = call;
  const line = (label: string, value: string | undefined) =>
    value === undefined ? [] : [{ label: visibleText(label), value: visibleText(value) }];
  const asked = [`agent ${agentId}`, ...(requestedBy === undefined ? [] : [`for ${requestedBy}`])];
  return {
    title: visibleText(`${names.action}: ${preview.summary}`),
    lines: [
      ...line("Action", `${names.integration} ${call.action}`),
      ...line("Account", `${account} (${connectionId ?? "unknown"})`),
      ...line("Amount", money && moneyText(money)),
      ...line("Customer", subject && flat(subject as Json)),
      ...line("Customer at the vendor", customer),
      ...(preview.changes ?? []).flatMap(({ field, from, to }) =>
        line(field, from === undefined ? to : `${from} → ${to}`),
      ),
      ...argumentLines(input).flatMap(([label, value]) => line(label, value)),
      ...line("State", state === undefined ? undefined : flat(state)),
      ...line("Asked by", asked.join(", ")),
      ...line("Conversation", conversationId),
      ...line("Had read", readText(sources)),
      ...line("People needed", String(needed)),
    ],
  };
}

/** "12.50 EUR"; in minor units where nobody said how many digits the currency has. */
export function moneyText({ amountMinor, currency, digits }: Money): string {
  const code = currency.toUpperCase();
  if (digits === undefined) return `${amountMinor} minor units of ${code}`;
  if (digits === 0) return `${amountMinor} ${code}`;
  const text = String(amountMinor).padStart(digits + 1, "0");
  return `${text.slice(0, -digits)}.${text.slice(-digits)} ${code}`;
}

/** Every argument on a line of its own, as it is sent: texts in quotes, so that none can pass for another line. */
function argumentLines(input: Json): readonly (readonly [string, string])[] {
  if (typeof input !== "object" || input === null || Array.isArray(input))
    return [["Argument", JSON.stringify(input)]];
  return Object.entries(input)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [`Argument ${name}`, JSON.stringify(value ?? null)] as const);
}

function flat(value: Json): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return Object.entries(value)
    .flatMap(([name, inner]) =>
      inner === undefined ? [] : [`${name} ${typeof inner === "string" ? inner : JSON.stringify(inner)}`],
    )
    .join(", ");
}

/** A14: what the agent had read may have put the words into its mouth. */
function readText(sources: readonly string[] | undefined): string {
  if (sources === undefined) return "not known";
  if (sources.length === 0) return "nothing through Halo's tools in this turn; the conversation itself";
  return `the conversation, and at least: ${sources.join(", ")}`;
}
