export type { JsonSchema, LanguageModel, ModelAnswer, ModelRequest } from "../../ports/language-model.ts";
export { type AiSdk, type AiSdkModelOptions, aiSdkModel } from "./ai-sdk-model.ts";
export { extractiveModel } from "./extractive-model.ts";
export { type OpenAICompatibleModelOptions, openAICompatibleModel } from "./openai-compatible-model.ts";
