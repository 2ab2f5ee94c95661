import { type EndpointScope, isHaloError, type RegisteredEndpoint } from "@halo/core";
import * as z from "zod";

const Created = z.object({ id: z.string().min(1), secret: z.string().min(1) });

const PARTS = {
  include_transcript: true,
  include_summary: true,
  include_action_items: true,
  include_crm_matches: false,
};

/** Whose recordings are told of. The second half is for team plans. */
const OWN = ["my_recordings", "shared_external_recordings"];
const TEAM = ["my_shared_with_team_recordings", "shared_team_recordings"];

/**
 * Makes the connection's webhook. Fathom lists none and shows none again: the one of an earlier connect is taken to
 * stand, since a second would send everything twice.
 */
export async function register({
  http,
  known,
  signal,
  url,
}: EndpointScope & { readonly known: { readonly id: string } | undefined }): Promise<
  RegisteredEndpoint | undefined
> {
  if (known) return known;
  const create = async (triggered_for: readonly string[]) => {
    const json = { destination_url: url, triggered_for, ...PARTS };
    return await http.post("/webhooks", { json, schema: Created, signal });
  };
  try {
    return await create([...OWN, ...TEAM]);
  } catch (error) {
    // guess: how a plan without teams refuses their triggers.
    if (!isRefusal(error)) throw error;
  }
  try {
    return await create(OWN);
  } catch (error) {
    if (isRefusal(error)) return undefined;
    throw error;
  }
}

/** A 4xx: the hourly sync stays. */
const isRefusal = (error: unknown): boolean => {
  const { status } = error as { status?: unknown };
  return isHaloError(error, "vendor_failed") && typeof status === "number" && status < 500;
};

export async function unregister({
  http,
  id,
  signal,
}: EndpointScope & { readonly id: string }): Promise<boolean> {
  await http.delete(`/webhooks/${encodeURIComponent(id)}`, { absentOn: [404], signal });
  return true;
}
