import { jsonReply, type Reply } from "../reply.ts";
import { associationTypes, defaultAssociation } from "./association-types.ts";
import { type Call, jsonBody, limitParam, nextPage, requireScopes, typeParam } from "./call.ts";
import { invalid, notFound } from "./errors.ts";
import { liveLinks } from "./links.ts";
import { type ObjectType, TYPE_FACTS } from "./object-types.ts";
import { isListed } from "./objects/inline-associations.ts";
import { batchInputs } from "./objects/read.ts";
import type { Link, StoredRecord } from "./record.ts";

const PAGE = 500;

function readBoth(call: Call, from: ObjectType, to: ObjectType): void {
  requireScopes(call.grant, [...new Set([...TYPE_FACTS[from].readScopes, ...TYPE_FACTS[to].readScopes])]);
}

function writeBoth(call: Call, from: ObjectType, to: ObjectType): void {
  requireScopes(call.grant, [...new Set([...TYPE_FACTS[from].writeScopes, ...TYPE_FACTS[to].writeScopes])]);
}

function presentEnd(call: Call, from: ObjectType, end: Link) {
  return {
    toObjectId: call.behaviour.associationIds === "number" ? Number(end.id) : end.id,
    associationTypes: end.types.map((typeId) => ({
      category: "HUBSPOT_DEFINED",
      typeId,
      label: associationTypes(from, end.type).find((type) => type.typeId === typeId)?.label ?? null,
    })),
  };
}

function page(call: Call, record: StoredRecord, to: ObjectType, after: string | null, limit: number) {
  const ends = liveLinks(record, to, (type, id) => isListed(call, type, id));
  const first = after ? ends.findIndex((end) => Number(end.id) >= Number(after)) : 0;
  const from = first < 0 ? ends.length : first;
  return { ends: ends.slice(from, from + limit), next: ends[from + limit]?.id };
}

/** POST /crm/associations/{from}/{to}/batch/read: at most 1,000 inputs; 207 names those without associations. */
export function readAssociations(call: Call): Reply {
  const from = typeParam(call, "from");
  const to = typeParam(call, "to");
  readBoth(call, from, to);
  const results: unknown[] = [];
  const without: string[] = [];
  for (const input of batchInputs(jsonBody(call), 1_000)) {
    const id = String(input.id ?? "");
    const record = call.portal.objects[from].get(id);
    const { ends, next } =
      record && isListed(call, from, id)
        ? page(call, record, to, typeof input.after === "string" ? input.after : null, PAGE)
        : { ends: [], next: undefined };
    if (ends.length === 0) {
      without.push(id);
      continue;
    }
    results.push({
      from: { id },
      to: ends.map((end) => presentEnd(call, from, end)),
      ...(next !== undefined && {
        paging: { next: { after: next, link: `${call.url.toString()}?after=${next}` } },
      }),
    });
  }
  const at = new Date(call.now).toISOString();
  const done = { status: "COMPLETE", results, requestedAt: at, startedAt: at, completedAt: at };
  if (without.length === 0) return jsonReply(200, done);
  return jsonReply(207, {
    ...done,
    numErrors: without.length,
    errors: without.map((id) => ({
      status: "error",
      category: "OBJECT_NOT_FOUND",
      subCategory: "crm.associations.NO_ASSOCIATIONS_FOUND",
      message: `No ${TYPE_FACTS[to].singular} is associated with ${TYPE_FACTS[from].singular} ${id}.`,
      context: { fromObjectId: [id], fromObjectType: [from], toObjectType: [to] },
      errors: [],
      links: {},
    })),
  });
}

/** GET /crm/objects/{type}/{id}/associations/{to} */
export function listAssociations(call: Call): Reply {
  const from = typeParam(call);
  const to = typeParam(call, "to");
  readBoth(call, from, to);
  const record = call.api.find(from, call.params.id ?? "");
  if (!record) throw notFound();
  const { ends, next } = page(call, record, to, call.query.get("after"), limitParam(call.query, PAGE, PAGE));
  return jsonReply(200, {
    results: ends.map((end) => presentEnd(call, from, end)),
    ...(next !== undefined && { paging: nextPage(call, next) }),
  });
}

