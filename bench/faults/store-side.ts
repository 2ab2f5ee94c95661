import { createHalo } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { pgStorage, servePglite } from "@halo/storage-pg";
import { Client } from "pg";

/** Runs `work` with a client that sees the org's rows: on the server, or on a folder that no worker has open. */
export async function withClient<T>(
  target: string,
  orgId: string,
  encryptionKey: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  if (target.startsWith("postgres")) return await connected(target, orgId, work);
  const storage = pgStorage(target);
  const halo = await createHalo({ storage, integrations: [hubspot()], encryptionKey });
  try {
    const served = await servePglite(storage);
    try {
      return await connected(served.url, orgId, work);
    } finally {
      await served.close();
    }
  } finally {
    await halo.close();
  }
}

async function connected<T>(url: string, orgId: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("select set_config('halo.org', $1, false)", [orgId]);
    return await work(client);
  } finally {
    await client.end();
  }
}
