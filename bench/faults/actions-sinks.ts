import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { NotificationSink } from "@halo/core";
import { VendorError } from "@halo/core";
import { type SinkName, sinkNames } from "./actions-steps.ts";

/** A message as it arrived. */
export interface Arrival {
  readonly sink: SinkName | "slack";
  /** Names the message, the same at every attempt. */
  readonly deliveryKey: string;
  /** What it is about: the key of a wish, or of a note that people wrote. */
  readonly about: string;
  /** Whether it said that it may have arrived before. */
  readonly repeated: boolean;
}

/** Where messages arrive, over real HTTP; some answers get lost after the message was taken. */
export interface SinkSide {
  readonly url: string;
  readonly arrivals: readonly Arrival[];
  /** Answers that were never given, of messages that were taken. */
  lostAnswers(sink: SinkName): number;
  close(): Promise<void>;
}

/** One answer in so many gets lost, one message in so many is not taken. */
const loseEvery = 40;
const refuseEvery = 55;

export async function startSinkSide(): Promise<SinkSide> {
  const arrivals: Arrival[] = [];
  let posts = 0;
  const lost = new Map<SinkName, number>();
  const server = createServer(async (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "/", "http://sinks");
    const sink = sinkNames.find((name) => url.pathname === `/${name}`);
    const answer = (status: number, body: unknown) => {
      outgoing.writeHead(status, { "content-type": "application/json" });
      outgoing.end(JSON.stringify(body));
    };
    if (!sink) return answer(404, {});
    if (incoming.method === "GET") {
      const key = url.searchParams.get("key");
      const found = arrivals.find((one) => one.sink === sink && one.deliveryKey === key);
      return answer(200, found ? { ref: found.deliveryKey } : {});
    }
    posts += 1;
    if (posts % refuseEvery === 0) return answer(503, {});
    let text = "";
    for await (const chunk of incoming) text += chunk;
    arrivals.push({ ...(JSON.parse(text) as Omit<Arrival, "sink">), sink });
    if (arrivals.length % loseEvery === 0) {
      lost.set(sink, (lost.get(sink) ?? 0) + 1);
      outgoing.destroy();
      return;
    }
    answer(200, { ref: String(arrivals.length) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    arrivals,
    lostAnswers: (sink) => lost.get(sink) ?? 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The worker's side of one. */
export function sinkAt(base: string, name: SinkName): NotificationSink {
  const call = async (url: string, signal: AbortSignal, body?: unknown) => {
    const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
    let response: Response;
    try {
      response = await fetch(url, { ...init, signal });
    } catch (cause) {
      throw new VendorError("The sink did not answer.", { retryable: true, cause });
    }
    if (!response.ok)
      throw new VendorError("The sink refused.", { status: response.status, retryable: true });
    return (await response.json()) as { readonly ref?: string };
  };
  const sink: NotificationSink = {
    id: name,
    send: ({ deliveryKey, event, repeated, signal }) =>
      call(`${base}/${name}`, signal, { deliveryKey, repeated, about: aboutOf(event.data) }),
  };
  if (name !== "searchable") return sink;
  return {
    ...sink,
    async find({ deliveryKey, signal }) {
      const { ref } = await call(`${base}/${name}?key=${encodeURIComponent(deliveryKey)}`, signal);
      return ref === undefined ? undefined : { ref };
    },
  };
}

/** The key of what something tells of. */
export function aboutOf(told: unknown): string {
  return /(?:wish|note)-\d+-\d+/.exec(JSON.stringify(told))?.[0] ?? "";
}
