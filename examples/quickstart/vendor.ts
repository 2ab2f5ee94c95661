import { startEmulator } from "./emulator-process.ts";

/** HubSpot's part in this program. */
export interface Vendor {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly portalId: number;
  /** Requests so far, as the emulator counted them. */
  requests(): Promise<{ count: number; byKind: Record<string, number> }>;
  /** What requests after the `since`th left behind, in their order. */
  effects(since: number): Promise<readonly Effect[]>;
  theoretical(): Promise<{ requests: number; seconds: number }>;
  planted(): Promise<readonly Planted[]>;
  subscribe(targetUrl: string, events: readonly string[]): Promise<void>;
  change(name: string, ...args: unknown[]): Promise<{ id: string }>;
  mutate(mutation: Record<string, unknown>): Promise<Record<string, readonly unknown[]>>;
  /** Records of a kind as they are now, one by one. */
  snapshot(kind: string): AsyncGenerator<SnapshotRecord>;
  /** When the last event was sent to us and answered, epoch ms, and how long our answer took. */
  lastDelivery(): Promise<{ at: number; ms: number; status: number } | undefined>;
  close(): Promise<void>;
}

export interface Effect {
  readonly operation: "create" | "update";
  readonly objectType: string;
  readonly id: string;
  /** The last word of the record's long text: where Halo's actions leave their mark. */
  readonly mark: string;
}

export interface Planted {
  readonly question: string;
  readonly phrase: string;
  readonly kind: string;
  readonly engagementId: string;
  readonly customer: { readonly email: string; readonly name: string; readonly company?: string };
}

export interface SnapshotRecord {
  readonly id?: string;
  readonly conversionId?: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly associations?: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly values?: readonly { readonly name: string; readonly value: string }[];
}

const full = { companies: 2_000, contacts: 20_000, deals: 5_000, engagements: 40_000 };

/** Starts the emulator; its latency is what a call from a data centre to the real API takes, about. */
export async function startVendor(options: {
  readonly seed: string;
  readonly scale: number;
}): Promise<Vendor> {
  const sizes = Object.entries(full).flatMap(([kind, count]) => [
    `--${kind}`,
    String(Math.max(20, Math.round(count * options.scale))),
  ]);
  const { close, get, post, read, url } = await startEmulator("hubspot", [
    "--seed",
    options.seed,
    "--latency",
    "150",
    ...sizes,
  ]);
  const app = await get<{ clientId: string; clientSecret: string; portalId: number }>("app");
  return {
    url,
    ...app,
    requests: () => get("ledger?summary"),
    async effects(since) {
      const { requests } = await get<{
        requests: { objectType: string; effect?: Omit<Effect, "objectType"> }[];
      }>(`ledger?since=${since}`);
      return requests.flatMap(({ effect, objectType }) => (effect ? [{ objectType, ...effect }] : []));
    },
    theoretical: () => get("theoretical"),
    planted: () => get("planted"),
    subscribe: async (targetUrl, events) => void (await post("webhooks", { targetUrl, events })),
    change: (name, ...args) => post(`change/${name}`, { args }),
    mutate: (mutation) => post("mutate", mutation),
    async *snapshot(kind) {
      const { body } = await read(`snapshot/${kind}`);
      if (!body) return;
      let rest = "";
      for await (const text of body.pipeThrough(new TextDecoderStream())) {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) if (line !== "") yield JSON.parse(line) as SnapshotRecord;
      }
    },
    async lastDelivery() {
      const { attempts } = await get<{ attempts: { at: number; endAt: number; status: number }[] }>(
        "webhooks",
      );
      const last = attempts.at(-1);
      return last && { at: last.at, ms: last.endAt - last.at, status: last.status };
    },
    close,
  };
}
