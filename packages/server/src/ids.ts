import { ValidationError } from "@halo/core";

/** An id from a path, a query or a body. What cannot be one is unknown, as one of another org is (T30). */
export function requireId(value: string, what: string): string {
  if (/^[\w.:-]{1,128}$/.test(value)) return value;
  throw unknown(what);
}

export function unknown(what: string): ValidationError {
  return new ValidationError(`There is no such ${what}.`, {
    code: "not_found",
    path: what,
    reason: "unknown",
  });
}
