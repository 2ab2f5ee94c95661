import type { IntegrationDefinition } from "../define/integration.ts";
import type { IntegrationSink, NotificationSink } from "../define/notification.ts";
import type { Engine } from "../engine/engine.ts";
import { ConfigurationError, ValidationError } from "../errors.ts";

/** A sink of the host's, or one that an integration brings. */
export type KnownSink =
  | { readonly of: "host"; readonly sink: NotificationSink }
  | {
      readonly of: "integration";
      readonly sink: IntegrationSink;
      readonly integration: IntegrationDefinition;
    };

export function knownSink(engine: Engine, id: string): KnownSink | undefined {
  const sink = engine.notify.sinks.get(id);
  if (sink) return { of: "host", sink };
  const integration = engine.integrations.get(id);
  return integration?.sink && { of: "integration", sink: integration.sink, integration };
}

export function sinkNamed(engine: Engine, id: string): KnownSink {
  const sink = knownSink(engine, id);
  if (sink) return sink;
  const ids = [
    ...engine.notify.sinks.keys(),
    ...[...engine.integrations.values()].flatMap((one) => (one.sink ? [one.id] : [])),
  ];
  throw new ValidationError(`There is no sink "${id.slice(0, 100)}": give createHalo one, or name another.`, {
    path: "sink",
    reason: ids.length > 0 ? `one of ${ids.join(", ")}` : "createHalo was given none",
  });
}

/** The host's sinks by id. Throws `configuration_invalid` for two of one name. */
export function sinksOf(
  list: readonly NotificationSink[],
  integrations: ReadonlyMap<string, IntegrationDefinition>,
): ReadonlyMap<string, NotificationSink> {
  const sinks = new Map<string, NotificationSink>();
  for (const sink of list) {
    if (!/^[a-z][\w-]{0,62}$/.test(sink.id)) {
      throw new ConfigurationError('Give each sink an id of letters, digits and hyphens: "webhook".', {
        option: "sinks",
      });
    }
    if (sinks.has(sink.id) || integrations.has(sink.id)) {
      throw new ConfigurationError(`Two sinks are called "${sink.id}": give one of them another id.`, {
        option: "sinks",
      });
    }
    sinks.set(sink.id, sink);
  }
  return sinks;
}
