/** 1970 to 2000, where PostgreSQL's times begin, in milliseconds. */
const epochMs = 946_684_800_000;

/**
 * PostgreSQL's binary formats, one value after the other: no escaping to write, no parsing to read, which for a page's
 * rows is a third of what COPY in text costs.
 */
export class BinaryWriter {
  #bytes: Buffer;
  #length = 0;

  constructor(expectedBytes: number) {
    this.#bytes = Buffer.allocUnsafe(expectedBytes);
  }

  /** Where the next value begins. */
  get length(): number {
    return this.#length;
  }

  /** What was written, or a part of it: a view that the next value may leave behind. */
  finish(from = 0, to = this.#length): Buffer {
    return this.#bytes.subarray(from, to);
  }

  /** Begins anew in the same memory: whatever `finish` gave is overwritten. */
  restart(): void {
    this.#length = 0;
  }

  /** The memory that it holds. */
  get capacityBytes(): number {
    return this.#bytes.length;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#bytes.writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeInt32BE(value, this.#length);
  }

  float32(value: number): void {
    this.#reserve(4);
    this.#length = this.#bytes.writeFloatBE(value, this.#length);
  }

  null(): void {
    this.int32(-1);
  }

  text(value: string): void {
    this.#sized(value, 0);
  }

  /** A `jsonb`: its text after a version. */
  json(text: string): void {
    this.#sized(text, 1);
  }

  /** A `timestamptz`, in microseconds since 1970. */
  time(micros: number): void {
    const since = micros - epochMs * 1000;
    const high = Math.floor(since / 2 ** 32);
    this.#reserve(12);
    this.#bytes.writeInt32BE(8, this.#length);
    this.#bytes.writeInt32BE(high, this.#length + 4);
    this.#length = this.#bytes.writeUInt32BE(since - high * 2 ** 32, this.#length + 8);
  }

  #sized(value: string, version: 0 | 1): void {
    // No character takes more than three bytes for each of its UTF-16 units.
    this.#reserve(4 + version + value.length * 3);
    const start = this.#length + 4 + version;
    const bytes = writeShort(this.#bytes, value, start) ?? this.#bytes.write(value, start);
    this.#bytes.writeInt32BE(bytes + version, this.#length);
    if (version) this.#bytes[start - 1] = version;
    this.#length = start + bytes;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const greater = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(greater, 0, 0, this.#length);
    this.#bytes = greater;
  }
}

/** Memory outside of the heap makes the collector run over all of it, and goes long after it was needed. */
const kept: BinaryWriter[] = [];
const mostKept = 12;
const mostKeptBytes = 2 ** 21;

/** A writer whose memory is used again once it is given back. */
export function borrowWriter(expectedBytes: number): BinaryWriter {
  const out = kept.pop() ?? new BinaryWriter(expectedBytes);
  out.restart();
  return out;
}

/** Only when whatever it wrote has been sent: not after a failure, for a connection that lost its way might still send from it. */
export function returnWriter(out: BinaryWriter): void {
  if (kept.length < mostKept && out.capacityBytes <= mostKeptBytes) kept.push(out);
}

/** A native call takes as long as 40 characters here. Undefined for a longer text, and for one beyond ASCII. */
function writeShort(bytes: Buffer, value: string, start: number): number | undefined {
  const { length } = value;
  if (length > 40) return undefined;
  for (let at = 0; at < length; at++) {
    const code = value.charCodeAt(at);
    if (code > 0x7f) return undefined;
    bytes[start + at] = code;
  }
  return length;
}

const iso = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:Z|([+-])(\d\d)(?::?(\d\d))?)$/;

/**
 * Microseconds since 1970 of a time as vendors write it, with its zone, exactly as PostgreSQL reads it; undefined for
 * what has to be left to PostgreSQL to read, or to refuse.
 */
export function microsOf(text: string): number | undefined {
  const found = iso.exec(text);
  if (!found) return undefined;
  const at = (group: number) => Number(found[group] ?? 0);
  const [year, month, day, hours, zoneHours, zoneMinutes] = [at(1), at(2), at(3), at(4), at(9), at(10)];
  if (year < 1000 || hours > 23 || at(5) > 59 || at(6) > 59 || zoneHours > 14 || zoneMinutes > 59)
    return undefined;
  const ms = Date.UTC(year, month - 1, day, hours, at(5), at(6));
  const date = new Date(ms);
  // A 30th of February is no date for PostgreSQL, and a 1st of March for JavaScript.
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const zoneMs = (zoneHours * 60 + zoneMinutes) * 60_000 * (found[8] === "-" ? -1 : 1);
  return (ms - zoneMs) * 1000 + Number((found[7] ?? "").padEnd(6, "0"));
}
