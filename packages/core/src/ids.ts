/** UUID version 7 (RFC 9562): the time first, so that rows made together lie together. `now` is epoch ms. */
export function uuidv7(now: number): string {
  if (taken === pool.length) {
    crypto.getRandomValues(pool);
    taken = 0;
  }
  const bytes = pool.subarray(taken, taken + 16);
  taken += 16;
  // Within one millisecond a counter keeps the order in which they were made.
  if (now <= lastMs) {
    counter += 1;
    now = lastMs;
  } else {
    lastMs = now;
    counter = ((bytes[6] ?? 0) & 0x07) * 256 + (bytes[7] ?? 0);
  }
  if (counter > 0xfff) {
    lastMs += 1;
    now = lastMs;
    counter = 0;
  }
  let high = now;
  for (let i = 5; i >= 0; i--) {
    bytes[i] = high % 256;
    high = Math.floor(high / 256);
  }
  bytes[6] = 0x70 | (counter >> 8);
  bytes[7] = counter & 0xff;
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  let text = "";
  for (let i = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += hex[bytes[i] ?? 0];
  }
  return text;
}

// Random bytes of many ids at once: asking for sixteen costs as much as asking for thousands.
const pool = new Uint8Array(16 * 256);
let taken = pool.length;
let lastMs = 0;
let counter = 0;
const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
