import type { ObjectType } from "./object-types.ts";

/** Something that happened in a portal, before it becomes a webhook in one of the vendor's two forms. */
export interface PortalChange {
  readonly kind:
    | "creation"
    | "deletion"
    | "restore"
    | "privacyDeletion"
    | "propertyChange"
    | "associationChange"
    | "merge";
  readonly portalId: number;
  readonly type: ObjectType;
  readonly objectId: string;
  /** Epoch ms. */
  readonly at: number;
  readonly source: "API" | "CRM_UI" | "IMPORT";
  readonly property?: { readonly name: string; readonly value: string };
  readonly association?: {
    readonly toType: ObjectType;
    readonly toId: string;
    readonly removed: boolean;
    readonly primary: boolean;
  };
  readonly merge?: { readonly mergedIds: readonly string[]; readonly movedProperties: number };
}
