/** What a link names, as one indexable text. */
export function refTarget(connectionId: string, stream: string, key: string): string {
  return `ref:${connectionId}/${stream}/${key}`;
}

export function identityTarget(identity: string): string {
  return `id:${identity}`;
}
