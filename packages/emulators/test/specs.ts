import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const SHARED = process.env.HALO_SHARED ?? join(import.meta.dirname, "../../../../shared");

/** A file of the folder with the vendors' specs; undefined when there is none, which under CI is an error. */
export function sharedFile<T>(path: string): T | undefined {
  const file = join(SHARED, path);
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
  if (process.env.CI === "true") throw new Error(`HALO_SHARED has no ${path}: the vendor specs are missing.`);
  return undefined;
}

/** The names of the files in a folder of it; none when it is not there. */
export function sharedFiles(path: string): readonly string[] {
  const folder = join(SHARED, path);
  return existsSync(folder) ? readdirSync(folder) : [];
}

export interface VendorSpec {
  readonly groups: Readonly<
    Record<
      string,
      {
        readonly endpoints: readonly { http: string; path: string; query?: string[]; body?: string }[];
        readonly models: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
      }
    >
  >;
  readonly association_type_ids: Readonly<Record<string, number>>;
}

export const hubspotSpec = (): VendorSpec | undefined =>
  sharedFile<VendorSpec>("specs/hubspot/api-client-14.0.1.json");

/** Where an answer differs from a model of the spec; empty when it fits. Unknown fields are allowed, as vendors add some. */
export function modelErrors(
  spec: VendorSpec,
  group: string,
  model: string,
  value: unknown,
  at = model,
): string[] {
  const models = spec.groups[group]?.models ?? {};
  const fields = models[model];
  if (!fields) return [`${at}: no model ${model} in ${group}`];
  if (Array.isArray(fields.enum))
    return fields.enum.includes(value) ? [] : [`${at}: ${String(value)} is not in the enum`];
  if (typeof value !== "object" || value === null) return [`${at}: not an object`];
  return Object.entries(fields as Record<string, string>).flatMap(([name, type]) => {
    const given = (value as Record<string, unknown>)[name.replace(/^_/, "")];
    if (given === undefined) return type.endsWith("?") ? [] : [`${at}.${name}: missing`];
    return typeErrors(spec, group, type.replace(/ \?$/, "").trim(), given, `${at}.${name}`);
  });
}

function typeErrors(spec: VendorSpec, group: string, type: string, value: unknown, at: string): string[] {
  const wrong = (ok: boolean) => (ok ? [] : [`${at}: ${JSON.stringify(value)?.slice(0, 60)} is no ${type}`]);
  const list = /^Array<(.+)>$/.exec(type);
  if (list) {
    if (!Array.isArray(value)) return wrong(false);
    return value.flatMap((item, i) => typeErrors(spec, group, list[1] ?? "", item, `${at}[${i}]`));
  }
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return wrong(false);
    return Object.entries(value).flatMap(([key, item]) =>
      typeErrors(spec, group, map[1] ?? "", item, `${at}.${key}`),
    );
  }
  if (type.includes(" | "))
    return wrong(type.split(" | ").some((one) => typeErrors(spec, group, one, value, at).length === 0));
  if (type === "null") return wrong(value === null);
  if (type === "any") return [];
  if (type.startsWith("Date")) return wrong(typeof value === "string" && !Number.isNaN(Date.parse(value)));
  for (const name of ["string", "number", "boolean"])
    if (type.startsWith(name)) return wrong(typeof value === name);
  return spec.groups[group]?.models[type] ? modelErrors(spec, group, type, value, at) : [];
}
