export { type CallOptions, type ConfirmRequest, callTool, type ToolAnswer } from "./call-tool.ts";
export { type ApprovalOutcome, followApprovals } from "./follow-approvals.ts";
export { inputJsonSchema } from "./input-json-schema.ts";
