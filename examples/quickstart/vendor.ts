import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** HubSpot's part in this program: the emulator, in a process of its own, spoken to over HTTP like the real one. */
export interface Vendor {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly portalId: number;
  /** Requests so far, as the emulator counted them. */
  requests(): Promise<{ count: number; byKind: Record<string, number> }>;
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
  const cli = fileURLToPath(import.meta.resolve("@halo/emulators/hubspot")).replace(
    /hubspot.index\.(ts|js)$/,
    "cli.$1",
  );
  const sizes = Object.entries(full).flatMap(([kind, count]) => [
    `--${kind}`,
    String(Math.max(20, Math.round(count * options.scale))),
  ]);
  const child = spawn(
    process.execPath,
    [
      ...process.execArgv,
      cli,
      "hubspot",
      "--seed",
      options.seed,
      "--latency",
      "150",
      "--until-stdin-ends",
      ...sizes,
    ],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const url = await firstUrl(child);
  const control = (path: string) => `${url}/_emulator/${path}`;
  const get = async <T>(path: string): Promise<T> =>
    (await checked(await fetch(control(path)))).json() as Promise<T>;
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const headers = { "content-type": "application/json" };
    const response = await fetch(control(path), { method: "POST", headers, body: JSON.stringify(body) });
    return (await checked(response)).json() as Promise<T>;
  };
  const app = await get<{ clientId: string; clientSecret: string; portalId: number }>("app");
  return {
    url,
    ...app,
    requests: () => get("ledger?summary"),
    theoretical: () => get("theoretical"),
    planted: () => get("planted"),
    subscribe: async (targetUrl, events) => void (await post("webhooks", { targetUrl, events })),
    change: (name, ...args) => post(`change/${name}`, { args }),
    mutate: (mutation) => post("mutate", mutation),
    async *snapshot(kind) {
      const { body } = await checked(await fetch(control(`snapshot/${kind}`)));
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
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("The emulator has no output.");
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /https?:\/\/[\w.:]+/.exec(line);
    if (!found) continue;
    child.stdout.resume();
    return found[0];
  }
  throw new Error("The emulator ended before it said where it listens.");
}

async function checked(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`The emulator answered ${response.status}: ${await response.text()}`);
  return response;
}
