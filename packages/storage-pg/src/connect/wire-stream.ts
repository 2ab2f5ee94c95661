import { Duplex } from "node:stream";

/**
 * A stream that looks to the driver like a socket, and carries PostgreSQL's protocol to whoever `send`s it on. What
 * the driver writes between cork and uncork goes as one message, and is answered by one.
 */
export class WireStream extends Duplex {
  readonly #send: (bytes: Uint8Array) => Promise<Uint8Array | undefined>;

  constructor(send: (bytes: Uint8Array) => Promise<Uint8Array | undefined>) {
    super();
    this.#send = send;
  }

  connect(): this {
    queueMicrotask(() => this.emit("connect"));
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    // A copy: the driver writes into one buffer again and again, and the message is transferred.
    this.#forward(new Uint8Array(chunk), done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: (error?: Error) => void): void {
    const whole = new Uint8Array(chunks.reduce((length, { chunk }) => length + chunk.length, 0));
    let at = 0;
    for (const { chunk } of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    this.#forward(whole, done);
  }

  #forward(bytes: Uint8Array, done: (error?: Error) => void): void {
    this.#send(bytes).then(
      (answer) => {
        if (answer && answer.length > 0 && !this.destroyed) {
          this.push(Buffer.from(answer.buffer, answer.byteOffset, answer.length));
        }
      },
      (error: Error) => this.destroy(error),
    );
    done();
  }
}
