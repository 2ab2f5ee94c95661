import { StorageError, ValidationError } from "@halo/core";
import {
  type CompiledQuery,
  DefaultQueryExecutor,
  PostgresAdapter,
  PostgresQueryCompiler,
  type QueryExecutor,
  type QueryExecutorProvider,
} from "kysely";
import type { Connector, CopyChunks, CopyOptions, QueryResult, Session } from "./connect/session.ts";
import { isConnectionLoss, isTransient, toStorageError } from "./connect/storage-errors.ts";
import type { Names } from "./roles.ts";

/**
 * A transaction, as the application role, with its org set. Two ways to run a statement, both with parameters only:
 * `query` (hot paths: the text is constant and its plan is kept) and kysely's `` sql`…`.execute(tx) ``.
 */
export interface Tx extends QueryExecutorProvider {
  /** Undefined in `inOrgs` and `asControl`. Statements on tenant tables name it too. */
  readonly orgId: string | undefined;
  /** PGlite: one connection, no round trip over a network. */
  readonly embedded: boolean;
  /** Both statements that do not need each other's answers: sent together where the connection can, in this order. */
  both<A, B>(first: () => Promise<A>, second: () => Promise<B>): Promise<readonly [A, B]>;
  /**
   * One statement with a constant text. `int8` comes as number (text beyond 2^53), `numeric` and `date` as text,
   * `timestamptz` as Date, `jsonb` parsed. A Date goes in as `timestamptz`, a plain object as JSON, an array as a
   * PostgreSQL array (so a JSON array must be given as text and cast: `$1::jsonb`).
   */
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<QueryResult<Row>>;
  /**
   * As `query`, for what nobody reads the answer of: where the connection is pipelined it resolves once it is sent, and
   * the next statement goes right behind. If it fails, that is the error of whatever is awaited next, of the commit at
   * the latest.
   */
  send(text: string, values?: readonly unknown[]): Promise<void>;
  /** Like `query`, without keeping a plan: for texts that vary (mirror tables). */
  queryOnce<Row = Record<string, unknown>>(
    text: string,
    values?: readonly unknown[],
  ): Promise<QueryResult<Row>>;
  /**
   * Several statements without values in one message (`create temporary table …`). Never put a value into the text.
   */
  exec(text: string): Promise<void>;
  /**
   * `COPY {target} FROM` in PostgreSQL's text or binary format. Refused by PostgreSQL for tables with row security:
   * copy into a temporary table and merge. On PGlite all of it is held in memory at once.
   */
  copyIn(target: string, chunks: CopyChunks, options?: CopyOptions): Promise<void>;
  /** Tells a worker, when this commits, that there is work. `wakeIn` does it; nobody else needs to. */
  kick(): Promise<void>;
}

/** What the door cannot know before the store is open. */
export interface DoorHooks {
  /** Where pgvector is installed, if it is. */
  vectorSchema(): string | undefined;
  kick(tx: Tx): Promise<void>;
}

