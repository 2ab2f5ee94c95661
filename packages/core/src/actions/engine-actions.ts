/** What the engine loads of actions, and when it needs it: the services, and the taking up of calls. */
export { createClicks } from "../approvals/clicks.ts";
export { followProposals } from "../approvals/tell-people.ts";
export { createActions } from "../halo/actions-service.ts";
export { createAgents } from "../halo/agents-service.ts";
export { createApprovals, createAudit, createKillSwitch } from "../halo/approvals-service.ts";
export { takeUpCall } from "./take-up.ts";
