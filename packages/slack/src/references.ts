import { isHaloError, type VendorHttp } from "@halo/core";
import * as z from "zod";
import { path } from "./http.ts";

/** Somebody who writes. `outside`: a guest, or of another workspace, and so perhaps a customer. */
export interface Person {
  readonly name: string;
  readonly email?: string | undefined;
  readonly outside: boolean;
}

export interface Channel {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  /** Direct messages of two or more: never read. */
  readonly isDirect: boolean;
}

/** Who we are here, and who and what was looked up so far. */
export interface SlackReferences {
  readonly self: {
    readonly teamId: string;
    readonly userId: string | undefined;
    readonly botId: string | undefined;
    /** "https://acme.slack.com/" */
    readonly url: string | undefined;
  };
  readonly people: Map<string, Promise<Person | undefined>>;
  readonly channels: Map<string, Promise<Channel | undefined>>;
}

const Test = z.object({
  team_id: z.string(),
  user_id: z.string().nullish(),
  bot_id: z.string().nullish(),
  url: z.string().nullish(),
});

const UserInfo = z.object({
  user: z.object({
    name: z.string().nullish(),
    real_name: z.string().nullish(),
    team_id: z.string().nullish(),
    is_bot: z.boolean().nullish(),
    is_restricted: z.boolean().nullish(),
    is_ultra_restricted: z.boolean().nullish(),
    is_stranger: z.boolean().nullish(),
    profile: z
      .object({
        email: z.string().nullish(),
        display_name: z.string().nullish(),
        real_name: z.string().nullish(),
      })
      .nullish(),
  }),
});

const ChannelInfo = z.object({
  channel: z.object({
    name: z.string().nullish(),
    is_private: z.boolean().nullish(),
    is_im: z.boolean().nullish(),
    is_mpim: z.boolean().nullish(),
  }),
});

interface Caller {
  readonly http: VendorHttp;
  readonly signal: AbortSignal;
}

/** One call: people and channels are looked up when they occur, since a workspace may have a hundred thousand. */
export async function references({
  http,
  scopes,
  signal,
}: Caller & { readonly scopes: ReadonlySet<string> | undefined }) {
  const test = await http.get(path("auth.test"), { schema: Test, signal });
  const refs: SlackReferences = {
    self: {
      teamId: test.team_id,
      userId: test.user_id ?? undefined,
      botId: test.bot_id ?? undefined,
      url: test.url ?? undefined,
    },
    people: new Map(),
    channels: new Map(),
  };
  const notices =
    scopes?.has("users:read") === false ? ["People are shown by id: users:read is missing."] : [];
  return { refs, notices };
}

export function personOf(refs: SlackReferences, id: string, caller: Caller): Promise<Person | undefined> {
  return once(refs.people, id, async () => {
    const query = { user: id };
    const { user } = await caller.http.get(path("users.info"), {
      query,
      schema: UserInfo,
      signal: caller.signal,
    });
    const { profile } = user;
    const name = profile?.real_name || user.real_name || profile?.display_name || user.name || id;
    const foreign = user.is_stranger === true || (!!user.team_id && user.team_id !== refs.self.teamId);
    const guest = user.is_restricted === true || user.is_ultra_restricted === true;
    return { name, email: profile?.email ?? undefined, outside: (guest || foreign) && user.is_bot !== true };
  });
}

/** Undefined where we may not know of it. */
export function channelOf(refs: SlackReferences, id: string, caller: Caller): Promise<Channel | undefined> {
  return once(refs.channels, id, async () => {
    // Known by its letter: not even its name is asked for.
    if (isDirectId(id)) return undefined;
    const query = { channel: id };
    const { channel } = await caller.http.get(path("conversations.info"), {
      query,
      schema: ChannelInfo,
      signal: caller.signal,
    });
    return {
      id,
      name: channel.name ?? id,
      isPrivate: channel.is_private !== false,
      isDirect: channel.is_im === true || channel.is_mpim === true,
    };
  });
}

const isDirectId = (channel: string) => channel.startsWith("D");

/** What Slack knows nothing of, or does not show to us, is undefined; what failed is asked again the next time. */
function once<T>(
  known: Map<string, Promise<T | undefined>>,
  id: string,
  read: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const before = known.get(id);
  if (before) return before;
  const asked = read().catch((error: unknown) => {
    if (isHaloError(error, "gate_closed") || isUnknown(error)) return undefined;
    known.delete(id);
    throw error;
  });
  known.set(id, asked);
  return asked;
}

const UNKNOWN = new Set(["user_not_found", "user_not_visible", "channel_not_found"]);
const isUnknown = (error: unknown) => UNKNOWN.has(reasonOf(error) ?? "");

/** Slack's own word for a refusal. */
export const reasonOf = (error: unknown): string | undefined =>
  isHaloError(error, "vendor_failed") ? (error as { readonly reason?: string }).reason : undefined;
