export type { OutcomeOf } from "@halo/core/actions";
export { type PostOutput, postMessage } from "./post-message.ts";
export {
  runSlackAction,
  type SlackAccess,
  type SlackRunOptions,
  type SlackToolsOptions,
  slackActions,
} from "./standalone.ts";
