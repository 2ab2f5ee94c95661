import type { Door } from "../tenant.ts";

/**
 * What pg-boss's supervisor does, as far as these queues need it, in one pass a minute: jobs whose worker died are due
 * again or failed, done ones go after their time, and ones that nobody took.
 */
export async function maintain(door: Door, queue: string): Promise<void> {
  const { jobSchema } = door.names;
  await door.asControl(async (tx) => {
    await tx.query(expire(jobSchema), [queue]);
    await tx.query(forget(jobSchema), [queue]);
  });
}

const expire = (schema: string) => `
  update ${schema}.job set
    state = (case when retry_count < retry_limit then 'retry' else 'failed' end)::${schema}.job_state,
    completed_on = case when retry_count < retry_limit then null else now() end,
    retry_count = retry_count + 1
  where name = $1 and state = 'active' and started_on + expire_seconds * interval '1 second' < now()`;

const forget = (schema: string) => `
  delete from ${schema}.job
  where name = $1 and (
    (state >= 'completed' and completed_on + deletion_seconds * interval '1 second' < now())
    or (state < 'active' and keep_until < now())
  )`;
