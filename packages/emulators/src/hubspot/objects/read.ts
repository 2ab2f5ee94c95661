import { jsonReply, type Reply } from "../../reply.ts";
import {
  type Call,
  flagParam,
  jsonBody,
  limitParam,
  listParam,
  nextPage,
  requireScopes,
  typeParam,
} from "../call.ts";
import { invalid, notFound } from "../errors.ts";
import { type ObjectType, objectType, TYPE_FACTS } from "../object-types.ts";
import { present, propertyHistory, type SimplePublicObject, type StoredRecord } from "../record.ts";
import { inlineAssociations } from "./inline-associations.ts";

const RECYCLE_BIN_MS = 90 * 86_400_000;

/** What a list shows: live records, or what lies in the recycle bin. */
export function listed(record: StoredRecord, archived: boolean, now: number): boolean {
  if (record.mergedInto !== undefined || record.forgotten) return false;
  if (!archived) return record.archivedAt === undefined;
  return record.archivedAt !== undefined && record.archivedAt > now - RECYCLE_BIN_MS;
}

/** The record in the envelope with the properties and associations that the query names. */
export function presentFor(
  call: Call,
  record: StoredRecord,
  requested: readonly string[],
): SimplePublicObject {
  const known = (name: string) => call.portal.schema.has(record.type, name);
  return present(record, requested, known);
}

export function associationTypesParam(call: Call): ObjectType[] {
  return listParam(call.query, "associations").map((name) => {
    const type = objectType(name);
    if (!type) throw invalid(`Unable to infer object type from: ${name}`);
    return type;
  });
}

/** GET /crm/objects/{type}: pages in the order of ids; `after` is the id of the next record. */
export function listObjects(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const limit = limitParam(call.query, 10, 100);
  const archived = flagParam(call.query, "archived");
  const requested = listParam(call.query, "properties");
  const kinds = associationTypesParam(call);
  const from = listCursor(call, type);
  const { results, next } = call.portal.objects[type].page(from, limit, (r) => listed(r, archived, call.now));
  return jsonReply(200, {
    results: results.map((record) => {
      const shown = presentFor(call, record, requested);
      const associations = inlineAssociations(call, record, kinds);
      if (associations) shown.associations = associations;
      return shown;
    }),
    ...(next && { paging: nextPage(call, next.id) }),
  });
}

function listCursor(call: Call, type: ObjectType): number {
  const after = call.query.get("after");
  if (after === null || after === "") return 0;
  // guess: the vendor's list takes any number as a start; documented is only that `after` comes from the page before.
  if (!/^\d+$/.test(after)) throw invalid(`Invalid cursor '${after}' for paging.`);
  if (call.behaviour.listAfter === "opaque" && !call.portal.objects[type].get(after)) {
    throw invalid("The paging cursor is not one that this list gave.");
  }
  return Number(after);
}

/** GET /crm/objects/{type}/{id}; a merged-away id leads to the record it became. */
export function getObject(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const archived = flagParam(call.query, "archived");
  const record = findRecord(call, type, call.params.id ?? "", call.query.get("idProperty"), archived);
  if (!record) throw notFound();
  const shown = presentFor(call, record, listParam(call.query, "properties"));
  const associations = inlineAssociations(call, record, associationTypesParam(call));
  if (associations) shown.associations = associations;
  const withHistory = listParam(call.query, "propertiesWithHistory");
  if (withHistory.length > 0) {
    shown.propertiesWithHistory = Object.fromEntries(
      withHistory.map((name) => [name, propertyHistory(record, name)]),
    );
  }
  return jsonReply(200, shown);
}

/** By id, or by a unique property; live ones unless the archived ones are asked for. */
export function findRecord(
  call: Call,
  type: ObjectType,
  id: string,
  idProperty: string | null,
  archived: boolean,
): StoredRecord | undefined {
  if (idProperty === null || idProperty === "" || idProperty === "hs_object_id") {
    if (!archived) return call.api.find(type, id);
    const record = call.portal.objects[type].get(id);
    return record && listed(record, true, call.now) ? record : undefined;
  }
  // guess: besides the contacts' email, the emulator lets any property be unique.
  const wanted = id.toLowerCase();
  return call.portal.objects[type].records.find(
    (record) =>
      listed(record, archived, call.now) &&
      (record.fields[idProperty]?.toLowerCase() === wanted ||
        (idProperty === "email" &&
          (record.fields.hs_additional_emails?.toLowerCase().split(";").includes(wanted) ?? false))),
  );
}

/** POST /crm/objects/{type}/batch/read: at most 100, no associations, 207 when some are missing. */
export function batchRead(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const body = jsonBody(call);
  const inputs = batchInputs(body, 100);
  const requested = Array.isArray(body.properties) ? body.properties.map(String) : [];
  const idProperty = typeof body.idProperty === "string" ? body.idProperty : null;
  const archived = flagParam(call.query, "archived");
  const results: SimplePublicObject[] = [];
  const missing: string[] = [];
  for (const input of inputs) {
    const id = String(input.id ?? "");
    // guess: unlike GET, a batch read does not follow merges.
    const record =
      idProperty === null && !archived
        ? liveById(call, type, id)
        : findRecord(call, type, id, idProperty, archived);
    if (record) results.push(presentFor(call, record, requested));
    else missing.push(id);
  }
  return batchReply(call.now, results, missing);
}

function liveById(call: Call, type: ObjectType, id: string): StoredRecord | undefined {
  const record = call.portal.objects[type].get(id);
  return record && listed(record, false, call.now) ? record : undefined;
}

export function batchInputs(body: Record<string, unknown>, max: number): Record<string, unknown>[] {
  if (!Array.isArray(body.inputs)) throw invalid("Invalid input JSON: inputs is required.");
  if (body.inputs.length > max) {
    throw invalid(`The maximum number of inputs supported in a batch request is ${max}.`);
  }
  return body.inputs as Record<string, unknown>[];
}

/** 200 COMPLETE, or 207 with one error that names every missing id. */
export function batchReply(
  now: number,
  results: readonly unknown[],
  missing: readonly string[],
  status = 200,
): Reply {
  const at = new Date(now).toISOString();
  const done = { status: "COMPLETE", results, requestedAt: at, startedAt: at, completedAt: at };
  if (missing.length === 0) return jsonReply(status, done);
  return jsonReply(207, {
    ...done,
    numErrors: 1,
    errors: [
      {
        status: "error",
        category: "OBJECT_NOT_FOUND",
        message: "Could not get some objects, they may be deleted or not exist. Check that ids are valid.",
        context: { ids: missing },
        errors: [],
        links: {},
      },
    ],
  });
}
