/**
 * What has to be open before an action happens, in the order in which they are asked. The names are stable: they stand
 * in errors, in the audit and in `halo.actions.list`.
 */
export const actionGates = [
  /** Nobody stopped all actions, of the org or of the deployment. */
  "stopped",
  /** The integration and the action are known to this process. */
  "integration",
  /** The org has exactly one usable connection, or the one that was named is usable. */
  "connection",
  /** The workspace's mode `actions` of that connection. */
  "mode",
  /** The agent is there and active. */
  "agent",
  /** The agent has the action enabled, with a configuration that fits. */
  "agent_action",
  /** Allow-lists and configuration, asked of the exact arguments. */
  "permit",
  /** The user said yes to exactly this. */
  "consent",
  /** A named human said yes to exactly this. */
  "approval",
  /** What may be moved within a time is not reached. */
  "limit",
] as const;

export type ActionGate = (typeof actionGates)[number];
