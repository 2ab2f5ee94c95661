// SHA-1 and SHA-256 as FIPS 180-4 describes them. Used only where the runtime has no node:crypto.

const ROUND_WORDS = /* @__PURE__ */ fractionalBits(64, 1 / 3); // §4.2.2: the first 64 primes' cube roots
const SHA256_START = /* @__PURE__ */ fractionalBits(8, 1 / 2); // §5.3.3: the first 8 primes' square roots
const SHA1_START = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0];

export function digestSha256(message: Uint8Array): Uint8Array {
  const hash = Uint32Array.from(SHA256_START);
  const words = new Uint32Array(64);
  return digest(message, hash, words, () => {
    for (let t = 16; t < 64; t++) {
      const w15 = word(words, t - 15);
      const w2 = word(words, t - 2);
      const s0 = right(w15, 7) ^ right(w15, 18) ^ (w15 >>> 3);
      const s1 = right(w2, 17) ^ right(w2, 19) ^ (w2 >>> 10);
      words[t] = word(words, t - 16) + s0 + word(words, t - 7) + s1;
    }
    let [a, b, c, d, e, f, g, h] = hash as unknown as Eight;
    for (let t = 0; t < 64; t++) {
      const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + word(ROUND_WORDS, t) + word(words, t)) | 0;
      const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + t2) | 0;
    }
    add(hash, [a, b, c, d, e, f, g, h]);
  });
}

export function digestSha1(message: Uint8Array): Uint8Array {
  const hash = Uint32Array.from(SHA1_START);
  const words = new Uint32Array(80);
  return digest(message, hash, words, () => {
    for (let t = 16; t < 80; t++) {
      const mixed = word(words, t - 3) ^ word(words, t - 8) ^ word(words, t - 14) ^ word(words, t - 16);
      words[t] = right(mixed, 31);
    }
    let [a, b, c, d, e] = hash as unknown as Five;
    for (let t = 0; t < 80; t++) {
      const [choice, constant] = sha1Round(t, b, c, d);
      const next = (right(a, 27) + choice + e + constant + word(words, t)) | 0;
      e = d;
      d = c;
      c = right(b, 2);
      b = a;
      a = next;
    }
    add(hash, [a, b, c, d, e]);
  });
}

type Five = [number, number, number, number, number];
type Eight = [number, number, number, number, number, number, number, number];

function sha1Round(t: number, b: number, c: number, d: number): [choice: number, constant: number] {
  if (t < 20) return [(b & c) ^ (~b & d), 0x5a827999];
  if (t < 40) return [b ^ c ^ d, 0x6ed9eba1];
  if (t < 60) return [(b & c) ^ (b & d) ^ (c & d), 0x8f1bbcdc];
  return [b ^ c ^ d, 0xca62c1d6];
}

/** Pads the message (§5.1.1), works block by block, and writes the hash out big-endian. */
function digest(message: Uint8Array, hash: Uint32Array, words: Uint32Array, work: () => void): Uint8Array {
  const padded = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(padded.length - 4, message.length << 3);
  for (let block = 0; block < padded.length; block += 64) {
    for (let t = 0; t < 16; t++) words[t] = view.getUint32(block + t * 4);
    work();
  }
  const out = new DataView(new ArrayBuffer(hash.length * 4));
  hash.forEach((value, at) => {
    out.setUint32(at * 4, value);
  });
  return new Uint8Array(out.buffer);
}

function add(hash: Uint32Array, values: readonly number[]): void {
  values.forEach((value, at) => {
    hash[at] = word(hash, at) + value;
  });
}

function word(words: Uint32Array, at: number): number {
  return words[at] as number;
}

function right(value: number, by: number): number {
  return (value >>> by) | (value << (32 - by));
}

function fractionalBits(count: number, power: number): Uint32Array {
  const bits: number[] = [];
  for (let n = 2; bits.length < count; n++) {
    if (isPrime(n)) bits.push((n ** power % 1) * 2 ** 32);
  }
  return Uint32Array.from(bits);
}

function isPrime(n: number): boolean {
  for (let by = 2; by * by <= n; by++) if (n % by === 0) return false;
  return true;
}