/** The one way to the database. */
export interface Door {
  readonly embedded: boolean;
  readonly names: Names;
  /**
   * Runs `work` in one transaction (READ COMMITTED) as the application role, seeing rows of this org only. Serialization
   * failures, deadlocks and connections that were lost before the commit run `work` again from its beginning, so it
   * must have no effect outside the transaction. Throws Halo's errors as they are, everything else as
   * `storage_failed`. Never open one inside another: embedded, that waits until it times out. `atOnce` as in `inOrgs`.
   */
  inOrg<T>(orgId: string, work: (tx: Tx) => Promise<T>, atOnce?: boolean): Promise<T>;
  /**
   * The same for a set of orgs, which only `deliveries` admits. With `atOnce`, `work` sends all its statements before it
   * awaits anything, and where the connection is pipelined the commit follows right behind: one round trip in all.
   */
  inOrgs<T>(orgIds: readonly string[], work: (tx: Tx) => Promise<T>, atOnce?: boolean): Promise<T>;
  /** The same with no org: control tables only; tenant tables show no row. */
  asControl<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /**
   * As `inOrg`, on a connection that may be held over a network call (I2: token refresh only); no retry. On an
   * embedded store there is no such connection, and this throws.
   */
  inOrgLong<T>(orgId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
}

export interface DoorOptions {
  /** No statement takes longer. Default 60,000. */
  readonly statementMs?: number;
  /** Nor waits longer for a row that another transaction has locked. Default 15,000. */
  readonly lockMs?: number;
  /** A transaction that is left alone so long is ended by the server. Default 30,000. */
  readonly idleMs?: number;
}

/** Times that one unit is run at most. */
const attempts = 4;

const compiler = new PostgresQueryCompiler();
const adapter = new PostgresAdapter();

export function createDoor(
  connector: Connector,
  names: Names,
  hooks: DoorHooks,
  options: DoorOptions = {},
): Door {
  const statementMs = options.statementMs ?? 60_000;
  const settings = [
    ["statement_timeout", String(statementMs)],
    ["lock_timeout", String(options.lockMs ?? 15_000)],
    ["idle_in_transaction_session_timeout", String(options.idleMs ?? 30_000)],
    // Statements here are short, but look dear where a scan is switched off (`by-index.ts`: 1e10 up to PostgreSQL 17) or
    // ranks many vectors: a server with LLVM compiled a page's for 90 ms, to run it for 4.
    ["jit", "off"],
    ["role", names.app],
  ] as const;

  const opening = (scope: Scope): Opening => {
    const path = [names.schema, hooks.vectorSchema(), "pg_temp"]
      .filter((part) => part !== undefined)
      .join(", ");
    return openingOf([["search_path", path], ...settings, ...scope]);
  };

  const run = async <T>(
    orgId: string | undefined,
    scope: Scope,
    work: (tx: Tx) => Promise<T>,
    acquire: () => Promise<Session> = () => connector.acquire(),
    most = attempts,
    atOnce = false,
  ): Promise<T> => {
    for (let attempt = 1; ; attempt++) {
      const outcome = await once(
        acquire,
        opening(scope),
        (session, behind) => work(transaction(session, orgId, connector.embedded, hooks, behind)),
        atOnce,
      );
      if ("value" in outcome) return outcome.value;
      const { error, sent } = outcome;
      // Once COMMIT was sent nobody knows whether it counted: the caller decides whether to run again (F76).
      const again = isTransient(error) || (!sent && isConnectionLoss(error));
      if (!again || attempt >= most) throw toStorageError(error);
      await pause(attempt);
    }
  };

  // A vendor waits for an answer to its webhook, a worker for its lease: short transactions, before any page of a sync.
  const urgently = () => connector.acquire(true);

  return {
    embedded: connector.embedded,
    names,
    inOrg: (orgId, work, atOnce = false) =>
      run(orgId, orgScope(orgId), work, atOnce ? urgently : undefined, attempts, atOnce),
    inOrgs: (orgIds, work, atOnce) => {
      for (const orgId of orgIds) checkOrg(orgId);
      return run(
        undefined,
        [
          ["halo.org", ""],
          ["halo.orgs", JSON.stringify(orgIds)],
        ],
        work,
        urgently,
        attempts,
        atOnce,
      );
    },
    asControl: (work) =>
      run(
        undefined,
        [
          ["halo.org", ""],
          ["halo.orgs", ""],
        ],
        work,
        urgently,
      ),
    inOrgLong: (orgId, work) => {
      const long = connector.acquireLong;
      if (!long) throw new StorageError("An embedded store has no second connection.", { retryable: false });
      return run(orgId, orgScope(orgId), work, long, 1);
    },
  };
}

/** Settings of one transaction. */
type Scope = readonly (readonly [string, string])[];

/** How a transaction is opened: nothing of the caller's stands in a text but as hex digits (T27). */
interface Opening {
  /** One message, for a connection that waits for each answer. */
  readonly message: () => string;
  /** Behind a bare `begin` on one that does not: its plan is kept, which spares the server a third of its work. */
  readonly text: string;
  readonly values: readonly string[];
}

function openingOf(all: Scope): Opening {
  // All of them are set; no row and no column comes of it, so that nobody writes or reads one.
  const each = (value: (of: string, index: number) => string) =>
    `num_nonnulls(${all.map(([name, of], index) => `set_config('${name}', ${value(of, index)}, true)`).join(", ")}) = 0`;
  return {
    message: () => `begin; select where ${each(literal)}`,
    text: `select where ${each((_, index) => `$${index + 1}`)}`,
    values: all.map(([, value]) => value),
  };
}

/** All that is sent here goes before whatever follows, and fails it if it fails. */
async function open(session: Session, { message, text, values }: Opening): Promise<void> {
  if (!session.pipelined) return await session.exec(message());
  await Promise.all([session.exec("begin"), session.query(text, values, true)]);
}

function orgScope(orgId: string): Scope {
  checkOrg(orgId);
  return [
    ["halo.org", orgId],
    ["halo.orgs", ""],
  ];
}

type Outcome<T> = { readonly value: T } | { readonly error: unknown; readonly sent: boolean };

async function once<T>(
  acquire: () => Promise<Session>,
  opening: Opening,
  work: (session: Session, behind: Promise<unknown>[]) => Promise<T>,
  atOnce: boolean,
): Promise<Outcome<T>> {
  let session: Session;
  try {
    session = await acquire();
  } catch (error) {
    return { error, sent: false };
  }
  let sent = false;
  let broken = false;
  let opened: Promise<void> | undefined;
  try {
    if (atOnce && session.together) {
      sent = true;
      const value = await session.together(() => {
        // Its error is that of whatever came behind.
        session.query(opening.text, opening.values, true).catch(() => {});
        return work(session, []);
      });
      return { value };
    }
    // If opening it failed, whatever was sent behind it is refused by the server: the transaction is aborted, or absent
    // together with the connection.
    opened = open(session, opening);
    opened.catch(() => {});
    if (!session.pipelined) await opened;
    const behind: Promise<unknown>[] = [opened];
    const working = work(session, behind);
    if (atOnce && session.pipelined) {
      sent = true;
      // Behind a statement that failed it ends the transaction and commits nothing.
      const [done, committed] = await Promise.allSettled([working, session.exec("commit")]);
      if (done.status === "rejected") throw done.reason;
      if (committed.status === "rejected") throw committed.reason;
      return { value: done.value };
    }
    const value = await working;
    sent = true;
    const committed = session.exec("commit");
    committed.catch(() => {});
    // Behind a statement that failed the server ends the transaction, and says nothing of it but this.
    await Promise.all(behind);
    await committed;
    return { value };
  } catch (thrown) {
    // What was sent behind a failed opening fails too, with an error that says nothing.
    const error = await (opened ?? Promise.resolve()).then(
      () => thrown,
      (reason: unknown) => reason,
    );
    // After a time-out on our side the server may still be busy with the statement: that connection is of no use.
    broken = isConnectionLoss(error);
    if (!broken) broken = !(await rolledBack(session));
    return { error, sent };
  } finally {
    session.release(broken);
  }
}

async function rolledBack(session: Session): Promise<boolean> {
  try {
    await session.exec("rollback");
    return true;
  } catch {
    return false;
  }
}

function transaction(
  session: Session,
  orgId: string | undefined,
  embedded: boolean,
  hooks: DoorHooks,
  behind: Promise<unknown>[],
): Tx {
  let executor: QueryExecutor | undefined;
  /** What follows a statement that failed fails too, with an error that says nothing: the first one counts. */
  const first = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      await Promise.all(behind);
      throw error;
    }
  };
  const tx: Tx = {
    orgId,
    embedded,
    both: async (first, second) => {
      if (!session.pipelined) return [await first(), await second()];
      const sent = [first(), second()] as const;
      // Neither may be left behind on a connection that is given back.
      await Promise.allSettled(sent);
      return await Promise.all(sent);
    },
    query: (text, values = []) => first(session.query(text, values, true)),
    send: async (text, values = []) => {
      const answer = session.query(text, values, true);
      if (!session.pipelined) {
        await answer;
        return;
      }
      answer.catch(() => {});
      behind.push(answer);
    },
    queryOnce: (text, values = []) => session.query(text, values, false),
    exec: (text) => session.exec(text),
    copyIn: async (target, chunks, options) => {
      // COPY has the connection for itself: what was sent before it has to be answered.
      await Promise.all(behind);
      await session.copyIn(target, chunks, options);
    },
    kick: () => hooks.kick(tx),
    getExecutor: () => (executor ??= executorOf(session)),
  };
  return tx;
}

