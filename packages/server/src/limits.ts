import { ConfigurationError } from "@halo/core";

export interface HandlerLimits {
  /** Bytes of a webhook's body. Default 1 MiB. */
  readonly webhookBytes?: number;
  /** Bytes of a body of the admin API. Default 64 KiB. */
  readonly adminBytes?: number;
  /** How long a body may take from its first byte to its last. Default 10,000, the most that is allowed (F59). */
  readonly bodyMs?: number;
}

const maxBodyMs = 10_000;

export function limitsOf(limits: HandlerLimits = {}): Required<HandlerLimits> {
  const { webhookBytes = 1_048_576, adminBytes = 65_536, bodyMs = maxBodyMs } = limits;
  const checked = { webhookBytes, adminBytes, bodyMs };
  for (const [name, value] of Object.entries(checked)) {
    if (Number.isSafeInteger(value) && value > 0 && (name !== "bodyMs" || value <= maxBodyMs)) continue;
    throw new ConfigurationError(`Give \`limits.${name}\` as a whole number above 0, bodyMs up to 10,000.`, {
      option: `limits.${name}`,
    });
  }
  return checked;
}
