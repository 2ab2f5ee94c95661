import type { Engine } from "../engine/engine.ts";
import { ValidationError } from "../errors.ts";
import type { Meetings } from "./meetings-surface.ts";

const most = 200;

export function createMeetings({ storage }: Pick<Engine, "storage">): Meetings {
  return {
    async list(orgId, { limit = 50, ...filter } = {}) {
      if (!Number.isInteger(limit) || limit < 1 || limit > most) {
        throw new ValidationError(`\`limit\` is a whole number from 1 to ${most}.`, {
          path: "limit",
          reason: "out of range",
        });
      }
      return await storage.meetings.list(orgId, { ...filter, limit });
    },
    transcript: (orgId, { connectionId, key }) => storage.meetings.transcript(orgId, connectionId, key),
  };
}
