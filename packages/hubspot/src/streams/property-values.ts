import type { CrmObject } from "./crm-object.ts";

/** A property as text; unset and empty are the same at HubSpot. */
export function text(record: CrmObject, property: string): string | null {
  return record.properties[property] || null;
}

/** A number with all its digits; null for what is none (the raw value is kept with the row). */
export function decimal(record: CrmObject, property: string): string | null {
  const value = text(record, property)?.trim();
  return value && /^[+-]?\d{1,30}(\.\d{1,30})?$/.test(value) ? value : null;
}

export function integer(record: CrmObject, property: string): string | null {
  const value = decimal(record, property);
  return value && /^[+-]?\d{1,18}(\.0+)?$/.test(value) ? (value.split(".")[0] ?? null) : null;
}

export function flag(record: CrmObject, property: string): boolean | null {
  const value = text(record, property);
  return value === "true" ? true : value === "false" ? false : null;
}

/** A time: ISO 8601, or epoch milliseconds in older records. */
export function time(record: CrmObject, property: string): Date | undefined {
  const value = text(record, property);
  if (value === null) return undefined;
  const at = new Date(/^-?\d{10,15}$/.test(value) ? Number(value) : value);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

export function timestamp(record: CrmObject, property: string): string | null {
  return time(record, property)?.toISOString() ?? null;
}

/** A multi-select: values joined by `;`. */
export function list(record: CrmObject, property: string): readonly string[] {
  const values = text(record, property)?.split(";") ?? [];
  return values.map((value) => value.trim()).filter(Boolean);
}
