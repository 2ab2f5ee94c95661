import { EventEmitter } from "eventemitter3";
import type { HaloEvents } from "./halo/surface.ts";
import type { Logger } from "./ports/logger.ts";

export interface Events {
  emit<Name extends keyof HaloEvents>(name: Name, event: HaloEvents[Name]): void;
  on<Name extends keyof HaloEvents>(name: Name, listener: (event: HaloEvents[Name]) => void): () => void;
}

/** Typed events whose listeners cannot break what they listen to: one that throws or rejects is logged. */
export function createEvents(logger: Logger): Events {
  const emitter = new EventEmitter();
  const failed = (name: string, error: unknown) =>
    logger.error("A listener failed", {
      event: name,
      error: error instanceof Error ? error.name : "unknown",
    });
  return {
    emit: (name, event) => {
      emitter.emit(name, event);
    },
    on: (name, listener) => {
      const safe = (event: HaloEvents[typeof name]) => {
        try {
          const result: unknown = listener(event);
          if (result instanceof Promise) result.catch((error: unknown) => failed(name, error));
        } catch (error) {
          failed(name, error);
        }
      };
      emitter.on(name, safe);
      return () => {
        emitter.off(name, safe);
      };
    },
  };
}
