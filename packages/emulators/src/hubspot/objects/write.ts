import { emptyReply, jsonReply, type Reply } from "../../reply.ts";
import { associationTypes } from "../association-types.ts";
import { type Call, jsonBody, requireScopes, typeParam } from "../call.ts";
import { invalid, notFound, refuse } from "../errors.ts";
import { type ObjectType, TYPE_FACTS } from "../object-types.ts";
import type { NewAssociation } from "../portal-api.ts";
import type { StoredRecord } from "../record.ts";
import { batchInputs, batchReply, findRecord, presentFor } from "./read.ts";
import { refuseUnfitValues, refuseUnknownProperties } from "./validate.ts";

const REQUIRED: Readonly<Partial<Record<ObjectType, readonly string[]>>> = {
  deals: ["dealname", "dealstage"],
  emails: ["hs_timestamp"],
  notes: ["hs_timestamp"],
  calls: ["hs_timestamp"],
  meetings: ["hs_timestamp"],
  tasks: ["hs_timestamp"],
};

/** POST /crm/objects/{type} */
export function createObject(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].writeScopes);
  return jsonReply(201, shown(call, createOne(call, type, jsonBody(call))));
}

/** PATCH /crm/objects/{type}/{id}; a merged-away id still works here. */
export function updateObject(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].writeScopes);
  const record = findRecord(call, type, call.params.id ?? "", call.query.get("idProperty"), false);
  if (!record) throw notFound();
  const properties = writable(call, type, jsonBody(call).properties, record);
  refuseBackwards(record, properties);
  return jsonReply(200, shown(call, call.api.update(type, record.id, properties, { source: "API" })));
}

/** DELETE /crm/objects/{type}/{id}: 204 also for what is gone already. */
export function archiveObject(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].writeScopes);
  const id = call.params.id ?? "";
  if (call.portal.objects[type].get(id)) call.api.archive(type, id, { source: "API" });
  return emptyReply();
}

/** POST /crm/objects/{type}/batch/create|update|archive|upsert */
export function batchWrite(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].writeScopes);
  const inputs = batchInputs(jsonBody(call), 100);
  switch (call.params.operation) {
    case "create":
      return traced(call, inputs, (input) => shown(call, createOne(call, type, input)));
    case "update":
      return updateMany(call, type, inputs);
    case "upsert":
      return batchReply(
        call.now,
        inputs.map((input) => upsertOne(call, type, input)),
        [],
      );
    case "archive":
      for (const { id } of inputs) {
        if (call.portal.objects[type].get(String(id))) call.api.archive(type, String(id), { source: "API" });
      }
      return emptyReply();
    default:
      throw notFound();
  }
}

function updateMany(call: Call, type: ObjectType, inputs: readonly Record<string, unknown>[]): Reply {
  const results: unknown[] = [];
  const missing: string[] = [];
  for (const input of inputs) {
    const id = String(input.id ?? "");
    const record = call.portal.objects[type].get(id);
    // A merged-away id does not work in a batch (vendors/hubspot.md §5).
    if (!record || record.mergedInto !== undefined || record.archivedAt !== undefined) {
      missing.push(id);
      continue;
    }
    results.push(
      shown(call, call.api.update(type, id, writable(call, type, input.properties), { source: "API" })),
    );
  }
  return batchReply(call.now, results, missing);
}

/** With an objectWriteTraceId on every input a batch answers 207 for what failed; without, it fails as a whole. */
function traced(
  call: Call,
  inputs: readonly Record<string, unknown>[],
  write: (input: Record<string, unknown>) => unknown,
): Reply {
  const labelled = inputs.every((input) => typeof input.objectWriteTraceId === "string");
  const results: unknown[] = [];
  const errors: unknown[] = [];
  for (const input of inputs) {
    try {
      const record = write(input) as object;
      results.push(labelled ? { ...record, objectWriteTraceId: input.objectWriteTraceId } : record);
    } catch (error) {
      if (!labelled || !isRefusal(error)) throw error;
      const body = error.reply.body as Record<string, unknown>;
      errors.push({
        ...body,
        context: { ...(body.context as object), objectWriteTraceId: [String(input.objectWriteTraceId)] },
        links: {},
        errors: [],
      });
    }
  }
  const at = new Date(call.now).toISOString();
  const done = { status: "COMPLETE", results, requestedAt: at, startedAt: at, completedAt: at };
  return errors.length > 0
    ? jsonReply(207, { ...done, numErrors: errors.length, errors })
    : jsonReply(201, done);
}

const isRefusal = (error: unknown): error is { reply: Reply } =>
  typeof error === "object" && error !== null && "reply" in error;

function upsertOne(call: Call, type: ObjectType, input: Record<string, unknown>): object {
  const idProperty = typeof input.idProperty === "string" ? input.idProperty : null;
  const existing = findRecord(call, type, String(input.id ?? ""), idProperty, false);
  if (existing) {
    const properties = writable(call, type, input.properties);
    return { ...shown(call, call.api.update(type, existing.id, properties, { source: "API" })), new: false };
  }
  const given = (input.properties ?? {}) as Record<string, unknown>;
  const properties = idProperty === null ? given : { [idProperty]: input.id, ...given };
  return { ...shown(call, createOne(call, type, { ...input, properties })), new: true };
}

