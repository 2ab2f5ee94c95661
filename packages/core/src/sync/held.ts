import { type IntegrationDefinition, mirrorTable } from "../define/integration.ts";
import type { AnyStream, PullScope } from "../define/stream.ts";
import type { Connection } from "../ports/connection-store.ts";
import type { Storage } from "../ports/storage.ts";
import { contentHash } from "../storable-json.ts";

/** How an outline is kept beside its row. */
export const outlinePrint = (outline: unknown): string | undefined =>
  outline === undefined ? undefined : contentHash(outline);

/** Nothing is: everything is wanted anew. */
export const nothingHeld: PullScope<unknown>["held"] = async () => new Set();

/** What a stream may leave out, since the store has it and the vendor shows it as it was. */
export function heldBy(
  { pages }: Pick<Storage, "pages">,
  integration: IntegrationDefinition,
  stream: AnyStream,
  { id, orgId }: Pick<Connection, "id" | "orgId">,
): PullScope<unknown>["held"] {
  if (stream.outline === undefined) return nothingHeld;
  const table = mirrorTable(integration, stream.id);
  return async (outlines) => {
    const keys = [...outlines.keys()];
    const stored = keys.length > 0 ? await pages.fingerprints(orgId, id, table, keys) : new Map();
    return new Set(
      keys.filter((key) => stored.has(key) && stored.get(key) === outlinePrint(outlines.get(key))),
    );
  };
}
