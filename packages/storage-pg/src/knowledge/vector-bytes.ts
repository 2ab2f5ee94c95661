/**
 * pgvector's own binary form, as the driver sends any buffer: dimensions (int16), nothing (int16), floats, all big end
 * first. Reading 384 numbers out of a text costs PGlite 0.7 ms, more than comparing 800 vectors with them.
 */
export function vectorBytes(vector: Float32Array): Buffer {
  const bytes = Buffer.allocUnsafe(4 + 4 * vector.length);
  bytes.writeInt16BE(vector.length, 0);
  bytes.writeInt16BE(0, 2);
  for (let i = 0; i < vector.length; i++) bytes.writeFloatBE(vector[i] as number, 4 + 4 * i);
  return bytes;
}
