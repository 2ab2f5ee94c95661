import { createHash } from "node:crypto";
import { finished } from "node:stream/promises";
import type { CopyStreamQuery } from "pg-copy-streams";
import { queryClassOf, type Sent, togetherClass } from "./one-message.ts";
import type { CopyChunks, CopyOptions, QueryResult, Session } from "./session.ts";
import { valueParsers } from "./value-parsers.ts";

/** The slice of pg's client that is used; a host's own client fits. */
export interface ClientSlice {
  query(query: unknown): unknown;
  /** pg's own switch (since 8.23); a host's client may be without it. */
  pipeline?: boolean;
}

interface ClientResult<Row> {
  readonly rows: Row[];
  readonly rowCount: number | null;
}

/** Beyond so many texts a server would hold plans for nothing: the rest goes unprepared. */
const maxPrepared = 500;
const names = new Map<string, string>();

function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known) return known;
  if (names.size >= maxPrepared) return undefined;
  const name = `halo_${createHash("sha256").update(text).digest("hex").slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/** A session over a client that speaks PostgreSQL's protocol: a server's, or the embedded one's. */
export function clientSession(
  client: ClientSlice,
  own: {
    readonly copyIn: Session["copyIn"];
    readonly release: (broken: boolean) => void;
    /** False behind a pooler that cannot keep prepared statements. */
    readonly prepare: boolean;
  },
): Session {
  const Query = client.pipeline === true && own.prepare ? queryClassOf(client) : undefined;
  let gathered: Sent[] | undefined;
  return {
    pipelined: client.pipeline === true,
    ...(Query && {
      async together<T>(send: () => Promise<T>): Promise<T> {
        const statements: Sent[] = [];
        gathered = statements;
        let working: Promise<T>;
        try {
          working = send();
        } finally {
          gathered = undefined;
        }
        const committed = new Promise<void>((resolve, reject) => {
          const Together = togetherClass(Query);
          client.query(new Together(statements, (error) => (error ? reject(error) : resolve())));
        });
        const [done, end] = await Promise.allSettled([working, committed]);
        if (done.status === "rejected") throw done.reason;
        if (end.status === "rejected") throw end.reason;
        return done.value;
      },
    }),
    async query<Row>(text: string, values: readonly unknown[], prepare: boolean): Promise<QueryResult<Row>> {
      const name = prepare && own.prepare ? statementName(text) : undefined;
      if (gathered) {
        const into = gathered;
        const { rows, rowCount } = await new Promise<ClientResult<Row>>((resolve, reject) => {
          into.push({
            text,
            values,
            name,
            answered: (error, result) => (error ? reject(error) : resolve(result as ClientResult<Row>)),
          });
        });
        return { rows, count: rowCount ?? rows.length };
      }
      const result = (await client.query({
        text,
        values: [...values],
        types: valueParsers,
        ...(name ? { name } : {}),
      })) as ClientResult<Row>;
      return { rows: result.rows, count: result.rowCount ?? result.rows.length };
    },
    async exec(text) {
      await client.query({ text, types: valueParsers });
    },
    copyIn: own.copyIn,
    release: own.release,
  };
}

/** COPY over the wire; only servers take it. */
export async function copyOverWire(
  client: ClientSlice,
  target: string,
  chunks: CopyChunks,
  { format = "text", create }: CopyOptions = {},
): Promise<void> {
  if (create !== undefined) await client.query({ text: create });
  const { from } = await import("pg-copy-streams");
  // COPY holds the connection for itself; whatever was sent before it has been answered by now.
  const pipelined = client.pipeline === true;
  if (pipelined) client.pipeline = false;
  try {
    await copyFrom(from(`copy ${target} from stdin (format ${format})`), client, chunks);
  } finally {
    if (pipelined) client.pipeline = true;
  }
}

async function copyFrom(stream: CopyStreamQuery, client: ClientSlice, chunks: CopyChunks): Promise<void> {
  client.query(stream);
  const done = finished(stream);
  done.catch(() => {});
  for await (const chunk of chunks) {
    if (stream.destroyed) break;
    if (!stream.write(chunk)) {
      await Promise.race([new Promise<void>((resolve) => stream.once("drain", resolve)), done]);
    }
  }
  stream.end();
  await done;
}
