import { hash } from "node:crypto";
import { type MeetingPeople, meetingPeople } from "../customers/attendance.ts";
import { claimRow, linkRows } from "../customers/claim-row.ts";
import type { Domains } from "../customers/domain.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { mirrorTable } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import type { AnyStream, Tombstone } from "../define/stream.ts";
import { uuidv7 } from "../ids.ts";
import type { RecordNotifier } from "../notify/record-notifier.ts";
import type {
  DocumentRow,
  PageCommit,
  PageNotification,
  RecordRow,
  TombstoneRow,
} from "../ports/page-store.ts";
import { contentHash, storableJson, storableText, storableValue } from "../storable-json.ts";
import { outlinePrint } from "./held.ts";
import { revenueRow } from "./revenue-row.ts";
import { sharedRows, sharedTables } from "./shared-rows.ts";

export interface PrepareContext {
  readonly integration: IntegrationDefinition;
  readonly stream: AnyStream;
  readonly connectionId: string;
  readonly refs: unknown;
  readonly domains: Domains;
  /** Of the connection. Default: none. */
  readonly settings?: { readonly [name: string]: Json | undefined };
  /** The vendor's clock when the request was sent. */
  readonly observedAt: Date;
  /** Our clock, for ids. Epoch ms. */
  readonly now: number;
  readonly priority: number;
  readonly reindex: boolean;
  /** Absent: nobody is told of new records. */
  readonly notify?: RecordNotifier | undefined;
}

export interface Prepared extends Pick<PageCommit, "records" | "tombstones" | "quarantine"> {
  readonly notifications: readonly PageNotification[];
}

/** Turns what a vendor sent into rows. A record that does not fit is set aside with its reason, never the page. */
export function prepare(
  raws: readonly unknown[],
  tombstones: readonly Tombstone[],
  context: PrepareContext,
): Prepared {
  const rows = new Map<string, RecordRow>();
  const gone = new Map<string, TombstoneRow>();
  const quarantine: { key: string; reason: string; raw: string }[] = [];
  const notifications = new Map<string, PageNotification>();
  for (const raw of raws) {
    const outcome = prepareRecord(raw, context);
    if ("reason" in outcome) {
      quarantine.push(outcome);
      continue;
    }
    // A page that brings one record twice is stored with the later of the two.
    const known = rows.get(outcome.row.key);
    if (!known || !isOlder(outcome.row, known)) {
      rows.set(outcome.row.key, outcome.row);
      const told = context.notify?.(outcome.record, context.refs, outcome.row.key);
      if (told) notifications.set(outcome.row.key, told);
      else notifications.delete(outcome.row.key);
    }
    for (const merged of outcome.mergedKeys) {
      gone.set(merged, tombstoneRow({ key: merged, mergedInto: outcome.row.key }, context.observedAt));
    }
  }
  for (const tombstone of tombstones) {
    gone.set(tombstone.key, tombstoneRow(tombstone, context.observedAt));
  }
  return {
    records: [...rows.values()],
    tombstones: [...gone.values()],
    quarantine,
    notifications: [...notifications.values()],
  };
}

function isOlder(row: RecordRow, than: RecordRow): boolean {
  return (row.updatedAt?.getTime() ?? 0) < (than.updatedAt?.getTime() ?? 0);
}

function tombstoneRow(tombstone: Tombstone, observedAt: Date): TombstoneRow {
  return {
    key: tombstone.key,
    deletedAt: tombstone.deletedAt ?? observedAt,
    observedAt,
    mergedInto: tombstone.mergedInto,
    purge: tombstone.purge ?? false,
  };
}

type Outcome =
  | { readonly row: RecordRow; readonly record: unknown; readonly mergedKeys: readonly string[] }
  | { readonly key: string; readonly reason: string; readonly raw: string };

