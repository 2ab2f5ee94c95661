import { objectType } from "../object-types.ts";
import type { PropertyDefinition } from "../schema.ts";
import type { Filter } from "./request.ts";

/** What a filter may ask of a record. */
export interface Filtered {
  read(name: string): string | undefined;
  isLinked(type: string, id: string): boolean;
}

/** Compiles one condition. Times and numbers compare as numbers, all else as text without regard to case. */
export function compileFilter(
  filter: Filter,
  property: PropertyDefinition | undefined,
): (record: Filtered) => boolean {
  const { propertyName, operator } = filter;
  if (propertyName.startsWith("associations.")) {
    const kind = objectType(propertyName.slice("associations.".length)) ?? "";
    return (record) => record.isLinked(kind, filter.value);
  }
  const numeric = property?.type === "number" || property?.type === "datetime" || property?.type === "date";
  const enumerated = property?.type === "enumeration";
  const convert = numeric ? toNumber : (text: string) => (enumerated ? text : text.toLowerCase());
  const low = convert(filter.value);
  const high = convert(filter.highValue);
  const value = (record: Filtered) => {
    const text = record.read(propertyName);
    return text === undefined ? undefined : convert(text);
  };
  switch (operator) {
    case "HAS_PROPERTY":
      return (record) => record.read(propertyName) !== undefined;
    case "NOT_HAS_PROPERTY":
      return (record) => record.read(propertyName) === undefined;
    case "EQ":
      return (record) => value(record) === low;
    case "NEQ":
      return (record) => value(record) !== low;
    case "LT":
      return compare(value, (v) => v < low);
    case "LTE":
      return compare(value, (v) => v <= low);
    case "GT":
      return compare(value, (v) => v > low);
    case "GTE":
      return compare(value, (v) => v >= low);
    case "BETWEEN":
      return compare(value, (v) => v >= low && v <= high);
    case "IN":
    case "NOT_IN": {
      // Text is kept in lower case, and the values given are not: one with a capital letter never matches.
      const values = new Set<string | number>(numeric ? filter.values.map(toNumber) : filter.values);
      const wanted = operator === "IN";
      return (record) => {
        const v = value(record);
        return v === undefined ? !wanted : values.has(v) === wanted;
      };
    }
    case "CONTAINS_TOKEN":
      return (record) => containsToken(record.read(propertyName) ?? "", filter.value);
    case "NOT_CONTAINS_TOKEN":
      return (record) => !containsToken(record.read(propertyName) ?? "", filter.value);
  }
}

type Value = string | number;

const compare =
  (value: (record: Filtered) => Value | undefined, holds: (v: Value) => boolean) => (record: Filtered) => {
    const v = value(record);
    return v !== undefined && holds(v);
  };

/** Epoch milliseconds for times in either form, else the number itself. */
export function toNumber(text: string): number {
  const number = Number(text);
  return Number.isNaN(number) ? Date.parse(text) : number;
}

const tokens = (text: string) =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);

/** Every token of the wanted text must occur; `*` at either end stands for any letters. */
export function containsToken(text: string, wanted: string): boolean {
  const have = tokens(text);
  return wanted
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .every((word) => {
      const [starts, ends] = [word.endsWith("*"), word.startsWith("*")];
      const parts = tokens(word);
      return parts.every((part) =>
        have.some(
          (token) => token === part || (starts && token.startsWith(part)) || (ends && token.endsWith(part)),
        ),
      );
    });
}
