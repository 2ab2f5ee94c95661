import type { ApprovalOptions } from "../approvals/policy.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { NotificationSink } from "../define/notification.ts";
import type { Clock } from "../ports/clock.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import type { LanguageModel } from "../ports/language-model.ts";
import type { Logger } from "../ports/logger.ts";
import type { Storage } from "../ports/storage.ts";
import type { LearningOptions } from "./learning-surface.ts";

export interface HaloOptions {
  readonly storage: Storage;
  readonly integrations: readonly IntegrationDefinition[];
  /** 32 bytes (base64 or bytes), or a ring for rotation. Without one Halo refuses to start. */
  readonly encryptionKey: string | Uint8Array | KeyRing;
  /** Absent: the built-in hashing embedder, which knows words and not meanings. Null: no vector leg. */
  readonly embedder?: Embedder | null;
  /** Judges topics and distils insights. Absent: neither is done, and everything is learned that no keyword skips. */
  readonly languageModel?: LanguageModel;
  readonly learning?: LearningOptions;
  /** Where people and vendors reach the handler: "https://app.example.com". Used in redirect and webhook URLs. */
  readonly publicUrl?: string;
  /** Path of the handler. Default "/api/integrations". */
  readonly base?: string;
  readonly logger?: Logger;
  readonly clock?: Clock;
  /** Default: the global one, looked up at the first call. */
  readonly fetch?: typeof globalThis.fetch;
  /** Allows plain http to loopback addresses, for emulators. Never set it in production. */
  readonly unsafeLoopback?: boolean;
  /** Refuse database roles with more rights than Halo needs, instead of warning. Default false. */
  readonly strictRole?: boolean;
  readonly worker?: WorkerOptions;
  readonly retention?: RetentionOptions;
  /** Paths within the host's site that a user may be sent back to after connecting. Default ["/"]: any path of it. */
  readonly returnTo?: readonly string[];
  /** Where notifications go, beside the integrations that are sinks: `webhookSink`, `mailSink`, or the host's own. */
  readonly sinks?: readonly NotificationSink[];
  readonly knowledgeGaps?: KnowledgeGapOptions;
  /** Who decides what agents propose, and how much may be moved. */
  readonly approvals?: ApprovalOptions;
  /**
   * The only hosts that text in an action's input may lead to, with all below them: `["example.com"]`; none with `[]`. What
   * leads elsewhere is refused by gate `permit`. Absent: links are text like any other.
   */
  readonly allowedLinkHosts?: readonly string[];
}

export interface KnowledgeGapOptions {
  /** A question that found nothing so often within the window is told. Default 3. */
  readonly threshold?: number;
  /** Default 7. */
  readonly windowDays?: number;
}

export interface WorkerOptions {
  /** Pieces of work at once in this process. Default 6. */
  readonly concurrency?: number;
  /** How long a piece is worked before it lets others. Default 30,000, the most that is allowed. */
  readonly sliceMs?: number;
  /** How long a lease holds without a heartbeat. Default 15,000. */
  readonly leaseMs?: number;
}

/** In days. */
export interface RetentionOptions {
  /** Settled deliveries; at least 30, since they absorb replays. Default 30. */
  readonly deliveries?: number;
  /** Deliveries of nobody we know. Default 7. */
  readonly unrouted?: number;
  /**
   * Calls of actions that ended, with their approvals and their lines in the audit; at least 400, since limits and rejections hold
   * for a year. `Infinity` keeps them for ever. Default 730.
   */
  readonly actions?: number;
  /** Earlier health scores of customers. Default 730. */
  readonly health?: number;
  /**
   * Runs that ended, with their logs, and records that fit no schema and did not come again. The newest run of each stream
   * stays. Default 90.
   */
  readonly runs?: number;
  /** Notifications that were sent or given up on, and questions that found nothing. Their keys stay. Default 90. */
  readonly notifications?: number;
}
