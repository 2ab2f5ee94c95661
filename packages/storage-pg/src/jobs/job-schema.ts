import { kickQueue } from "@halo/core";
import type { Names } from "../roles.ts";

/** pg-boss's schema version, as its package says; a test compares. Without it the library would load at every start. */
export const jobSchemaVersion = 43;

/** Makes pg-boss's schema, as its own plans say, and the rights on it. Runs as the owner; the schema is there. */
export async function jobSchemaSql(names: Names): Promise<string> {
  const { getConstructionPlans } = await import("pg-boss");
  const plans = getConstructionPlans(names.jobSchema, { createSchema: false });
  // Ours is the transaction.
  const body = plans.replace(/^\s*BEGIN;/, "").replace(/COMMIT;\s*$/, "");
  return [body.trim(), grants(names), createQueue(names, kickQueue)].join("\n");
}

/** From the version that is there to ours. */
export async function jobSchemaUpgradeSql(names: Names, from: number): Promise<string> {
  const { getMigrationPlans } = await import("pg-boss");
  const plans = getMigrationPlans(names.jobSchema, from);
  const body = plans.replace(/^\s*BEGIN;/, "").replace(/COMMIT;\s*$/, "");
  return [body.trim(), grants(names)].join("\n");
}

function grants({ jobSchema, app }: Names): string {
  return [
    `grant usage on schema ${jobSchema} to ${app};`,
    `grant select, insert, update, delete on all tables in schema ${jobSchema} to ${app};`,
  ].join("\n");
}

/** A queue whose jobs announce themselves by NOTIFY; they are kicks, so they are not tried again for long. */
function createQueue({ jobSchema }: Names, queue: string): string {
  const options = JSON.stringify({
    policy: "standard",
    notify: true,
    retryLimit: 2,
    expireInSeconds: 300,
    retentionSeconds: 86_400,
    deleteAfterSeconds: 3_600,
  });
  return `select ${jobSchema}.create_queue('${queue}', '${options}'::jsonb);`;
}
