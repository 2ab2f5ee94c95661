import { ValidationError } from "@halo/core";
import * as z from "zod";
import type { Surface } from "./context.ts";
import { readBody } from "./read-body.ts";
import { Refusal } from "./refusal.ts";

const maxDepth = 32;

/** The JSON body of a call to the admin API, checked. */
export async function bodyOf<T>(surface: Surface, request: Request, schema: z.ZodType<T>): Promise<T> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new Refusal(415, "body_not_json", "Send JSON, with content-type: application/json.");
  }
  const { adminBytes, bodyMs } = surface.limits;
  const bytes = await readBody(request, { maxBytes: adminBytes, maxMs: bodyMs });
  return checked(schema, bytes.byteLength === 0 ? {} : parsed(bytes));
}

/** The query of a call, checked; a parameter that stands there twice is none. */
export function queryOf<T>(request: Request, schema: z.ZodType<T>): T {
  const { searchParams } = new URL(request.url);
  const query: Record<string, string> = {};
  for (const name of new Set(searchParams.keys())) {
    const values = searchParams.getAll(name);
    if (values.length !== 1) throw invalid(name, "given more than once");
    query[name] = values[0] ?? "";
  }
  return checked(schema, query);
}

function parsed(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw invalid("body", "not JSON");
  }
  if (deeperThan(value, maxDepth)) throw invalid("body", "nested too deeply");
  return value;
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => deeperThan(inner, levels - 1));
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw invalid(issue?.path.join(".") ?? "", issue?.message ?? "invalid");
}

export function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("The request does not fit: see `path` and `reason`.", { path, reason });
}

export const id = z.string().regex(/^[\w.:-]{1,128}$/, "not an id");
export const limit = z.coerce.number().int().min(1).max(200).default(50);