function prepareRecord(raw: unknown, context: PrepareContext): Outcome {
  const { stream, refs } = context;
  const parsed = stream.record.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return aside(raw, `${issue?.path.join(".") || "record"}: ${issue?.code ?? "invalid"}`);
  }
  const record = parsed.data;
  try {
    const key = stream.key(record);
    if (typeof key !== "string" || key === "") return aside(raw, "key: missing");
    const updatedAt = stream.updatedAt?.(record);
    if (updatedAt && Number.isNaN(updatedAt.getTime())) return aside(raw, "updatedAt: no date");
    const claim = stream.customer?.(record, refs);
    const attendance = stream.attendance?.(record, refs);
    const people = attendance && meetingPeople(attendance, context.settings ?? {}, context.domains);
    const settings = context.settings ?? {};
    const named = people?.links ?? stream.links?.(record, refs, settings) ?? [];
    const revenue = stream.revenue?.(record, refs, settings);
    const links = linkRows(named, context.domains);
    // Whom it names cannot be told apart from nobody: then it is not for everybody (T33). Nor is what was said in a
    // meeting of which nobody outside is known.
    const lost = links.length === 0 && (named.length > 0 || people !== undefined);
    const document = stream.document?.(record, refs);
    return {
      record,
      mergedKeys: stream.mergedKeys?.(record) ?? [],
      row: {
        key,
        columns: columnValues(stream.row(record, refs, settings)),
        raw: storableJson(raw),
        hash: contentHash(contentOf(stream, record, raw, people)),
        fingerprint: stream.recheck
          ? stream.recheck.fingerprint(record)
          : outlinePrint(stream.outline?.(record)),
        updatedAt,
        observedAt: context.observedAt,
        claim: claim
          ? claimRow(claim, {
              id: uuidv7(context.now),
              rank: context.integration.rank ?? 100,
              source: `${context.integration.id}:${context.connectionId}`,
              domains: context.domains,
            })
          : undefined,
        links,
        ...(revenue && { revenue: revenueRow(revenue) }),
        document: document
          ? documentRow(lost ? { ...document, audience: "internal" } : document, key, context)
          : undefined,
        ...sharedRows(stream, record, refs, people),
      },
    };
  } catch (error) {
    // The definition's own code stumbled over this record: a fault of ours, which must not cost the other records.
    return aside(raw, `definition: ${error instanceof Error ? error.name : "failed"}`);
  }
}

/** Who counts as outside may change without the record (a setting): what follows from it has to be written then. */
function contentOf(stream: AnyStream, record: unknown, raw: unknown, people: MeetingPeople | undefined) {
  const content = stream.content ? stream.content(record, raw) : raw;
  return people ? { content, links: people.links } : content;
}

function aside(raw: unknown, reason: string): Outcome {
  const text = storableJson(raw);
  const id = typeof raw === "object" && raw !== null ? (raw as { id?: unknown }).id : undefined;
  const key =
    typeof id === "string" || typeof id === "number"
      ? storableText(String(id)).slice(0, 200)
      : hash("sha256", text, "hex");
  return { key: key || hash("sha256", text, "hex"), reason, raw: text };
}

function columnValues(row: { readonly [column: string]: unknown }): { [column: string]: Json | undefined } {
  const values: { [column: string]: Json | undefined } = {};
  for (const [column, value] of Object.entries(row)) {
    if (value === undefined || value === null || value === "") continue;
    if (value instanceof Date) {
      if (!Number.isNaN(value.getTime())) values[column] = value.toISOString();
    } else if (typeof value === "string") values[column] = storableText(value);
    else if (typeof value === "number") {
      if (Number.isFinite(value)) values[column] = value;
    } else if (typeof value === "boolean") values[column] = value;
    else values[column] = storableValue(value as Json);
  }
  return values;
}

function documentRow(
  source: NonNullable<ReturnType<NonNullable<AnyStream["document"]>>>,
  key: string,
  context: PrepareContext,
): DocumentRow | undefined {
  const body = storableText(source.body);
  if (body.trim() === "") return undefined;
  const title = storableText(source.title).slice(0, 500);
  // The kind is part of many keys already ("email:123"); it does not stand there twice.
  const local = key.startsWith(`${source.kind}:`) ? key : `${source.kind}:${key}`;
  return {
    id: uuidv7(context.now),
    sourceKey: `${context.integration.id}:${local}`,
    kind: source.kind,
    title,
    body,
    format: source.format,
    audience: source.audience,
    occurredAt:
      source.occurredAt && !Number.isNaN(source.occurredAt.getTime()) ? source.occurredAt : undefined,
    url: source.url,
    author: source.author ? storableText(source.author) : undefined,
    hash: hash("sha256", `${source.format}\n${source.audience}\n${title}\n${body}`, "hex"),
    priority: context.priority,
    force: context.reindex,
    distil: source.distil ?? source.format === "transcript",
  };
}

/** The part of a commit that is the same for every page of a connection's stream. */
export function commitTarget(integration: IntegrationDefinition, stream: AnyStream) {
  const target = {
    integration: integration.id,
    table: mirrorTable(integration, stream.id),
    stream: stream.id,
  };
  const shared = sharedTables(stream);
  return shared.length > 0 ? { ...target, shared } : target;
}
