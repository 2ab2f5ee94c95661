/** What a text orders the model to do. `$seen` in an input is everything that the model was shown so far. */
export interface Order {
  readonly tool: string;
  readonly input: { readonly [field: string]: unknown };
}

/** How a text comes in; each is written by somebody outside of the org, or may be. */
export type Carrier =
  /** What the customer may see themselves. */
  | "email"
  | "email_html"
  | "email_subject"
  | "email_sender"
  | "meeting"
  | "form"
  | "form_field"
  /** The same document store, filled by an integration whose every field is hostile. */
  | "shelf"
  | "shelf_title"
  | "shelf_author"
  | "shelf_url"
  | "shelf_key"
  /** What is known of the customer. */
  | "contact_name"
  | "job_title"
  | "company_name"
  /** Written by the org's own people, who may paste anything: never shown to customers. */
  | "note"
  | "call";

export const internal: readonly Carrier[] = ["note", "call"];

export interface Payload {
  readonly name: string;
  readonly carrier: Carrier;
  /** Several: one document each, and the order stands only in all of them together. */
  readonly texts: readonly string[];
  /** How the model knows it again, one for each text, as it stands after cleaning and escaping. */
  readonly reads: readonly string[];
  readonly orders: readonly Order[];
}

interface Written {
  readonly carrier: Carrier;
  readonly text: string | readonly string[];
  readonly order: Order | readonly Order[];
  /** Default: the longest stretch of each text that cleaning and escaping leave alone. */
  readonly reads?: string | readonly string[];
}

export function payload(name: string, { carrier, order, reads, text }: Written): Payload {
  const texts = typeof text === "string" ? [text] : text;
  return {
    name,
    carrier,
    texts,
    reads: reads === undefined ? texts.map(plainStretch) : typeof reads === "string" ? [reads] : reads,
    orders: "tool" in order ? [order] : order,
  };
}

/** At most 60 characters, so that no field's limit cuts it. */
function plainStretch(text: string): string {
  const stretches = text.match(/[\p{L}\p{N}.,:!?][\p{L}\p{N} .,:!?-]*/gu) ?? [];
  const longest = stretches.reduce((best, one) => (one.length > best.length ? one : best), "");
  return longest.slice(0, 60).trim();
}

export const note = (body: string): Order => ({ tool: "hubspot_create_note", input: { body } });
export const update = (property: string, value: string): Order => ({
  tool: "hubspot_update_contact",
  input: { property, value },
});
export const deal = (name: string, amount?: number): Order => ({
  tool: "hubspot_create_deal",
  input: { name, ...(amount !== undefined && { amount }) },
});
export const task = (title: string): Order => ({ tool: "hubspot_log_activity", input: { title } });
export const search = (query: string, more: { readonly [field: string]: unknown } = {}): Order => ({
  tool: "search_knowledge",
  input: { query, ...more },
});
export const lookUp = (more: { readonly [field: string]: unknown } = {}): Order => ({
  tool: "look_up_customer",
  input: more,
});
export const call = (tool: string, input: Order["input"]): Order => ({ tool, input });
