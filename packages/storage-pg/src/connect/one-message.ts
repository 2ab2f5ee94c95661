import { valueParsers } from "./value-parsers.ts";

/** A statement with its plan's name, and who waits for its answer. */
export interface Sent {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly name: string | undefined;
  readonly answered: (error: unknown, result?: unknown) => void;
}

/** What of pg's connection its queries use. */
interface Wire {
  readonly stream: { cork?(): void; uncork?(): void };
  readonly submittedNamedStatements?: { [name: string]: string };
  execute(config: { readonly portal: string }): void;
  sync(): void;
}

/** pg's own query, with the methods that its client calls as messages come. */
interface DriverQuery {
  name: string | undefined;
  text: string | undefined;
  callback: ((error: unknown, result?: unknown) => void) | undefined;
  submit(wire: Wire): Error | null;
  handleRowDescription(message: unknown): void;
  handleDataRow(message: unknown): void;
  handleCommandComplete(message: unknown, wire: Wire): void;
  handleEmptyQuery(wire: Wire): void;
  handleError(error: unknown, wire: Wire): void;
  handleReadyForQuery(wire: Wire): void;
}

export type QueryClass = new (config: object, values?: unknown, callback?: Sent["answered"]) => DriverQuery;

/** The class of a client's queries; undefined for a host's client that is none of pg's. */
export function queryClassOf(client: object): QueryClass | undefined {
  const { Query } = client.constructor as { readonly Query?: unknown };
  return typeof Query === "function" && typeof Query.prototype?.handleReadyForQuery === "function"
    ? (Query as QueryClass)
    : undefined;
}

type Together = new (statements: readonly Sent[], done: (error: unknown) => void) => DriverQuery;

const classes = new WeakMap<QueryClass, Together>();

/**
 * Statements that go to the server as one message with one Sync at its end, which makes them one transaction, without a
 * BEGIN and a COMMIT of their own: it writes its answers at once, and nobody is woken in between. To pg's client it is
 * one query, which hands on to each statement what is its own.
 */
export function togetherClass(Query: QueryClass): Together {
  const known = classes.get(Query);
  if (known) return known;
  class StatementsTogether extends Query {
    readonly #all: readonly DriverQuery[];
    #at = 0;

    constructor(statements: readonly Sent[], done: (error: unknown) => void) {
      super({ text: "" }, undefined, done);
      this.#all = statements.map(
        ({ answered, name, text, values }) =>
          new Query({ name, text, values, types: valueParsers }, undefined, answered),
      );
      this.#standAt(0);
    }

    /** The client reads name and text as it hears that a plan was made: of the statement whose turn it is. */
    #standAt(at: number): DriverQuery | undefined {
      const now = this.#all[at];
      this.#at = at;
      this.name = now?.name;
      this.text = now?.text;
      return now;
    }

    override submit(wire: Wire): Error | null {
      let unsent = false;
      const behind: Wire = Object.create(wire, {
        sync: { value: () => {} },
        // A value that cannot be sent: pg takes the statement back, and goes on.
        close: {
          value: () => {
            unsent = true;
          },
        },
      });
      wire.stream.cork?.();
      try {
        for (const statement of this.#all) {
          const refused = statement.submit(behind);
          if (refused) statement.handleError(refused, wire);
          unsent ||= refused !== null;
        }
        // There is no such portal: nothing of the rest counts.
        if (unsent) wire.execute({ portal: "halo_unsent" });
      } finally {
        wire.sync();
        wire.stream.uncork?.();
      }
      return null;
    }

    override handleRowDescription(message: unknown): void {
      this.#all[this.#at]?.handleRowDescription(message);
    }

    override handleDataRow(message: unknown): void {
      this.#all[this.#at]?.handleDataRow(message);
    }

    override handleCommandComplete(message: unknown, wire: Wire): void {
      this.#all[this.#at]?.handleCommandComplete(message, wire);
      this.#standAt(this.#at + 1);
    }

    /** Of one of them, or of the commit: then none of them counts. */
    override handleError(error: unknown, wire: Wire): void {
      // What came behind was never looked at, nor its plan made.
      for (const { name } of this.#all.slice(this.#at))
        if (name !== undefined) delete wire.submittedNamedStatements?.[name];
      for (const statement of this.#all) statement.handleError(error, wire);
      this.callback?.(error);
    }

    override handleReadyForQuery(wire: Wire): void {
      for (const statement of this.#all) statement.handleReadyForQuery(wire);
      this.callback?.(undefined);
    }
  }
  classes.set(Query, StatementsTogether);
  return StatementsTogether;
}
