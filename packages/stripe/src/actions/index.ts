export type { ApprovalAsked, Approver, OutcomeOf } from "@halo/core/actions";
export { type CancelOutput, cancel } from "./cancel.ts";
export { type CreditOutput, credit } from "./credit.ts";
export { type ExtendTrialOutput, extendTrial } from "./extend-trial.ts";
export { type RefundOutput, refund } from "./refund.ts";
export {
  runStripeAction,
  type StripeAccess,
  type StripeRunOptions,
  type StripeToolsOptions,
  stripeActions,
} from "./standalone.ts";
