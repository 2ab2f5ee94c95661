import type { IntegrationDefinition } from "../define/integration.ts";
import type { Json } from "../define/json.ts";
import { ValidationError } from "../errors.ts";
import type { ConnectionSettings } from "../halo/surface.ts";
import { ENDPOINT_SETTING } from "./endpoints.ts";
import { ERASE_SETTING } from "./erase.ts";

type Stored = { readonly [name: string]: Json | undefined };

/** The settings with what is given replaced, and what is given as null or undefined gone. Throws `input_invalid`. */
export function mergeSettings(
  integration: IntegrationDefinition,
  stored: Stored,
  given: ConnectionSettings,
): Stored {
  const own = [ENDPOINT_SETTING, ERASE_SETTING].find((name) => name in given);
  if (own !== undefined) {
    throw new ValidationError(`\`${own}\` is kept by Halo: leave it out.`, {
      path: own,
      reason: "not a setting",
    });
  }
  checkStreams(integration, given.streams);
  if (given.window) checkWindow(given.window);
  const merged = Object.entries({ ...stored, ...given }).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  return Object.fromEntries(merged);
}

/** The streams that settings choose; all where they choose none. */
export function streamsOf(integration: IntegrationDefinition, settings: Stored): ReadonlySet<string> {
  const all = integration.streams.map((stream) => stream.id);
  const { streams } = settings;
  return new Set(Array.isArray(streams) ? all.filter((id) => streams.includes(id)) : all);
}

function checkStreams(integration: IntegrationDefinition, streams: readonly string[] | undefined): void {
  if (streams === undefined || streams === null) return;
  const all = integration.streams.map((stream) => stream.id);
  if (streams.length > 0 && streams.every((id) => all.includes(id))) return;
  throw new ValidationError(`\`streams\` names some of: ${all.join(", ")}.`, {
    path: "streams",
    reason: streams.length === 0 ? "empty: turn ingest off instead" : "unknown stream",
  });
}

function checkWindow({ from, to, timeZone }: NonNullable<ConnectionSettings["window"]>): void {
  const time = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
  if (!time.test(from) || !time.test(to) || from === to) {
    throw new ValidationError('`window` has `from` and `to` as "HH:MM", which differ.', {
      path: "window",
      reason: "not two times of the day",
    });
  }
  try {
    new Intl.DateTimeFormat("en", { timeZone });
  } catch {
    throw new ValidationError('`window.timeZone` is an IANA name, such as "Europe/Berlin".', {
      path: "window.timeZone",
      reason: "unknown time zone",
    });
  }
}
