import { createHash } from "node:crypto";
import { StorageError } from "@halo/core";

/** Where the vectors of one embedding space are: a table of their own, so that two spaces never mix (F77). */
export interface SpaceTable {
  readonly table: string;
  readonly dimensions: number;
  /** `vector`: pgvector ranks. `bytes`: the server has no pgvector, and they are ranked in process. */
  readonly kind: "vector" | "bytes";
}

export function spaceTable(
  space: { readonly id: string; readonly dimensions: number },
  kind: SpaceTable["kind"],
): SpaceTable {
  const name = createHash("sha256").update(`${space.id} ${space.dimensions}`).digest("hex").slice(0, 16);
  // Of either kind: a server that gains pgvector fills a table of that kind beside the old one.
  return { table: `vectors_${kind === "vector" ? "" : "b_"}${name}`, dimensions: space.dimensions, kind };
}

/** Vectors of two models cannot be compared, and must not be mixed (F77). */
export function requireSpace(space: SpaceTable, vector: Float32Array): void {
  if (vector.length === space.dimensions) return;
  throw new StorageError(
    `A vector of ${vector.length} dimensions does not belong to this space of ${space.dimensions}: open the storage with the embedder in use.`,
    { retryable: false },
  );
}

/** A row has to fit a page of 8 kB to be kept in place (PERFORMANCE §10). */
const mostPlainDimensions = 1_990;

/**
 * The table as PERFORMANCE §5 found best: narrow, in place, a tenant's rows together (they are written in runs of one
 * tenant), no HNSW. Row security and grants are the migrator's.
 */
export function spaceTableSql(
  space: { readonly id: string; readonly dimensions: number },
  table: SpaceTable,
): string {
  const type = table.kind === "vector" ? `vector(${table.dimensions})` : "bytea";
  const plain = table.kind === "bytes" || table.dimensions <= mostPlainDimensions;
  return [
    `create table ${table.table} (`,
    `  org_id text collate "C" not null check (org_id <> ''),`,
    "  chunk_id bigint not null,",
    "  piece smallint not null,",
    `  embedding ${type} not null,`,
    "  primary key (org_id, chunk_id, piece)",
    ");",
    `alter table ${table.table} alter column embedding set storage ${
      table.kind === "vector" && plain ? "plain" : "external"
    };`,
    `comment on table ${table.table} is 'embedding space ${space.id.replaceAll("'", "''")}';`,
  ].join("\n");
}
