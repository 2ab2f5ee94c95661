import type { Clock } from "../clock.ts";
import { type Collection, createCollection } from "./collection.ts";
import { OBJECT_TYPES, type ObjectType } from "./object-types.ts";
import { createSchema, type Schema } from "./schema.ts";

export interface Owner {
  readonly id: string;
  readonly userId: number;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly archived: boolean;
  readonly teams: readonly { id: string; name: string; primary: boolean }[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface PipelineStage {
  readonly id: string;
  readonly label: string;
  readonly displayOrder: number;
  readonly probability: string;
  readonly isClosed: boolean;
}

export interface Pipeline {
  readonly id: string;
  readonly label: string;
  readonly displayOrder: number;
  readonly stages: readonly PipelineStage[];
}

export interface Submission {
  readonly conversionId: string;
  readonly submittedAt: number;
  readonly values: readonly { name: string; value: string; objectTypeId: string }[];
  readonly pageUrl: string;
}

export interface Form {
  readonly id: string;
  readonly name: string;
  readonly formType: "hubspot" | "captured" | "flow" | "blog_comment";
  readonly archived: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Newest first. */
  readonly submissions: Submission[];
}

export type AccountType = "STANDARD" | "DEVELOPER_TEST" | "SANDBOX" | "APP_DEVELOPER";

/** One customer's account: everything the API can show of it. Changed only through its `PortalApi`. */
export interface Portal {
  readonly id: number;
  readonly domain: string;
  readonly accountType: AccountType;
  readonly timeZone: string;
  readonly currency: string;
  readonly userEmail: string;
  readonly userId: number;
  readonly schema: Schema;
  readonly objects: Readonly<Record<ObjectType, Collection>>;
  readonly owners: Owner[];
  readonly pipelines: Pipeline[];
  readonly forms: Form[];
  readonly clock: Clock;
  /** How long search goes on without a change; see `searchLagMs`. */
  searchLagMs: number;
}

export type PortalFacts = Pick<
  Portal,
  "id" | "domain" | "accountType" | "timeZone" | "currency" | "userEmail" | "userId" | "clock" | "searchLagMs"
>;

/** Ids begin far apart, so that a mixed-up kind shows. All fit a 53-bit number. */
const FIRST_KEYS: Readonly<Record<ObjectType, number>> = {
  contacts: 101,
  companies: 9_000_000_001,
  deals: 17_000_000_001,
  emails: 41_000_000_001,
  notes: 52_000_000_001,
  calls: 63_000_000_001,
  meetings: 74_000_000_001,
  tasks: 85_000_000_001,
};

export function emptyPortal(facts: PortalFacts): Portal {
  return {
    ...facts,
    schema: createSchema(),
    objects: Object.fromEntries(
      OBJECT_TYPES.map((type) => [type, createCollection(type, FIRST_KEYS[type])]),
    ) as unknown as Record<ObjectType, Collection>,
    owners: [],
    pipelines: [],
    forms: [],
  };
}
