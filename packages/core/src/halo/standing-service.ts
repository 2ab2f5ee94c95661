import type { Json } from "../define/json.ts";
import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import { healthSettings, healthSignals } from "../health/health-settings.ts";
import { reportSchemas } from "../health/signals.ts";
import type { ReportedSignal } from "../ports/standing-store.ts";
import { renewalSettings } from "../renewals/renewal-settings.ts";
import { found } from "./not-found.ts";
import { customerBy } from "./segments-service.ts";
import type { Health, Renewals } from "./standing-surface.ts";

const mostHistory = 1_000;

export function createHealth(engine: Engine): Health {
  const { clock, storage } = engine;
  const { standing } = storage;
  return {
    async settings(orgId) {
      const stored = await standing.settings(orgId, "health");
      return stored === undefined ? undefined : healthSettings(stored);
    },
    async configure(orgId, input) {
      const settings = input === null ? null : healthSettings(input);
      await standing.setSettings(orgId, "health", settings as Json, new Date(clock.now()));
      return settings ?? undefined;
    },
    get: (orgId, kind, id) => standing.health(orgId, kind, id),
    history: (orgId, kind, id, limit = 30) =>
      standing.healthHistory(orgId, kind, id, Math.min(Math.max(1, limit), mostHistory)),
    async report(orgId, customer, signals, { at = new Date(clock.now()) } = {}) {
      const said = Object.entries(signals).flatMap(([signal, value]) => {
        if (value === undefined) return [];
        const known = healthSignals.find((one) => one === signal);
        if (known === undefined) throw invalid(signal, `one of ${healthSignals.join(", ")}`);
        if (value === null) return [{ signal: known, value: null }];
        const parsed = reportSchemas[known].safeParse(value);
        if (parsed.success) return [{ signal: known, value: parsed.data as Json }];
        const issue = parsed.error.issues[0];
        throw invalid([signal, ...(issue?.path ?? [])].join("."), issue?.message ?? "invalid");
      });
      if (Number.isNaN(at.getTime()) || at.getTime() > clock.now() + 60_000) {
        throw invalid("at", "no time, or one to come");
      }
      const { id: customerId, kind } = found(await customerBy(engine, orgId, customer), "customer");
      const rows = said.map((one): ReportedSignal => ({ ...one, kind, customerId, at }));
      if (rows.length > 0) await standing.report(orgId, rows);
    },
  };
}

export function createRenewals({ clock, storage }: Engine): Renewals {
  const { standing } = storage;
  return {
    async settings(orgId) {
      const stored = await standing.settings(orgId, "renewals");
      return stored === undefined ? undefined : renewalSettings(stored);
    },
    async configure(orgId, input) {
      const settings = input === null ? null : renewalSettings(input);
      const stored = settings === null ? null : (JSON.parse(JSON.stringify(settings)) as Json);
      await standing.setSettings(orgId, "renewals", stored, new Date(clock.now()));
      return settings ?? undefined;
    },
    get: (orgId, kind, id) => standing.renewal(orgId, kind, id),
  };
}

function invalid(path: string, reason: string): ValidationError {
  return new ValidationError("This says nothing of a customer's health: see `path` and `reason`.", {
    path,
    reason,
  });
}
