import type { ObjectType } from "./object-types.ts";

/** What one direction between two kinds of record is called. Ids: vendors/hubspot.md §2, AssociationTypes.js of the npm client. */
export interface AssociationType {
  readonly typeId: number;
  readonly label: string | null;
  readonly inverse: number;
}

type Pair = readonly [from: ObjectType, to: ObjectType, forth: number, back: number, label?: string];

const PAIRS: readonly Pair[] = [
  ["contacts", "companies", 279, 280],
  ["contacts", "companies", 1, 2, "Primary"],
  ["deals", "contacts", 3, 4],
  ["deals", "companies", 341, 342],
  ["deals", "companies", 5, 6, "Primary"],
  ["companies", "companies", 450, 450],
  ["contacts", "contacts", 449, 449],
  ["deals", "deals", 451, 451],
  ["calls", "contacts", 194, 193],
  ["calls", "companies", 182, 181],
  ["calls", "deals", 206, 205],
  ["emails", "contacts", 198, 197],
  ["emails", "companies", 186, 185],
  ["emails", "deals", 210, 209],
  ["meetings", "contacts", 200, 199],
  ["meetings", "companies", 188, 187],
  ["meetings", "deals", 212, 211],
  ["notes", "contacts", 202, 201],
  ["notes", "companies", 190, 189],
  ["notes", "deals", 214, 213],
  ["tasks", "contacts", 204, 203],
  ["tasks", "companies", 192, 191],
  ["tasks", "deals", 216, 215],
];

const BY_DIRECTION = new Map<string, AssociationType[]>();
for (const [from, to, forth, back, label = null] of PAIRS) {
  declare(from, to, { typeId: forth, label, inverse: back });
  if (from !== to) declare(to, from, { typeId: back, label, inverse: forth });
}

function declare(from: ObjectType, to: ObjectType, type: AssociationType): void {
  const key = `${from}>${to}`;
  BY_DIRECTION.set(key, [...(BY_DIRECTION.get(key) ?? []), type]);
}

/** All types of one direction, the unlabelled one first; empty when the two kinds cannot be associated. */
export const associationTypes = (from: ObjectType, to: ObjectType): readonly AssociationType[] =>
  BY_DIRECTION.get(`${from}>${to}`) ?? [];

/** The unlabelled type of one direction. */
export const defaultAssociation = (from: ObjectType, to: ObjectType): number | undefined =>
  associationTypes(from, to)[0]?.typeId;

/** The primary type, which only companies have. */
export const primaryAssociation = (from: ObjectType, to: ObjectType): number | undefined =>
  associationTypes(from, to).find((type) => type.label === "Primary")?.typeId;

export const inverseAssociation = (from: ObjectType, to: ObjectType, typeId: number): number | undefined =>
  associationTypes(from, to).find((type) => type.typeId === typeId)?.inverse;
