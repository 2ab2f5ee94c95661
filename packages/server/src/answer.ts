import type { WebhookReply } from "@halo/core";

/** On every answer: nothing is kept, guessed at, or shown inside another site (T28, T48). */
const always = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
} as const;

type More = Readonly<Record<string, string>>;

/** An answer that can be sent many times, and without a Response. */
export interface PlainAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** For programs: what only a browser heeds is left out. */
export function plainJson(status: number, value: unknown, more: More = {}): PlainAnswer {
  const body = JSON.stringify(value);
  const { "cache-control": cache, "x-content-type-options": sniff } = always;
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "content-length": String(new TextEncoder().encode(body).byteLength),
    "cache-control": cache,
    "x-content-type-options": sniff,
    ...more,
  };
  return { status, headers, body };
}

/** What a vendor asked to be answered with. */
export function plainReply({ body, contentType }: WebhookReply): PlainAnswer {
  const { headers } = plainJson(200, null);
  const length = String(new TextEncoder().encode(body).byteLength);
  const type = `${contentType}; charset=utf-8`;
  return { status: 200, headers: { ...headers, "content-type": type, "content-length": length }, body };
}

export function respond({ body, headers, status }: PlainAnswer): Response {
  return new Response(body, { status, headers });
}

export function json(status: number, value: unknown, headers: More = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { ...always, "content-type": "application/json; charset=utf-8", ...headers },
  });
}

export function redirect(status: 302 | 303, location: string, headers: More = {}): Response {
  return new Response(null, { status, headers: { ...always, location, ...headers } });
}

/** A page of a heading and a sentence, for who comes with a browser and has nowhere to go back to. */
export function page(status: number, heading: string, text: string, headers: More = {}): Response {
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(heading)}</title><h1>${escaped(heading)}</h1><p>${escaped(text)}</p></html>`;
  return new Response(body, {
    status,
    headers: { ...always, "content-type": "text/html; charset=utf-8", ...headers },
  });
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? "");
}
