import { jsonReply, type Reply } from "../../reply.ts";
import { type Call, requireScopes, typeParam } from "../call.ts";
import type { Collection } from "../collection.ts";
import { type ObjectType, TYPE_FACTS } from "../object-types.ts";
import { type Fields, present, propertyReader, type StoredRecord } from "../record.ts";
import { compileFilter, containsToken, type Filtered, toNumber } from "./filter.ts";
import { type Operator, parseSearch, SEARCH_LIMITS, type SearchRequest } from "./request.ts";

/** A record as search knows it: perhaps an older version. */
interface Hit extends Filtered {
  readonly record: StoredRecord;
  readonly fields: Fields;
  readonly updatedAt: number;
}

/** The last answer of each collection: reading page after page of one query costs one search. */
const lastResults = new WeakMap<Collection, { key: string; revision: number; hits: readonly Hit[] }>();

/** POST /crm/objects/{type}/search */
export function searchObjects(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const request = parseSearch(call, type);
  const hits = findHits(call, type, request);
  const end = Math.min(request.after + request.limit, SEARCH_LIMITS.results);
  const known = (name: string) => call.portal.schema.has(type, name);
  return jsonReply(200, {
    total: hits.length,
    results: hits
      .slice(request.after, end)
      .map((hit) => present(hit.record, request.properties, known, hit.fields, hit.updatedAt)),
    // A cursor of 10,000 is still given out; asking with it is an error.
    ...(end < hits.length && { paging: { next: { after: String(end), link: call.url.toString() } } }),
  });
}

function findHits(call: Call, type: ObjectType, request: SearchRequest): readonly Hit[] {
  const collection = call.portal.objects[type];
  const settled = call.now >= collection.unsettledUntil;
  const key = JSON.stringify([request.filterGroups, request.sort, request.query]);
  const last = lastResults.get(collection);
  if (settled && last?.key === key && last.revision === collection.revision) return last.hits;

  const { modifiedProperty } = TYPE_FACTS[type];
  const byTime = request.sort?.propertyName === modifiedProperty;
  const records = byTime && settled ? collection.byModified() : collection.records;
  const admits = compile(call, type, request);
  const hits: Hit[] = [];
  for (const record of records) {
    const hit = indexed(record, call.now);
    if (hit && admits(hit)) hits.push(hit);
  }
  // Records lie in the order of their ids already.
  const sorted = (byTime && settled) || request.sort?.propertyName === "hs_object_id";
  if (request.sort && !sorted) sortHits(hits, request.sort.propertyName, call, type);
  if (request.sort?.descending) hits.reverse();
  if (settled) lastResults.set(collection, { key, revision: collection.revision, hits });
  return hits;
}

/** The record as the index has it now: never archived, never merged away, and behind by the lag. */
function indexed(record: StoredRecord, now: number): Hit | undefined {
  let state: { fields: Fields; updatedAt: number } | undefined =
    record.archivedAt === undefined && record.mergedInto === undefined ? record : undefined;
  if (record.versions) state = record.versions.findLast((version) => version.visibleAt <= now)?.state;
  if (!state) return undefined;
  const { fields, updatedAt } = state;
  let read: ((name: string) => string | undefined) | undefined;
  return {
    record,
    fields,
    updatedAt,
    read(name) {
      read ??= propertyReader(record, fields, updatedAt);
      return read(name);
    },
    isLinked: (type, id) => record.links.some((end) => end.type === type && end.id === id),
  };
}

/** Properties whose value a record has as a number. */
function numberOf(propertyName: string, type: ObjectType): ((hit: Hit) => number) | undefined {
  if (propertyName === TYPE_FACTS[type].modifiedProperty) return (hit) => hit.updatedAt;
  return propertyName === "hs_object_id" ? (hit) => hit.record.key : undefined;
}

const COMPARISONS: Readonly<Partial<Record<Operator, (value: number, bound: number) => boolean>>> = {
  EQ: (value, bound) => value === bound,
  GT: (value, bound) => value > bound,
  GTE: (value, bound) => value >= bound,
  LT: (value, bound) => value < bound,
  LTE: (value, bound) => value <= bound,
};

function compile(call: Call, type: ObjectType, request: SearchRequest): (hit: Hit) => boolean {
  const properties = call.portal.schema.of(type);
  const { searchedProperties } = TYPE_FACTS[type];
  const groups = request.filterGroups.map((group) =>
    group.map((filter) => {
      const { propertyName, operator, value } = filter;
      // The filters of every incremental read, without making text of numbers and numbers of text.
      const number = numberOf(propertyName, type);
      const holds = number && COMPARISONS[operator];
      if (!holds) return compileFilter(filter, properties.get(propertyName));
      const bound = toNumber(value);
      return (hit: Hit) => holds(number(hit), bound);
    }),
  );
  const query = request.query.trim();
  return (hit) => {
    if (groups.length > 0 && !groups.some((group) => group.every((holds) => holds(hit)))) return false;
    if (query === "") return true;
    return searchedProperties.some((name) => containsToken(hit.read(name) ?? "", query));
  };
}

function sortHits(hits: Hit[], propertyName: string, call: Call, type: ObjectType): void {
  const kind = call.portal.schema.of(type).get(propertyName)?.type;
  const numeric = kind === "number" || kind === "datetime" || kind === "date";
  const value = (hit: Hit): string | number => {
    if (propertyName === TYPE_FACTS[type].modifiedProperty) return hit.updatedAt;
    const text = hit.read(propertyName);
    if (numeric) return text === undefined ? Number.NEGATIVE_INFINITY : toNumber(text);
    return text?.toLowerCase() ?? "";
  };
  const keyed = hits.map((hit) => ({ hit, value: value(hit) }));
  keyed.sort((a, b) =>
    a.value < b.value ? -1 : a.value > b.value ? 1 : a.hit.record.key - b.hit.record.key,
  );
  keyed.forEach(({ hit }, i) => {
    hits[i] = hit;
  });
}