function createOne(call: Call, type: ObjectType, input: Record<string, unknown>): StoredRecord {
  const properties = writable(call, type, input.properties);
  const missing = (REQUIRED[type] ?? []).filter((name) => !properties[name]);
  if (missing.length > 0) {
    throw invalid(`Error creating ${TYPE_FACTS[type].singular}. Some required properties were not set.`, {
      context: { properties: missing },
      errors: missing.map((name) => ({
        message: `Required property '${name}' is missing`,
        code: "MISSING_REQUIRED_PROPERTY",
        context: { properties: [name] },
      })),
    });
  }
  refuseDuplicate(call, type, properties);
  const record = call.api.create(type, properties, newAssociations(call, type, input.associations), {
    source: "API",
  });
  return record;
}

/** 409 names the existing id in its text only, which is where clients read it. */
function refuseDuplicate(call: Call, type: ObjectType, properties: Record<string, string>): void {
  if (type !== "contacts" || !properties.email) return;
  const existing = findRecord(call, type, properties.email, "email", false);
  if (existing) throw refuse(409, "CONFLICT", `Contact already exists. Existing ID: ${existing.id}`);
}

function newAssociations(call: Call, type: ObjectType, value: unknown): NewAssociation[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid("Invalid input JSON: associations must be an array.");
  return value.map((entry: { to?: { id?: unknown }; types?: { associationTypeId?: unknown }[] }) => {
    const typeIds = (entry.types ?? []).map((t) => Number(t.associationTypeId));
    const id = String(entry.to?.id ?? "");
    for (const other of Object.keys(call.portal.objects) as ObjectType[]) {
      const known = associationTypes(type, other).map((t) => t.typeId);
      if (typeIds.length === 0 || !typeIds.every((typeId) => known.includes(typeId))) continue;
      if (!call.portal.objects[other].get(id)) {
        throw invalid(`${TYPE_FACTS[other].singular} ${id} does not exist`, { category: "OBJECT_NOT_FOUND" });
      }
      return { to: { type: other, id }, types: typeIds };
    }
    throw invalid("One or more association types are not valid for these objects.");
  });
}

/** Read-only values are ignored, unknown names and values that do not fit refused (vendors/hubspot.md §2). */
function writable(
  call: Call,
  type: ObjectType,
  value: unknown,
  record?: StoredRecord,
): Record<string, string> {
  if (typeof value !== "object" || value === null)
    throw invalid("Invalid input JSON: properties is required.");
  const properties: Record<string, string> = {};
  const unknown: string[] = [];
  for (const [name, given] of Object.entries(value)) {
    const definition = call.portal.schema.of(type).get(name);
    if (!definition) unknown.push(name);
    else if (!definition.readOnly) properties[name] = stored(definition.type, given);
  }
  refuseUnknownProperties(unknown);
  refuseUnfitValues(call.portal, type, properties, record);
  return properties;
}

/** Date-times may be written as epoch ms or ISO text and are read as ISO. */
function stored(type: string, value: unknown): string {
  const text = value === null || value === undefined ? "" : String(value);
  return type === "datetime" && /^\d{10,}$/.test(text) ? new Date(Number(text)).toISOString() : text;
}

const STAGES = [
  "subscriber",
  "lead",
  "marketingqualifiedlead",
  "salesqualifiedlead",
  "opportunity",
  "customer",
];

/** `lifecyclestage` only moves forward unless it was cleared first; the vendor leaves the old value. */
function refuseBackwards(record: StoredRecord, properties: Record<string, string>): void {
  const [old, next] = [record.fields.lifecyclestage, properties.lifecyclestage].map((s) =>
    STAGES.indexOf(s ?? ""),
  );
  if (old !== undefined && next !== undefined && next >= 0 && next < old) delete properties.lifecyclestage;
}

const shown = (call: Call, record: StoredRecord) => presentFor(call, record, Object.keys(record.fields));

/** POST /crm/objects/contacts/merge */
export function mergeObjects(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].writeScopes);
  const { primaryObjectId, objectIdToMerge } = jsonBody(call);
  const primary = call.api.find(type, String(primaryObjectId));
  const merged = call.api.find(type, String(objectIdToMerge));
  if (!primary || !merged) throw notFound();
  if (primary === merged) throw invalid("An object cannot be merged with itself.");
  return jsonReply(200, shown(call, call.api.merge(type, primary.id, merged.id, { source: "API" })));
}

/** POST /crm/objects/contacts/gdpr-delete */
export function gdprDelete(call: Call): Reply {
  requireScopes(call.grant, TYPE_FACTS.contacts.writeScopes);
  const { objectId, idProperty } = jsonBody(call);
  const by = typeof idProperty === "string" ? idProperty : null;
  const record = findRecord(call, "contacts", String(objectId), by, false);
  if (!record) throw notFound();
  call.api.gdprDelete(record.id);
  return emptyReply();
}
