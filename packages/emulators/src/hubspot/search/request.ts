import { type Call, jsonBody } from "../call.ts";
import { invalid } from "../errors.ts";
import type { ObjectType } from "../object-types.ts";

/** One condition, checked against the schema. */
export interface Filter {
  readonly propertyName: string;
  readonly operator: Operator;
  readonly value: string;
  readonly highValue: string;
  readonly values: readonly string[];
}

export interface SearchRequest {
  readonly filterGroups: readonly (readonly Filter[])[];
  readonly sort: { propertyName: string; descending: boolean } | undefined;
  readonly properties: readonly string[];
  readonly query: string;
  readonly limit: number;
  readonly after: number;
}

const OPERATORS = [
  "EQ",
  "NEQ",
  "LT",
  "LTE",
  "GT",
  "GTE",
  "BETWEEN",
  "IN",
  "NOT_IN",
  "HAS_PROPERTY",
  "NOT_HAS_PROPERTY",
  "CONTAINS_TOKEN",
  "NOT_CONTAINS_TOKEN",
] as const;

export type Operator = (typeof OPERATORS)[number];

/** Limits of the search endpoint (vendors/hubspot.md §2). */
export const SEARCH_LIMITS = {
  page: 200,
  results: 10_000,
  groups: 5,
  filtersInGroup: 6,
  filters: 18,
  bodyCharacters: 3_000,
} as const;

/** Reads and checks the body; every breach of a limit is a 400. */
export function parseSearch(call: Call, type: ObjectType): SearchRequest {
  if (call.text.length > SEARCH_LIMITS.bodyCharacters) {
    throw invalid(`The request body is too long: at most ${SEARCH_LIMITS.bodyCharacters} characters.`);
  }
  const body = jsonBody(call);
  const groups = array(body.filterGroups).map((group) =>
    array((group as Record<string, unknown>).filters).map((filter) =>
      parseFilter(call, type, filter as Record<string, unknown>),
    ),
  );
  if (groups.length > SEARCH_LIMITS.groups)
    throw invalid(`Too many filterGroups: at most ${SEARCH_LIMITS.groups}.`);
  if (groups.some((group) => group.length > SEARCH_LIMITS.filtersInGroup)) {
    throw invalid(`Too many filters in one group: at most ${SEARCH_LIMITS.filtersInGroup}.`);
  }
  if (groups.flat().length > SEARCH_LIMITS.filters) {
    throw invalid(`Too many filters: at most ${SEARCH_LIMITS.filters} in all.`);
  }
  const sorts = array(body.sorts).map(parseSort);
  if (sorts.length > 1) throw invalid("Only one sort can be applied.");
  const sort = sorts[0];
  if (sort) requireProperty(call, type, sort.propertyName);
  const limit = wholeNumber(body.limit, 10, "limit");
  if (limit < 0 || limit > SEARCH_LIMITS.page)
    throw invalid(`The limit must be at most ${SEARCH_LIMITS.page}.`);
  const after = wholeNumber(body.after, 0, "after");
  if (after >= SEARCH_LIMITS.results) {
    throw invalid(`Paging beyond ${SEARCH_LIMITS.results} results is not possible with search.`);
  }
  return {
    filterGroups: groups,
    sort,
    properties: array(body.properties).map(String),
    query: typeof body.query === "string" ? body.query : "",
    limit,
    after,
  };
}

const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

function wholeNumber(value: unknown, fallback: number, name: string): number {
  if (value === undefined || value === null || value === "") return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0) throw invalid(`Invalid integer for ${name}.`);
  return number;
}

/** An object with a direction, or a name as the vendor's own client types it; `-name` means descending. */
function parseSort(sort: unknown): { propertyName: string; descending: boolean } {
  if (typeof sort === "string") {
    return { propertyName: sort.replace(/^-/, ""), descending: sort.startsWith("-") };
  }
  const { propertyName, direction } = sort as { propertyName?: unknown; direction?: unknown };
  return { propertyName: String(propertyName), descending: direction === "DESCENDING" };
}

function parseFilter(call: Call, type: ObjectType, filter: Record<string, unknown>): Filter {
  const operator = OPERATORS.find((name) => name === filter.operator);
  if (!operator) throw invalid(`Unknown operator ${String(filter.operator)}.`);
  const propertyName = String(filter.propertyName);
  if (!propertyName.startsWith("associations.")) requireProperty(call, type, propertyName);
  const values = array(filter.values).map(String);
  if ((operator === "IN" || operator === "NOT_IN") && values.length === 0) {
    throw invalid(`Operator ${operator} needs values.`);
  }
  return {
    propertyName,
    operator,
    value: filter.value === undefined ? "" : String(filter.value),
    highValue: filter.highValue === undefined ? "" : String(filter.highValue),
    values,
  };
}

function requireProperty(call: Call, type: ObjectType, name: string): void {
  const property = call.portal.schema.of(type).get(name);
  if (!property?.searchable) {
    throw invalid(`There was a problem with the request: property ${name} cannot be searched.`, {
      errors: [{ message: `Property ${name} does not exist or is not searchable`, code: "INVALID_PROPERTY" }],
    });
  }
}
