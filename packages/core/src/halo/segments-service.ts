import * as z from "zod";
import { normaliseEmail } from "../customers/email.ts";
import type { CustomerKind } from "../define/customer.ts";
import type { Engine } from "../engine/engine.ts";
import { ConflictError } from "../errors.ts";
import { uuidv7 } from "../ids.ts";
import type { SegmentQuery } from "../ports/segment-store.ts";
import { checkSegmentFilter } from "../segments/filter.ts";
import { storableText } from "../storable-json.ts";
import { anId, checkedRequest } from "./checked-request.ts";
import { found } from "./not-found.ts";
import type { CustomerBy, SegmentQueryRequest, Segments } from "./standing-surface.ts";

const pageSize = 100;
const maxPageSize = 1_000;
/** Each of them is asked for every batch of changes. */
const mostSegments = 100;

const kind = z.enum(["end_user", "company"]);
const Upsert = z.strictObject({
  orgId: z.string(),
  id: anId.optional(),
  name: z
    .string()
    .max(200)
    .transform((text) => storableText(text).trim())
    .refine((text) => text !== "", "empty"),
  kind,
  filter: z.unknown(),
  announce: z.boolean().optional(),
});

export function createSegments(engine: Engine): Segments {
  const { clock, storage } = engine;
  const queryOf = async (request: SegmentQueryRequest): Promise<SegmentQuery> => {
    const now = new Date(clock.now());
    if ("segmentId" in request) {
      const segment = found(await storage.segments.get(request.orgId, request.segmentId), "segment");
      return { kind: segment.kind, filter: segment.filter, now };
    }
    const of: CustomerKind = checkedRequest(kind, request.kind);
    return { kind: of, filter: checkSegmentFilter(of, request.filter), now };
  };
  return {
    async upsert(request) {
      const { announce = true, filter, id, ...wanted } = checkedRequest(Upsert, request);
      const checked = checkSegmentFilter(wanted.kind, filter);
      const known = id === undefined ? undefined : await storage.segments.get(wanted.orgId, id);
      if (!known && (await storage.segments.list(wanted.orgId)).length >= mostSegments) {
        throw new ConflictError(`An org has ${mostSegments} segments at most: delete one that nobody uses.`);
      }
      const now = clock.now();
      const updatedAt = new Date(now);
      return storage.segments.upsert({
        ...wanted,
        id: id ?? uuidv7(now),
        filter: checked,
        announce,
        updatedAt,
      });
    },
    get: async (orgId, id) => found(await storage.segments.get(orgId, id), "segment"),
    list: (orgId) => storage.segments.list(orgId),
    delete: (orgId, id) => storage.segments.delete(orgId, id),
    count: async (request) => storage.segments.count(request.orgId, await queryOf(request)),
    async customers(request, { after, limit = pageSize } = {}) {
      const most = Math.min(Math.max(1, limit), maxPageSize);
      const customers = await storage.segments.customers(request.orgId, await queryOf(request), {
        after,
        limit: most,
      });
      return { customers, next: customers.length === most ? customers.at(-1)?.id : undefined };
    },
    async matches(request, customer) {
      const query = await queryOf(request);
      const who = await customerBy(engine, request.orgId, customer);
      if (who?.kind !== query.kind) return false;
      return (await storage.segments.matching(request.orgId, query, [who.id])).length > 0;
    },
  };
}

/** Undefined for nobody. */
export async function customerBy(
  { domains, storage }: Pick<Engine, "domains" | "storage">,
  orgId: string,
  by: CustomerBy,
): Promise<{ readonly kind: CustomerKind; readonly id: string } | undefined> {
  const { customers } = storage;
  if ("email" in by) {
    const email = normaliseEmail(by.email);
    const person = email && (await customers.endUser(orgId, { email }));
    return person ? { kind: "end_user", id: person.id } : undefined;
  }
  if ("domain" in by) {
    const domain = domains.company(by.domain);
    const company = domain && (await customers.company(orgId, { domain }));
    return company ? { kind: "company", id: company.id } : undefined;
  }
  const { id } = by;
  const known =
    by.kind === "end_user" ? await customers.endUser(orgId, { id }) : await customers.company(orgId, { id });
  return known && { kind: by.kind, id: known.id };
}
