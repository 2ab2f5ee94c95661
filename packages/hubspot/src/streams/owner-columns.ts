import type { Owner } from "../references.ts";
import type { CrmObject } from "./crm-object.ts";
import { text } from "./property-values.ts";

/** The record's owner by id and, where the connection may read owners, by name. */
export function ownerColumns(record: CrmObject, owners: ReadonlyMap<string, Owner>) {
  const id = text(record, "hubspot_owner_id");
  return { owner_id: id, owner_name: id === null ? null : (owners.get(id)?.name ?? null) };
}
