export type LogFields = { readonly [name: string]: string | number | boolean | null | undefined };

/** Where the host wants to read what happened. Whatever reaches it has been redacted. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} };
