// Servers that receive signed webhooks, and who sends them: each has its turn in each round, in one process, while the
// sender runs in another.
import { type ChildProcess, fork } from "node:child_process";
import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { BenchContext, Row } from "./bench.ts";
import { median } from "./measure.ts";
import type { Load, LoadResult } from "./webhook-load.ts";

const ROUNDS = 5;
const TURN_MS = 700;

export type Listeners = Readonly<Record<string, RequestListener>>;
/** Who is said to send, and what it signs. */
export type Target = Pick<Load, "vendor" | "publicUrl" | "paths" | "secret">;

/** Disconnect it at the end. */
export function startSender(): ChildProcess {
  return fork(join(import.meta.dirname, "webhook-load.ts"), { execArgv: process.execArgv });
}

/** The least that a server does with a body. */
export const drain: RequestListener = (request, response) => {
  request.resume();
  request.on("end", () => response.end("ok"));
};

/** As `bodyOf`, without a promise: what is measured is a verifier, and this is the least that reads a body. */
export function withBody(request: IncomingMessage, use: (body: Buffer) => void): void {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => use(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
}

export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.on("error", reject);
  });
}

export interface Listening {
  readonly name: string;
  readonly server: Server;
  readonly port: number;
}

export async function listening(listeners: Listeners): Promise<readonly Listening[]> {
  return await Promise.all(
    Object.entries(listeners).map(async ([name, listener]) => {
      const server = createServer({ keepAliveTimeout: 60_000 }, listener);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return { name, server, port: (server.address() as AddressInfo).port };
    }),
  );
}

interface TurnResult extends LoadResult {
  /** The receiving process's time on the processor for one delivery, which noise moves less than its speed. */
  readonly cpuUs: number;
}

export interface Measured {
  readonly results: ReadonlyMap<string, readonly TurnResult[]>;
  /** Deliveries a second of one against another's, round by round: the median. */
  ratio(name: string, of: string): number;
  p99Ratio(name: string, of: string): number;
  /** The same of the receiver's time on the processor: what who else uses the machine hardly moves. */
  cpuRatio(name: string, of: string): number;
  /** Requests that each server was sent, the warm-up included. */
  readonly sent: ReadonlyMap<string, number>;
}

let nextEvent = 1;

export async function measureServers(
  { log }: BenchContext,
  sender: ChildProcess,
  target: Target,
  connections: number,
  servers: readonly Listening[],
): Promise<Measured> {
  const sent = new Map<string, number>();
  const turn = async ({ name, port }: Listening, requests: number): Promise<TurnResult> => {
    const load: Load = {
      ...target,
      port,
      connections,
      requests,
      firstEvent: nextEvent,
    };
    nextEvent += requests;
    sent.set(name, (sent.get(name) ?? 0) + requests);
    const result = new Promise<LoadResult>((resolve) => sender.once("message", resolve as () => void));
    const before = process.cpuUsage();
    sender.send(load);
    const { perSecond, p50Ms, p99Ms, refused } = await result;
    const { system, user } = process.cpuUsage(before);
    return { perSecond, p50Ms, p99Ms, refused, cpuUs: (system + user) / requests };
  };
  const requests = new Map<string, number>();
  for (const one of servers) {
    await turn(one, 2_000);
    const { perSecond } = await turn(one, 4_000);
    requests.set(one.name, Math.ceil((perSecond * TURN_MS) / 1_000));
  }
  const results = new Map<string, TurnResult[]>(servers.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++) {
    for (let step = 0; step < servers.length; step++) {
      // The order turns by one each round: no one always follows the same neighbour.
      const one = servers[(round + step) % servers.length] as Listening;
      const result = await turn(one, requests.get(one.name) ?? 1_000);
      if (result.refused > 0) throw new Error(`${one.name} refused ${result.refused} genuine deliveries`);
      results.get(one.name)?.push(result);
    }
    log(`  ${connections} connections: round ${round + 1} of ${ROUNDS}`);
  }
  for (const { server } of servers) {
    server.closeAllConnections();
    server.close();
  }
  const each = (name: string, of: string, value: (result: TurnResult) => number) =>
    median(
      (results.get(name) ?? []).map((own, at) => value(own) / value(results.get(of)?.[at] as TurnResult)),
    );
  return {
    results,
    ratio: (name, of) => each(name, of, ({ perSecond }) => perSecond),
    p99Ratio: (name, of) => each(name, of, ({ p99Ms }) => p99Ms),
    cpuRatio: (name, of) => each(name, of, ({ cpuUs }) => 1 / cpuUs),
    sent,
  };
}

export function report(rows: Row[], what: string, { ratio, results }: Measured): void {
  const [first = ""] = results.keys();
  for (const [name, rounds] of results) {
    const speeds = rounds.map(({ perSecond }) => perSecond);
    rows.push({
      what,
      server: name,
      "requests/s": Math.round(median(speeds)),
      "min–max": `${(Math.min(...speeds) / 1_000).toFixed(1)}k–${(Math.max(...speeds) / 1_000).toFixed(1)}k`,
      "of first": ratio(name, first),
      "cpu µs": median(rounds.map(({ cpuUs }) => cpuUs)),
      "p50 ms": median(rounds.map(({ p50Ms }) => p50Ms)),
      "p99 ms": median(rounds.map(({ p99Ms }) => p99Ms)),
    });
  }
}
