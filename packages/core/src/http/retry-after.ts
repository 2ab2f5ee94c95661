/**
 * How long a vendor asks to wait, in ms: `Retry-After` as seconds or as an HTTP date (RFC 9110 §10.2.3). A date is
 * read against the answer's own Date header, so that our clock does not matter. Undefined if absent or unreadable.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d{1,10}(?:\.\d{1,6})?$/.test(value)) return Math.ceil(Number(value) * 1000);
  // Date.parse also takes bare numbers and ISO strings; a HTTP date begins with the name of a day.
  if (!/^[a-z]/i.test(value)) return undefined;
  const at = Date.parse(value);
  if (Number.isNaN(at)) return undefined;
  const sent = Date.parse(headers.get("date") ?? "");
  return Math.max(0, at - (Number.isNaN(sent) ? now : sent));
}
