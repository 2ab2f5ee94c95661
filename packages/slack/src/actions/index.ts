export { type PostOutput, postMessage } from "./post-message.ts";
export {
  type OutcomeOf,
  runSlackAction,
  type SlackAccess,
  type SlackRunOptions,
  type SlackToolsOptions,
  slackActions,
} from "./standalone.ts";
