export type { Embedder, EmbedOptions } from "../../ports/embedder.ts";
export { type AiSdkEmbedderOptions, aiSdkEmbedder, type EmbedMany } from "./ai-sdk-embedder.ts";
export { checkedEmbedder } from "./checked-embedder.ts";
export { cutByTokens, type TextPiece, type TokenLimit } from "./cut-by-tokens.ts";
export { embedInPieces } from "./embed-in-pieces.ts";
export { type HashingEmbedderOptions, hashingEmbedder } from "./hashing-embedder.ts";
export {
  type OpenAICompatibleEmbedderOptions,
  openAICompatibleEmbedder,
} from "./openai-compatible-embedder.ts";
