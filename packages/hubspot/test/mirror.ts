import {
  type AnyStream,
  type Json,
  type LogFields,
  type Page,
  type PullMode,
  type PullScope,
  type Shard,
  silentLogger,
  type Tombstone,
  type VendorHttp,
} from "@halo/core";
import type { HubSpotEmulator } from "@halo/emulators/hubspot";
import { scopes } from "../src/auth.ts";
import { hubspot } from "../src/index.ts";
import type { HubSpotReferences } from "../src/references.ts";
import { emulatorHttp } from "./emulator-http.ts";

export const ALL_SCOPES = scopes.map(({ scope }) => scope);

export interface Row {
  readonly record: Record<string, unknown>;
  readonly columns: Record<string, unknown>;
  readonly content: string;
  readonly fingerprint: string | undefined;
}

/** The engine's part in as few lines as it can be told: no store, no lease, one shard after the other. */
export class Mirror {
  readonly rows = new Map<string, Map<string, Row>>();
  readonly quarantined: string[] = [];
  readonly tombstones: (Tombstone & { stream: string })[] = [];
  readonly warnings: (LogFields | undefined)[] = [];
  readonly integration = hubspot({
    origins: { api: "https://api.hubapi.com" },
    clientId: "id",
    clientSecret: "s",
  });
  readonly http: VendorHttp;
  readonly granted: ReadonlySet<string> | undefined;
  readonly emulator: HubSpotEmulator;
  refs: HubSpotReferences = { owners: new Map(), pipelines: new Map() };
  notices: readonly string[] = [];
  /** Called after each page, for tests that resume. */
  pages = 0;

  constructor(emulator: HubSpotEmulator, options: { scopes?: readonly string[]; tellScopes?: boolean } = {}) {
    const granted = options.scopes ?? ALL_SCOPES;
    this.emulator = emulator;
    this.granted = options.tellScopes === false ? undefined : new Set(granted);
    const token = emulator.portal.issueAccessToken({ scopes: granted, expiresInMs: 86_400_000 });
    this.http = emulatorHttp(emulator, this.integration.http, token);
    for (const stream of this.integration.streams) this.rows.set(stream.id, new Map());
  }

  stream(id: string): AnyStream {
    return this.integration.streams.find((stream) => stream.id === id)!;
  }

  scope(mode: PullMode["kind"] | PullMode = "backfill", since?: Date): PullScope<unknown> {
    return {
      http: this.http,
      mode: typeof mode === "string" ? ({ kind: mode } as PullMode) : mode,
      since,
      now: new Date(this.emulator.clock.now()),
      refs: this.refs,
      settings: {},
      scopes: this.granted,
      channels: [],
      held: async () => new Set(),
      signal: new AbortController().signal,
      logger: { ...silentLogger, warn: (_message, fields) => this.warnings.push(fields) },
    };
  }

  async readReferences(): Promise<void> {
    const { refs, notices } = await this.integration.references!({ ...this.scope(), scopes: this.granted });
    this.refs = refs as HubSpotReferences;
    this.notices = notices;
  }

  async pull(streamId: string, mode: PullMode["kind"] | PullMode = "backfill", since?: Date): Promise<void> {
    const stream = this.stream(streamId);
    const less = since && new Date(since.getTime() - (stream.overlapMs ?? 0));
    const scope = this.scope(mode, less);
    await this.pullShards(stream, scope, await stream.shards!(scope));
  }

  /** These shards, and those that are found in them. */
  async pullShards(stream: AnyStream, scope: PullScope<unknown>, shards: readonly Shard[]): Promise<void> {
    for (const shard of shards) {
      const plan = JSON.parse(JSON.stringify(shard));
      const found = await this.run(stream, stream.pull({ ...scope, shard: plan, cursor: undefined }));
      await this.pullShards(stream, scope, found);
    }
  }

  /** Gives the generator up after every page and goes on from its cursor, as a crash after each page would. */
  async pullResuming(streamId: string, mode: PullMode["kind"] = "backfill", since?: Date): Promise<void> {
    const stream = this.stream(streamId);
    const scope = this.scope(mode, since);
    const waiting = [...(await stream.shards!(scope))];
    for (let shard = waiting.shift(); shard; shard = waiting.shift()) {
      let cursor: Json | undefined;
      for (let done = false; !done; ) {
        for await (const page of stream.pull({ ...scope, shard, cursor })) {
          this.store(stream, page);
          cursor = JSON.parse(JSON.stringify(page.cursor));
          done = page.done;
          waiting.push(...JSON.parse(JSON.stringify(page.shards ?? [])));
          break;
        }
      }
    }
  }

  private async run(stream: AnyStream, pages: AsyncIterable<Page>): Promise<readonly Shard[]> {
    const found: Shard[] = [];
    let done = false;
    for await (const page of pages) {
      if (done) throw new Error("A page came after the last one.");
      this.store(stream, page);
      found.push(...(page.shards ?? []));
      done = page.done;
    }
    if (!done) throw new Error("The last page does not say so.");
    return found;
  }

  store(stream: AnyStream, page: Pick<Page, "records" | "tombstones">): void {
    this.pages++;
    const rows = this.rows.get(stream.id)!;
    for (const raw of page.records) {
      const parsed = stream.record.safeParse(raw);
      if (!parsed.success) {
        this.quarantined.push(parsed.error.issues[0]!.path.join("."));
        continue;
      }
      const record = parsed.data;
      const key = stream.key(record);
      for (const merged of stream.mergedKeys?.(record) ?? []) {
        rows.delete(merged);
        this.tombstones.push({ stream: stream.id, key: merged, mergedInto: key });
      }
      const old = rows.get(key);
      const updatedAt = (value: unknown) => stream.updatedAt!(value)!.getTime();
      if (old && updatedAt(old.record) > updatedAt(record)) continue;
      rows.set(key, {
        record: record as Record<string, unknown>,
        columns: stream.row(record, this.refs),
        content: JSON.stringify(stream.content!(record, raw)),
        fingerprint: stream.recheck?.fingerprint(record),
      });
    }
    for (const tombstone of page.tombstones ?? []) {
      rows.delete(tombstone.key);
      this.tombstones.push({ stream: stream.id, ...tombstone });
    }
  }

  async read(streamId: string, keys: readonly string[]) {
    const stream = this.stream(streamId);
    const result = await stream.read!({ ...this.scope(), keys: keys.map((key) => ({ key })) });
    this.store(stream, result);
    for (const key of result.missing) this.rows.get(streamId)!.delete(key);
    return result;
  }

  /** Reads again what has another fingerprint at the vendor. */
  async recheck(streamId: string): Promise<number> {
    const stream = this.stream(streamId);
    if (!stream.recheck) return 0;
    const rows = this.rows.get(streamId)!;
    const keys = [...rows.keys()];
    const now = await stream.recheck.read({ ...this.scope(), keys });
    const differ = keys.filter((key) => now.has(key) && now.get(key) !== rows.get(key)!.fingerprint);
    if (differ.length > 0) await this.read(streamId, differ);
    return differ.length;
  }
}
