/** What the rest of the package sees of a database: no driver, one connection at a time. */

export interface QueryResult<Row> {
  readonly rows: readonly Row[];
  /** Rows that the statement returned or touched. */
  readonly count: number;
}

export type CopyChunks = AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>;

export interface CopyOptions {
  /** Default "text". */
  readonly format?: "text" | "binary";
  /** A statement that makes the target, if it is not there. */
  readonly create?: string;
  /** Whom the transaction runs as: embedded, COPY reads a device, which that role may not, and is left for it. */
  readonly role?: string;
}

/** One connection, ours alone until it is given back. */
export interface Session {
  /** Statements may be sent before the answers to earlier ones came; they run in the order in which they were sent. */
  readonly pipelined: boolean;
  /**
   * One statement. `prepare` keeps its plan under a name derived from the text: for texts that do not vary. Values come
   * back alike on every driver: `int8` and `oid` as number (as text beyond 2^53), `numeric` and `date` as text,
   * `timestamptz` as Date, `json` and `jsonb` parsed, `bytea` as Uint8Array.
   */
  query<Row>(text: string, values: readonly unknown[], prepare: boolean): Promise<QueryResult<Row>>;
  /**
   * One transaction of the queries that `send` sends before it awaits anything: one message, one answer, no BEGIN and no
   * COMMIT. Whatever fails, the commit too, fails all of them. Absent where the driver cannot.
   */
  together?<T>(send: () => Promise<T>): Promise<T>;
  /** Several statements in one message, without values. */
  exec(text: string): Promise<void>;
  /** `COPY {target} FROM`; `target` is a table with its columns, and both are ours. */
  copyIn(target: string, chunks: CopyChunks, options?: CopyOptions): Promise<void>;
  /** Gives it back; `broken` closes it instead. */
  release(broken: boolean): void;
}

/** A database, whichever it is. */
export interface Connector {
  readonly embedded: boolean;
  /** "PGlite in ./folder", "PostgreSQL"; without credentials. */
  readonly place: string;
  /**
   * Waits for a free connection; rejects with a retryable `storage_failed` when none comes free in time. Where there is
   * only one, `urgent` goes before whoever else waits: for short transactions that somebody outside is waiting for.
   */
  acquire(urgent?: boolean): Promise<Session>;
  /**
   * A connection that may be held over a network call, apart from those that work uses; undefined where there is only
   * one connection, and a mutex has to serve.
   */
  acquireLong: (() => Promise<Session>) | undefined;
  /** Calls back at each notification until the returned function is called. Reconnects by itself. */
  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}
