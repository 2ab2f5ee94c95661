import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type Clock, systemClock } from "../clock.ts";

/** `up`: from the client to the target. `down`: back. */
export type Direction = "up" | "down";

export interface TcpProxyOptions {
  /** `host:port`, or an address such as `postgres://…` or `http://…` with a port. */
  readonly target: string | { readonly host: string; readonly port: number };
  /** 0, a free one, unless told. */
  readonly port?: number;
  readonly clock?: Clock;
  /**
   * Sees every chunk before it is sent on. Calling a control here acts on that very chunk: black-hole `down` when
   * `COMMIT` goes up, and its reply is lost.
   */
  readonly onChunk?: (direction: Direction, chunk: Uint8Array) => void;
}

/** A network between two programs. Controls act on open connections and on new ones, in one direction or both. */
export interface TcpProxy {
  readonly host: string;
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
  /** Connections made since the start. */
  readonly accepted: number;
  /** Bytes sent on, by direction. */
  readonly bytes: Readonly<Record<Direction, number>>;
  /** Holds every chunk back for so long. */
  delay(ms: number, direction?: Direction): void;
  /** Nothing passes, nothing ends: bytes wait until `resume`, as a network drops packets that are sent again. */
  blackHole(direction?: Direction): void;
  /** So many bytes at a time. */
  trickle(pace: { bytes: number; everyMs: number }, direction?: Direction): void;
  /** Resets every open connection; new ones pass. What waits is lost. */
  cut(): void;
  /** Refuses new connections until `resume`, as when nothing listens. */
  refuse(): void;
  /** Back to a plain wire, in all respects. */
  resume(): void;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface Weather {
  delayMs: number;
  held: boolean;
  pace: { bytes: number; everyMs: number } | undefined;
}

const fair = (): Weather => ({ delayMs: 0, held: false, pace: undefined });

/** Listens on loopback and sends on to the target. */
export async function tcpProxy(options: TcpProxyOptions): Promise<TcpProxy> {
  const clock = options.clock ?? systemClock();
  const target = parseTarget(options.target);
  const weather: Record<Direction, Weather> = { up: fair(), down: fair() };
  const bytes: Record<Direction, number> = { up: 0, down: 0 };
  const pairs = new Set<readonly [Socket, Socket]>();
  const waiting = new Set<() => void>();
  const stop = new AbortController();
  let accepted = 0;
  let refusing = false;

  const wake = () => {
    for (const go of waiting) go();
    waiting.clear();
  };

  /** Sends the chunks of one direction in order, in whatever weather there is at the time. */
  const pump = async (from: Socket, to: Socket, direction: Direction) => {
    const sky = weather[direction];
    const send = async (chunk: Uint8Array) => {
      while (sky.held && !to.destroyed) await new Promise<void>((go) => waiting.add(go));
      if (to.destroyed) return;
      bytes[direction] += chunk.length;
      if (!to.write(chunk))
        await new Promise<void>((drained) => to.once("drain", drained).once("close", drained));
    };
    for await (const chunk of from as AsyncIterable<Uint8Array>) {
      options.onChunk?.(direction, chunk);
      if (sky.delayMs > 0) await clock.sleep(sky.delayMs, stop.signal);
      for (let at = 0; at < chunk.length && !to.destroyed; ) {
        const pace = sky.pace;
        const step = pace ? pace.bytes : chunk.length - at;
        if (pace) await clock.sleep(pace.everyMs, stop.signal);
        await send(chunk.subarray(at, at + step));
        at += step;
      }
    }
    to.end();
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    accepted++;
    if (refusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const pair = [client, upstream] as const;
    pairs.add(pair);
    const end = () => {
      client.destroy();
      upstream.destroy();
      pairs.delete(pair);
      wake();
    };
    client.on("error", end);
    upstream.on("error", end);
    const both = [pump(client, upstream, "up"), pump(upstream, client, "down")];
    Promise.all(both).then(
      () => pairs.delete(pair),
      () => end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });

  const change = (direction: Direction | undefined, apply: (weather: Weather) => void) => {
    for (const way of direction ? [direction] : (["up", "down"] as const)) apply(weather[way]);
  };
  const cut = () => {
    for (const [client, upstream] of pairs) {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    }
    pairs.clear();
    wake();
  };
  const close = async () => {
    stop.abort(new Error("the proxy was closed"));
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    cut();
    await closed;
  };

  return {
    host: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
    get connections() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    bytes,
    delay: (ms, direction) =>
      change(direction, (sky) => {
        sky.delayMs = ms;
      }),
    blackHole: (direction) =>
      change(direction, (sky) => {
        sky.held = true;
      }),
    trickle: (pace, direction) =>
      change(direction, (sky) => {
        sky.pace = pace;
      }),
    cut,
    refuse: () => {
      refusing = true;
    },
    resume() {
      refusing = false;
      change(undefined, (sky) => Object.assign(sky, fair()));
      wake();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const DEFAULT_PORTS: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "http:": 80,
};

function parseTarget(target: TcpProxyOptions["target"]): { host: string; port: number } {
  if (typeof target !== "string") return { host: target.host, port: target.port };
  const url = new URL(target.includes("://") ? target : `tcp://${target}`);
  const port = url.port === "" ? DEFAULT_PORTS[url.protocol] : Number(url.port);
  if (port === undefined)
    throw new RangeError(`The proxy's target needs a port: ${url.protocol}//${url.hostname}`);
  return { host: url.hostname, port };
}
