import { associatedIds, type CrmObject } from "./crm-object.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-type.ts";

/**
 * What of a record counts for its hash: the same for the list, search and batch read, although one has associations
 * inside, with labels, and the others spell an unset property as null or leave it out.
 */
export function contentOf(type: ObjectType, record: CrmObject): unknown {
  const properties: { [name: string]: string } = {};
  for (const name of OBJECT_TYPES[type].properties) {
    const value = record.properties[name];
    if (value) properties[name] = value;
  }
  const associations = OBJECT_TYPES[type].associations.map((to) => [to, associatedIds(record, to)]);
  return { properties, associations };
}