/** GET /crm/associations/{from}/{to}/labels */
export function listLabels(call: Call): Reply {
  const from = typeParam(call, "from");
  const to = typeParam(call, "to");
  readBoth(call, from, to);
  return jsonReply(200, {
    results: associationTypes(from, to).map(({ typeId, label }) => ({
      category: "HUBSPOT_DEFINED",
      typeId,
      label,
    })),
  });
}

/** POST /crm/associations/{from}/{to}/batch/create | archive: at most 2,000 inputs. */
export function writeAssociations(call: Call): Reply {
  const from = typeParam(call, "from");
  const to = typeParam(call, "to");
  writeBoth(call, from, to);
  const archive = call.params.operation === "archive";
  const results: unknown[] = [];
  for (const input of batchInputs(jsonBody(call), 2_000)) {
    const a = liveEnd(call, from, (input.from as { id?: unknown } | undefined)?.id);
    const ends = (archive ? input.to : [input.to]) as { id?: unknown }[];
    for (const end of Array.isArray(ends) ? ends : []) {
      const b = liveEnd(call, to, end?.id);
      if (archive) {
        call.api.dissociate(a, b);
        continue;
      }
      const types = typeIds(from, to, input.types);
      call.api.associate(a, b, types);
      results.push(associated(from, to, a, b, types));
    }
  }
  if (archive) return { status: 204, headers: {}, body: undefined };
  const at = new Date(call.now).toISOString();
  return jsonReply(201, { status: "COMPLETE", results, requestedAt: at, startedAt: at, completedAt: at });
}

const associated = (
  from: ObjectType,
  to: ObjectType,
  a: { id: string },
  b: { id: string },
  types: readonly number[] | undefined,
) => ({
  fromObjectTypeId: TYPE_FACTS[from].objectTypeId,
  fromObjectId: Number(a.id),
  toObjectTypeId: TYPE_FACTS[to].objectTypeId,
  toObjectId: Number(b.id),
  labels: associationTypes(from, to)
    .filter((type) => types?.includes(type.typeId) && type.label !== null)
    .map((type) => type.label),
});

/** PUT and DELETE /crm/objects/{type}/{id}/associations/…; without types the unlabelled one. */
export function putAssociation(call: Call): Reply {
  const from = typeParam(call);
  const to = typeParam(call, "to");
  writeBoth(call, from, to);
  const a = liveEnd(call, from, call.params.id);
  const b = liveEnd(call, to, call.params.toId);
  if (call.method === "DELETE") {
    call.api.dissociate(a, b);
    return { status: 204, headers: {}, body: undefined };
  }
  const types = call.params.default === undefined ? typeIds(from, to, parseArray(call.text)) : undefined;
  call.api.associate(a, b, types);
  if (types) return jsonReply(201, associated(from, to, a, b, types));
  const spec = { associationCategory: "HUBSPOT_DEFINED", associationTypeId: defaultAssociation(from, to) };
  const at = new Date(call.now).toISOString();
  const results = [{ from: { id: a.id }, to: { id: b.id }, associationSpec: spec }];
  return jsonReply(200, { status: "COMPLETE", results, requestedAt: at, startedAt: at, completedAt: at });
}

function parseArray(text: string): unknown {
  try {
    return JSON.parse(text || "[]");
  } catch {
    throw invalid("Invalid input JSON.");
  }
}

function liveEnd(call: Call, type: ObjectType, id: unknown): { type: ObjectType; id: string } {
  const record = call.api.find(type, String(id));
  if (!record) throw notFound(`${TYPE_FACTS[type].singular} ${String(id)} was not found`);
  return { type, id: record.id };
}

function typeIds(from: ObjectType, to: ObjectType, value: unknown): number[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const known = associationTypes(from, to).map((type) => type.typeId);
  return value.map((spec: { associationTypeId?: unknown }) => {
    const typeId = Number(spec.associationTypeId);
    if (!known.includes(typeId))
      throw invalid(`Association type ${typeId} does not go from ${from} to ${to}.`);
    return typeId;
  });
}
