import { jsonReply, type Reply } from "../reply.ts";
import { type Call, flagParam, limitParam, nextPage, requireScopes, typeParam } from "./call.ts";
import { notFound } from "./errors.ts";
import { TYPE_FACTS } from "./object-types.ts";
import type { Owner, Pipeline } from "./portal.ts";
import type { PropertyDefinition } from "./schema.ts";

const iso = (epochMs: number) => new Date(epochMs).toISOString();

function presentOwner(owner: Owner) {
  return {
    id: owner.id,
    email: owner.email,
    type: "PERSON",
    firstName: owner.firstName,
    lastName: owner.lastName,
    // Gone with the person; the other field keeps it (vendors/hubspot.md §2).
    ...(!owner.archived && { userId: owner.userId }),
    userIdIncludingInactive: owner.userId,
    teams: owner.teams,
    createdAt: iso(owner.createdAt),
    updatedAt: iso(owner.updatedAt),
    archived: owner.archived,
  };
}

/** GET /crm/owners */
export function listOwners(call: Call): Reply {
  requireScopes(call.grant, ["crm.objects.owners.read"]);
  const archived = flagParam(call.query, "archived");
  const email = call.query.get("email");
  const limit = limitParam(call.query, 100, 500);
  const after = Number(call.query.get("after") ?? 0);
  const owners = call.portal.owners.filter(
    (owner) => owner.archived === archived && (!email || owner.email === email) && Number(owner.id) >= after,
  );
  const next = owners[limit];
  return jsonReply(200, {
    results: owners.slice(0, limit).map(presentOwner),
    ...(next && { paging: nextPage(call, next.id) }),
  });
}

/** GET /crm/owners/{id}, by id or by userId. */
export function getOwner(call: Call): Reply {
  requireScopes(call.grant, ["crm.objects.owners.read"]);
  const byUser = call.query.get("idProperty") === "userId";
  const archived = flagParam(call.query, "archived");
  const owner = call.portal.owners.find(
    (o) => (byUser ? String(o.userId) : o.id) === call.params.id && o.archived === archived,
  );
  if (!owner) throw notFound();
  return jsonReply(200, presentOwner(owner));
}

function presentPipeline(pipeline: Pipeline, call: Call) {
  const at = iso(Math.min(call.now, Date.UTC(2024, 0, 15)));
  return {
    id: pipeline.id,
    label: pipeline.label,
    displayOrder: pipeline.displayOrder,
    archived: false,
    createdAt: at,
    updatedAt: at,
    stages: pipeline.stages.map((stage) => ({
      id: stage.id,
      label: stage.label,
      displayOrder: stage.displayOrder,
      archived: false,
      createdAt: at,
      updatedAt: at,
      writePermissions: "CRM_PERMISSIONS_ENFORCEMENT",
      metadata: { probability: stage.probability, isClosed: String(stage.isClosed) },
    })),
  };
}

/** GET /crm/pipelines/{type}; only deals have pipelines here. */
export function listPipelines(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const pipelines = type === "deals" ? call.portal.pipelines : [];
  return jsonReply(200, { results: pipelines.map((pipeline) => presentPipeline(pipeline, call)) });
}

/** GET /crm/pipelines/{type}/{id} and its stages. */
export function getPipeline(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const pipeline = type === "deals" && call.portal.pipelines.find((p) => p.id === call.params.id);
  if (!pipeline) throw notFound();
  const shown = presentPipeline(pipeline, call);
  return jsonReply(200, call.params.stages === undefined ? shown : { results: shown.stages });
}

function presentProperty(property: PropertyDefinition) {
  return {
    name: property.name,
    label: property.label,
    type: property.type,
    fieldType: property.fieldType,
    description: "",
    groupName: "information",
    options: property.options.map((value, displayOrder) => ({
      value,
      label: value,
      displayOrder,
      hidden: false,
    })),
    displayOrder: -1,
    calculated: property.calculated,
    externalOptions: property.name === "hubspot_owner_id",
    hasUniqueValue: property.name === "hs_object_id",
    hidden: false,
    hubspotDefined: property.hubspotDefined,
    formField: !property.readOnly,
    archived: false,
    modificationMetadata: {
      archivable: !property.hubspotDefined,
      readOnlyDefinition: property.hubspotDefined,
      readOnlyValue: property.readOnly,
    },
  };
}

/** GET /crm/properties/{type} */
export function listProperties(call: Call): Reply {
  const type = typeParam(call);
  // guess: reading the records is enough to read their properties.
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const properties = flagParam(call.query, "archived") ? [] : [...call.portal.schema.of(type).values()];
  return jsonReply(200, { results: properties.map(presentProperty) });
}

/** GET /crm/properties/{type}/{name} */
export function getProperty(call: Call): Reply {
  const type = typeParam(call);
  requireScopes(call.grant, TYPE_FACTS[type].readScopes);
  const property = call.portal.schema.of(type).get(call.params.name ?? "");
  if (!property) throw notFound();
  return jsonReply(200, presentProperty(property));
}

/** GET /account-info/details */
export function accountDetails(call: Call): Reply {
  const { portal } = call;
  requireScopes(call.grant, ["oauth"]);
  return jsonReply(200, {
    portalId: portal.id,
    accountType: portal.accountType,
    timeZone: portal.timeZone,
    companyCurrency: portal.currency,
    additionalCurrencies: [],
    utcOffset: "+00:00",
    utcOffsetMilliseconds: 0,
    uiDomain: "app.hubspot.com",
    dataHostingLocation: "na1",
  });
}
