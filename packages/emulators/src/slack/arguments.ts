import { invalidArguments, refuse } from "./errors.ts";

/** Arguments as a method reads them: text, or what a JSON body held. */
export type Arguments = ReadonlyMap<string, unknown>;

export interface ArgumentSource {
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly text: string;
  /** Whether this method takes a JSON body. */
  readonly takesJson: boolean;
}

/** Query, form and JSON together; the body wins. A token in the query is nobody's (vendors/slack.md §0). */
export function readArguments({ query, contentType, text, takesJson }: ArgumentSource): Map<string, unknown> {
  const all = new Map<string, unknown>();
  for (const [name, value] of query) if (name !== "token") all.set(name, value);
  if (text === "") return all;
  if (contentType.includes("application/json")) {
    // guess: a method that takes no JSON does not read the body, and misses its arguments.
    if (!takesJson) return all;
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      throw refuse("invalid_json");
    }
    if (typeof body !== "object" || body === null || Array.isArray(body)) throw refuse("json_not_object");
    for (const [name, value] of Object.entries(body)) if (value !== undefined) all.set(name, value);
    return all;
  }
  if (!contentType.includes("application/x-www-form-urlencoded")) throw refuse("invalid_post_type");
  for (const [name, value] of new URLSearchParams(text)) all.set(name, value);
  return all;
}

export function textArg(args: Arguments, name: string): string | undefined {
  const value = args.get(name);
  if (value === undefined || value === null || value === "") return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The vendor names what is missing. */
export function requiredText(args: Arguments, name: string): string {
  const value = textArg(args, name);
  if (value === undefined) throw invalidArguments([`missing required field: ${name}`]);
  return value;
}

export function flagArg(args: Arguments, name: string): boolean | undefined {
  const value = args.get(name);
  if (value === undefined || value === null || value === "") return undefined;
  return value === true || value === "true" || value === "1" || value === 1;
}

/** A value that a form carries as JSON text. Undefined when absent or empty. */
export function jsonArg(args: Arguments, name: string, invalid: string): unknown {
  const value = args.get(name);
  if (typeof value !== "string") return value ?? undefined;
  if (value === "") return undefined;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    throw refuse(invalid);
  }
}

export function listArg(args: Arguments, name: string): string[] {
  return (textArg(args, name) ?? "")
    .split(",")
    .map((value) => value.trim())
    .filter(Boolean);
}
