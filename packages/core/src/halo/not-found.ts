import { ValidationError } from "../errors.ts";

/** For what an id names and the org does not have; another org's thing is not found either. */
export function found<T>(value: T | undefined, what: string): T {
  if (value === undefined) {
    throw new ValidationError(`No such ${what} in this org.`, {
      code: "not_found",
      path: "id",
      reason: `no ${what}`,
    });
  }
  return value;
}
