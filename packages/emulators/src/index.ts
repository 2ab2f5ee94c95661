export { type Clock, type ManualClock, manualClock, systemClock } from "./clock.ts";
export * from "./fathom/index.ts";
export type {
  AnswerEffect,
  Fault,
  FaultEffect,
  FaultMatch,
  Faults,
  MalformedRecord,
  WireEffect,
} from "./faults.ts";
export * from "./hubspot/index.ts";
export type { Latency } from "./latency.ts";
export type { Ledger, LedgerEntry, LedgerFilter } from "./ledger.ts";
export type { Reply } from "./reply.ts";
export * from "./slack/index.ts";
export * from "./stripe/index.ts";
export type { Handled } from "./wire.ts";
export * from "./zoom/index.ts";
