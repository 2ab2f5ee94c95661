import type { ApprovalPolicy } from "../approvals/policy.ts";
import type { Domains } from "../customers/domain.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import type { NotificationSink } from "../define/notification.ts";
import type { AnyStream } from "../define/stream.ts";
import { ConfigurationError, ValidationError } from "../errors.ts";
import type { Events } from "../events.ts";
import type { LinkPolicy } from "../gate/link-policy.ts";
import type { CheckedModel } from "../knowledge/models/checked-model.ts";
import type { Clock } from "../ports/clock.ts";
import type { Embedder } from "../ports/embedder.ts";
import type { KeyRing } from "../ports/key-ring.ts";
import type { ModelUsage } from "../ports/learning-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { Storage } from "../ports/storage.ts";
import type { Sessions } from "./sessions.ts";

/** What every part of the engine works with; made once by `createHalo`. */
export interface Engine {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: Events;
  readonly ring: KeyRing;
  readonly integrations: ReadonlyMap<string, IntegrationDefinition>;
  readonly embedder: Embedder | undefined;
  readonly model: CheckedModel | undefined;
  readonly learning: {
    /** Of an org and a day. */
    readonly budget: ModelUsage;
    /** Calls of the model at once, of one org and one kind of work. */
    readonly concurrency: number;
  };
  readonly domains: Domains;
  readonly sessions: Sessions;
  readonly publicUrl: string | undefined;
  readonly base: string;
  readonly notify: {
    /** The host's, by id. */
    readonly sinks: ReadonlyMap<string, NotificationSink>;
    /** A question that found nothing so often within the window is told as a knowledge gap. */
    readonly gapThreshold: number;
    readonly gapWindowMs: number;
  };
  readonly approvals: ApprovalPolicy;
  /** Undefined: links are text like any other. */
  readonly links?: LinkPolicy | undefined;
  readonly sliceMs: number;
  readonly leaseMs: number;
}

export function integrationOf(engine: Engine, id: string): IntegrationDefinition {
  const integration = engine.integrations.get(id);
  if (!integration) {
    throw new ValidationError(`No integration "${id}" was given to createHalo.`, {
      code: "not_found",
      path: "integration",
      reason: "unknown",
    });
  }
  return integration;
}

/** A stored run or connection may name a stream that this process's definitions no longer have. */
export function streamOf(integration: IntegrationDefinition, id: string): AnyStream {
  const stream = integration.streams.find((one) => one.id === id);
  if (!stream) {
    throw new ConfigurationError(
      `The integration "${integration.id}" has no stream "${id}" in this process.`,
      {
        option: "integrations",
      },
    );
  }
  return stream;
}
