import type { Meeting } from "@halo/core";
import type { Hono } from "hono";
import * as z from "zod";
import { json } from "../answer.ts";
import { reader, type Surface } from "../context.ts";
import { unknown } from "../ids.ts";
import { id, invalid, limit, queryOf } from "../input.ts";
import { Refusal } from "../refusal.ts";

/** A vendor's own key: some hold slashes, so that it stands in no path. */
const key = z.string().min(1).max(500);
const Listing = z.strictObject({
  endUserId: id.exactOptional(),
  companyId: id.exactOptional(),
  connectionId: id.exactOptional(),
  after: z.string().max(2_000).exactOptional(),
  limit,
});
const One = z.strictObject({ connectionId: id, key });
const Place = z.tuple([z.iso.datetime().nullable(), id, key]);

/** Meetings of the org or of one customer, and what was said in them: for the org's people, as it names other people. */
export function meetingRoutes(app: Hono, surface: Surface): void {
  const { halo } = surface;
  const person = async (request: Request) => {
    const { actor, orgId } = await reader(surface, request);
    if (actor.kind === "human") return orgId;
    throw new Refusal(
      403,
      "role_missing",
      "Only people read meetings: a program searches what a customer may know.",
    );
  };

  app.get("/meetings", async (context) => {
    const orgId = await person(context.req.raw);
    const { after, ...wanted } = queryOf(context.req.raw, Listing);
    const last = after === undefined ? {} : { after: placeOf(after) };
    const meetings = await halo.meetings.list(orgId, { ...wanted, ...last });
    const next = meetings.length === wanted.limit ? meetings.at(-1) : undefined;
    return json(200, { meetings, next: next && written(next) });
  });

  app.get("/meetings/one", async (context) => {
    const orgId = await person(context.req.raw);
    const wanted = queryOf(context.req.raw, One);
    const [meeting] = await halo.meetings.list(orgId, { ...wanted, limit: 1 });
    if (!meeting) throw unknown("meeting");
    return json(200, { meeting });
  });

  app.get("/meetings/transcript", async (context) => {
    const orgId = await person(context.req.raw);
    const transcript = await halo.meetings.transcript(orgId, queryOf(context.req.raw, One));
    if (!transcript) throw unknown("transcript");
    return json(200, { transcript });
  });
}

type Last = Pick<Meeting, "startedAt" | "connectionId" | "key">;

const written = ({ connectionId, key: last, startedAt }: Last): string =>
  JSON.stringify([startedAt?.toISOString() ?? null, connectionId, last]);

/** What `next` said before. */
function placeOf(text: string): Last {
  const place = Place.safeParse(parsed(text)).data;
  if (!place) throw invalid("after", "not what `next` of a page said");
  const [startedAt, connectionId, last] = place;
  return { startedAt: startedAt === null ? undefined : new Date(startedAt), connectionId, key: last };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
