import type { LinkRow } from "@halo/core";

/** What a link names, as one indexable text. */
export function refTarget(connectionId: string, stream: string, key: string): string {
  return `ref:${connectionId}/${stream}/${key}`;
}

export function identityTarget(identity: string): string {
  return `id:${identity}`;
}

export function linkTarget(connectionId: string, link: Pick<LinkRow, "ref" | "identity">): string {
  return link.ref
    ? refTarget(connectionId, link.ref.stream, link.ref.key)
    : identityTarget(link.identity ?? "");
}
