// Arrays as PostgreSQL's binary protocol has them (array_recv). A batch of deliveries as text would be escaped here and
// unescaped there, character by character: that costs more than storing the rows does.
import { ValidationError } from "@halo/core";

/** An array parameter: how much room it takes at most, and how it is written; returns where it ends. */
export interface BinaryArray {
  readonly mostBytes: number;
  write(into: Buffer, at: number): number;
}

const oids = { jsonb: 3802, text: 25, timestamptz: 1184 } as const;

/** PostgreSQL counts microseconds from the year 2000. */
const epochMs = Date.UTC(2000, 0, 1);
const headerBytes = 20;
/** A UTF-16 unit is three bytes of UTF-8 at most. */
const mostBytesOfUnit = 3;

export function textArray(values: readonly string[]): BinaryArray {
  return {
    mostBytes: headerBytes + values.length * 4 + lengthOf(values) * mostBytesOfUnit,
    write(into, from) {
      let at = writeHeader(into, from, oids.text, values.length);
      for (const value of values) {
        const bytes = into.write(value, at + 4);
        at = into.writeInt32BE(bytes, at) + bytes;
      }
      return at;
    },
  };
}

/** Of JSON texts. */
export function jsonbArray(texts: readonly string[]): BinaryArray {
  return {
    mostBytes: headerBytes + texts.length * 5 + lengthOf(texts) * mostBytesOfUnit,
    write(into, from) {
      let at = writeHeader(into, from, oids.jsonb, texts.length);
      for (const text of texts) {
        const bytes = into.write(text, at + 5);
        at = into.writeInt32BE(bytes + 1, at);
        // The only version of the format.
        at = into.writeUInt8(1, at) + bytes;
      }
      return at;
    },
  };
}

/** Undefined is null. Writing throws `input_invalid` for a Date that is none. */
export function timestamptzArray(values: readonly (Date | undefined)[]): BinaryArray {
  return {
    mostBytes: headerBytes + values.length * 12,
    write(into, from) {
      let at = writeHeader(into, from, oids.timestamptz, values.length);
      for (const value of values) {
        if (value === undefined) {
          at = into.writeInt32BE(-1, at);
          continue;
        }
        const ms = value.getTime();
        if (Number.isNaN(ms)) throw noDate();
        at = into.writeInt32BE(8, at);
        at = into.writeBigInt64BE(BigInt(ms - epochMs) * 1_000n, at);
      }
      return at;
    },
  };
}

/** Buffers that are kept: memory outside of the heap makes the collector run over all of it. */
const kept: Buffer[] = [];
const mostKept = 4;
const mostKeptBytes = 2 ** 21;

/**
 * Runs `use` with the arrays as parameters; the driver takes a Buffer for a binary value. They are overwritten once
 * it has resolved.
 */
export async function withBinary<T>(
  arrays: readonly BinaryArray[],
  use: (values: readonly Buffer[]) => Promise<T>,
): Promise<T> {
  let bytes = 0;
  for (const { mostBytes } of arrays) bytes += mostBytes;
  let buffer = kept.pop();
  if (buffer === undefined || buffer.length < bytes)
    buffer = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(bytes)));
  const values: Buffer[] = [];
  let at = 0;
  for (const array of arrays) {
    const end = array.write(buffer, at);
    values.push(buffer.subarray(at, end));
    at = end;
  }
  // Not after a failure: a connection that lost its way might still send from it.
  const result = await use(values);
  if (kept.length < mostKept && buffer.length <= mostKeptBytes) kept.push(buffer);
  return result;
}

function noDate(): ValidationError {
  return new ValidationError("A time is an invalid Date: leave it out where the vendor names none.", {
    path: "batch",
    reason: "invalid date",
  });
}

function lengthOf(values: readonly string[]): number {
  let units = 0;
  for (const value of values) units += value.length;
  return units;
}

function writeHeader(into: Buffer, from: number, oid: number, length: number): number {
  // One dimension.
  let at = into.writeInt32BE(1, from);
  // There may be nulls.
  at = into.writeInt32BE(1, at);
  at = into.writeInt32BE(oid, at);
  at = into.writeInt32BE(length, at);
  // Subscripts begin at 1.
  return into.writeInt32BE(1, at);
}
