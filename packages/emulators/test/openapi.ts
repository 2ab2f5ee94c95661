import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

const SHARED = process.env.HALO_SHARED ?? join(import.meta.dirname, "../../../../shared");

/** As much of a schema as the re-stated files use. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly nullable?: boolean;
  readonly enum?: readonly unknown[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly allOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

export interface Operation {
  readonly operationId: string;
  readonly "x-scopes"?: readonly string[];
  readonly "x-rate-label"?: string;
  readonly responses: Readonly<
    Record<string, { readonly content?: { readonly "application/json"?: { readonly schema: Schema } } }>
  >;
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A document of the folder with the vendors' specs; undefined when there is none, which under CI is an error. */
export function sharedOpenApi(path: string): OpenApi | undefined {
  const file = join(SHARED, path);
  if (existsSync(file)) return parse(readFileSync(file, "utf8")) as OpenApi;
  if (process.env.CI === "true") throw new Error(`HALO_SHARED has no ${path}: the vendor specs are missing.`);
  return undefined;
}

/** Every operation as `GET /path`. */
export const operationsOf = (spec: OpenApi): ReadonlyMap<string, Operation> =>
  new Map(
    Object.entries(spec.paths).flatMap(([path, operations]) =>
      Object.entries(operations).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    ),
  );

/** Where an answer does not fit the operation's schema for its status; empty when it fits. */
export function answerErrors(spec: OpenApi, operation: Operation, status: number, body: unknown): string[] {
  const response = operation.responses[String(status)];
  if (!response) return [`${operation.operationId}: status ${status} is not in the document`];
  const schema = response.content?.["application/json"]?.schema;
  return schema ? schemaErrors(spec, schema, body, operation.operationId) : [];
}

/** Strict: what the schema does not name is an error too. */
export function schemaErrors(spec: OpenApi, given: Schema, value: unknown, at: string): string[] {
  const schema = flat(spec, given);
  if (value === null) return schema.nullable ? [] : [`${at}: null`];
  if (schema.oneOf) {
    const tried = schema.oneOf.map((one) => schemaErrors(spec, one, value, at));
    return tried.some((errors) => errors.length === 0) ? [] : (tried[0] ?? []);
  }
  const wrong = (what: string) => [`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${what}`];
  if (schema.enum && !schema.enum.includes(value)) return wrong(schema.enum.join(" or "));
  switch (schema.type) {
    case "array": {
      const { items } = schema;
      if (!Array.isArray(value)) return wrong("list");
      return items ? value.flatMap((one, i) => schemaErrors(spec, items, one, `${at}[${i}]`)) : [];
    }
    case "object":
      return typeof value === "object" && !Array.isArray(value)
        ? objectErrors(spec, schema, value as Record<string, unknown>, at)
        : wrong("object");
    case "integer":
      return Number.isInteger(value) ? [] : wrong("integer");
    case "string":
      return typeof value === "string" ? textErrors(schema, value, at) : wrong("string");
    case undefined:
      return [];
    default:
      return typeof value === schema.type ? [] : wrong(schema.type);
  }
}

function objectErrors(spec: OpenApi, schema: Schema, value: Record<string, unknown>, at: string): string[] {
  const { properties = {}, required = [] } = schema;
  const missing = required.filter((name) => !(name in value)).map((name) => `${at}.${name}: missing`);
  // An object without named fields may hold any.
  if (schema.properties === undefined) return missing;
  const found = Object.entries(value).flatMap(([name, inner]) => {
    const field = properties[name];
    return field ? schemaErrors(spec, field, inner, `${at}.${name}`) : [`${at}.${name}: not in the document`];
  });
  return [...missing, ...found];
}

function textErrors({ format, pattern }: Schema, value: string, at: string): string[] {
  const wrong = (what: string) => [`${at}: ${JSON.stringify(value)} is no ${what}`];
  if (format === "date-time" && !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(value)) return wrong("date-time");
  if (format === "uri" && !URL.canParse(value)) return wrong("URI");
  return pattern !== undefined && !new RegExp(pattern).test(value) ? wrong(pattern) : [];
}

/** With references followed and parts put together. */
function flat(spec: OpenApi, schema: Schema): Schema {
  if (schema.$ref !== undefined)
    return flat(spec, spec.components.schemas[schema.$ref.split("/").at(-1) ?? ""] ?? {});
  if (!schema.allOf) return schema;
  const parts = schema.allOf.map((part) => flat(spec, part));
  return {
    ...schema,
    ...Object.assign({}, ...parts),
    required: parts.flatMap(({ required }) => required ?? []),
    properties: Object.assign({}, ...parts.map(({ properties }) => properties)),
    ...(schema.nullable && { nullable: true }),
  };
}
