// The rows of PERFORMANCE §3 in a mirror's clothes: about 370 bytes of values, and what a commit needs beside them.
import type { MirrorTable, PageCommit, RecordRow } from "@halo/core";

/** 20 columns besides `connection_id`, which every mirror table has: 15 text, 2 jsonb beside `raw`, and the times. */
export const mirror = (table: string, stream: string): MirrorTable => ({
  table,
  integration: "bench",
  stream,
  columns: {
    ...Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`text_${i}`, "text" as const])),
    made_at: "timestamptz",
    labels: "jsonb",
  },
});

const words = "alpha bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike november".split(
  " ",
);

export function row(table: string, i: number, version = 0): RecordRow {
  const key = `${table}-${String(i).padStart(9, "0")}`;
  const columns: Record<string, string | readonly string[]> = {
    made_at: new Date(1_700_000_000_000 + i * 1000).toISOString(),
    labels: [words[i % 14] ?? "", words[(i * 7) % 14] ?? ""],
  };
  for (let c = 0; c < 10; c++)
    columns[`text_${c}`] = `${words[(i + c) % 14]} ${words[(i * 3 + c) % 14]} ${i % 977}`;
  const at = new Date(1_760_000_000_000 + i + version * 86_400_000);
  return {
    key,
    columns,
    raw: JSON.stringify({
      id: key,
      properties: { a: words[i % 14], b: i, c: `${words[(i * 5) % 14]} ${i}` },
    }),
    hash: `${(i * 2_654_435_761) % 4_294_967_296}-${version}-0123456789abcdef0123456789abcdef`,
    fingerprint: undefined,
    updatedAt: at,
    observedAt: new Date(at.getTime() + 60_000),
    claim: undefined,
    links: [],
    document: undefined,
  };
}

/** A contact: claims a person by address, and names a company by reference and by domain. */
export function contact(i: number): RecordRow {
  const base = row("contact", i);
  return {
    ...base,
    claim: {
      kind: "end_user",
      candidateId: `0192f000-0000-7000-8000-${String(i).padStart(12, "0")}`,
      identities: [`person${i}@company${i % 2000}.example`],
      fields: {
        name: `Person ${i}`,
        phone: `+44 ${i}`,
        job_title: words[i % 14] ?? "",
        lifecycle_stage: "lead",
      },
      custom: { seats: i % 50 },
      rank: 100,
      source: "bench:1",
      company: {
        ref: { stream: "companies", key: `company-${i % 2000}` },
        domain: `company${i % 2000}.example`,
      },
    },
  };
}

/** An engagement: about one contact, and knowledge. */
export function engagement(i: number, contacts: number): RecordRow {
  const base = row("engagement", i);
  return {
    ...base,
    links: [
      {
        kind: "end_user",
        ref: { stream: "contacts", key: row("contact", i % contacts).key },
        reason: "association",
        score: 1,
      },
    ],
    document: {
      id: `0192f111-0000-7000-8000-${String(i).padStart(12, "0")}`,
      sourceKey: `bench:email:${i}`,
      kind: "email",
      title: `About ${words[i % 14]}`,
      body: Array.from({ length: 60 }, (_, w) => words[(i * (w + 1)) % 14]).join(" "),
      format: "text",
      audience: "internal",
      occurredAt: base.updatedAt,
      url: undefined,
      author: undefined,
      hash: base.hash,
      priority: 0,
      force: false,
    },
  };
}

/** PostgreSQL's text format of COPY, for the floor. */
export function copyLine(orgId: string, record: RecordRow): string {
  const columns = Object.values(record.columns).map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  const at = record.updatedAt?.toISOString() ?? "";
  const observed = record.observedAt.toISOString();
  return [orgId, "c1", record.key, record.raw, record.hash, at, observed, observed, ...columns]
    .map((value) => (/[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (c) => escapes[c] ?? c) : value))
    .join("\t");
}

const escapes: { readonly [character: string]: string } = {
  "\\": "\\\\",
  "\t": "\\t",
  "\n": "\\n",
  "\r": "\\r",
};

export const copyColumns = (record: RecordRow): string =>
  [
    ...["org_id", "connection_id", "external_id", "raw", "content_hash", "source_updated_at", "observed_at"],
    "synced_at",
    ...Object.keys(record.columns),
  ].join(", ");

export const page = (
  lease: PageCommit["lease"],
  stream: string,
  records: readonly RecordRow[],
  progress?: PageCommit["progress"],
): PageCommit => ({
  lease,
  orgId: lease.orgId,
  connectionId: "c1",
  integration: "bench",
  table: `bench_${stream}`,
  stream,
  records,
  tombstones: [],
  quarantine: [],
  ...(progress ? { progress } : {}),
  at: new Date(1_765_000_000_000),
});
