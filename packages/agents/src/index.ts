export { type CallOptions, type ConfirmRequest, callTool, type ToolAnswer } from "./call-tool.ts";
export { inputJsonSchema } from "./input-json-schema.ts";
