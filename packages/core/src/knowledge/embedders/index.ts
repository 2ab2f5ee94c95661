export type { Embedder, EmbedOptions } from "../../ports/embedder.ts";
export { type HashingEmbedderOptions, hashingEmbedder } from "./hashing-embedder.ts";