/** What kysely needs to run `sql` on a session. */
export function executorOf(session: Session): QueryExecutor {
  const connection = {
    async executeQuery<Row>(compiled: CompiledQuery) {
      const { rows, count } = await session.query<Row>(compiled.sql, compiled.parameters, false);
      return { rows: [...rows], numAffectedRows: BigInt(count) };
    },
    streamQuery(): never {
      throw new StorageError("Statements are not streamed: page by a key instead.", { retryable: false });
    },
  };
  return new DefaultQueryExecutor(compiler, adapter, {
    provideConnection: (consumer) => consumer(connection),
  });
}

/** Longer ids than this are refused rather than indexed. */
const longestOrg = 200;

function checkOrg(orgId: string): void {
  if (typeof orgId === "string" && orgId !== "" && orgId.length <= longestOrg && !orgId.includes("\0"))
    return;
  throw new ValidationError(
    `orgId must be a text of 1 to ${longestOrg} characters: nothing is read without it.`,
    {
      path: "orgId",
      reason: "empty, too long, or no text",
    },
  );
}

/** Text as an expression that holds nothing but hex digits. */
function literal(value: string): string {
  return `convert_from('\\x${Buffer.from(value, "utf8").toString("hex")}'::bytea, 'UTF8')`;
}

/** Full jitter, so that two that met do not meet again. */
function pause(attempt: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * 2 ** attempt));
}
