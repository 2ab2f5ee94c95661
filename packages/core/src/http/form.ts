import type { Fields, FieldValue } from "../ports/vendor-http.ts";

/** `application/x-www-form-urlencoded` of nested fields: `items[0][price]`, `expand[]`. What is undefined is left out. */
export function encodeForm(fields: Fields): string {
  const encoded = new URLSearchParams();
  appendFields(encoded, fields);
  return encoded.toString();
}

/** The same for a query, beside what is in it already. */
export function appendFields(to: URLSearchParams, fields: Fields): void {
  for (const [name, value] of Object.entries(fields)) append(to, name, value);
}

function append(to: URLSearchParams, name: string, value: FieldValue): void {
  if (value === undefined) return;
  if (typeof value !== "object") {
    to.append(name, String(value));
  } else if (isList(value)) {
    value.forEach((item, index) => {
      append(to, typeof item === "object" ? `${name}[${index}]` : `${name}[]`, item);
    });
  } else {
    for (const [inner, item] of Object.entries(value)) append(to, `${name}[${inner}]`, item);
  }
}

/** `Array.isArray` leaves readonly lists out of what it narrows to. */
function isList(value: object): value is readonly FieldValue[] {
  return Array.isArray(value);
}
