/** Actions alone: run one with a token of one's own, without a store and without the engine. */
export { normaliseEmail } from "../customers/email.ts";
export * from "../define/action.ts";
export type { HttpDefinition } from "../define/http.ts";
export * from "../errors.ts";
export { type ActionGate, actionGates } from "../gate/action-gates.ts";
export type { ApprovalAsked, Approver } from "./ask-approver.ts";
export { type RunActionOptions, runAction, type StandaloneVendor } from "./run-action.ts";
export { type StandaloneToolsOptions, standaloneTools } from "./standalone-tools.ts";
export {
  type OutcomeOf,
  type StandaloneActions,
  standaloneActions,
  type VendorAccess,
  type VendorRunOptions,
  type VendorToolsOptions,
} from "./standalone-vendor.ts";
export type { TokenSource } from "./token-authorization.ts";
export type * from "./tool.ts";
