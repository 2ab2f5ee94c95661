import type { SearchHit } from "@halo/core";
import { orgId, type Tour, until } from "./tour.ts";

const creations = ["email.creation", "note.creation", "call.creation", "meeting.creation", "object.creation"];

/** A customer writes; the vendor tells us; the answer is there. Measured while other documents wait to be indexed. */
export async function webhooks({ connectionId, halo, hold, hostUrl, options, vendor }: Tour) {
  await vendor.subscribe(`${hostUrl}${halo.base}/hubspot/webhook/${orgId}`, creations);
  let backlog = (await halo.knowledge.counts(orgId)).pending;
  if (backlog < 500) {
    // Reading every e-mail again makes a backlog like the first sync's.
    await halo.sync.start({ orgId, connectionId, mode: "email_catch_up", days: 3_650 });
    for (let waited = 0; waited < 400 && backlog < 500 * options.scale; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      backlog = (await halo.knowledge.counts(orgId)).pending;
    }
  }
  const contact = (await halo.customers.endUsers(orgId, { limit: 50 })).find((person) => person.email);
  // A word that no earlier start has stored: only this start's event can bring it.
  const word = `zeppelin${Date.now().toString(36)}`;
  const made = [
    {
      kind: "emails",
      properties: email(
        "Zeppelin hangar",
        `The hangar ${word} in Friedrichshafen needs 14 more licences.`,
        contact?.email,
      ),
    },
    {
      kind: "notes",
      properties: { hs_note_body: `<p>They keep a quokka named ${word} as office mascot.</p>` },
    },
    {
      kind: "calls",
      properties: {
        hs_call_title: "Call about marzipan",
        hs_call_body: `Their marzipan moulds ${word} have to be invoiced in Danish kroner.`,
        hs_call_status: "COMPLETED",
      },
    },
    {
      kind: "meetings",
      properties: {
        hs_meeting_title: "Glockenspiel review",
        hs_meeting_body: `The glockenspiel ${word} must ring at noon in every branch.`,
      },
    },
  ];
  const words = ["hangar licences", "quokka mascot", "marzipan moulds kroner", "glockenspiel noon branch"];
  let ackMs = 0;
  let searchableMs = 0;
  for (const [index, { kind, properties }] of made.entries()) {
    const waiting = (await halo.knowledge.counts(orgId)).pending;
    const sent = Date.now();
    const { id } = await vendor.change(
      "create",
      kind,
      { hs_timestamp: new Date(sent).toISOString(), ...properties },
      [],
    );
    const hit = await untilFound(halo, `${word} ${words[index]}`, word, id);
    const took = Date.now() - sent;
    const delivery = await vendor.lastDelivery();
    ackMs = Math.max(ackMs, delivery?.ms ?? Number.POSITIVE_INFINITY);
    searchableMs = Math.max(searchableMs, took);
    hold(
      hit !== undefined && took <= options.withinMs && delivery?.status === 200,
      `${kind.slice(0, -1)} ${id}: acknowledged in ${delivery?.ms ?? "?"} ms, searchable after ${took} ms, while ${waiting.toLocaleString("en")} documents waited`,
    );
  }
  const dead = (await halo.deliveries.list(orgId, { connectionId, status: "dead" })).length;
  hold(dead === 0, "no webhook was given up on");
  return { webhookAckMs: ackMs, webhookToSearchableMs: searchableMs };
}

function untilFound(
  halo: Tour["halo"],
  query: string,
  word: string,
  id: string,
): Promise<SearchHit | undefined> {
  return until(async () => {
    const hits = await halo.knowledge.search({ orgId, query, scope: { kind: "staff" }, limit: 3 });
    return hits.find((one) => one.citation.sourceKey.endsWith(`:${id}`) && one.text.includes(word));
  });
}

function email(subject: string, text: string, from = "someone@example.com") {
  return {
    hs_email_direction: "INCOMING_EMAIL",
    hs_email_status: "SENT",
    hs_email_subject: subject,
    hs_email_text: text,
    hs_email_html: `<div dir="ltr">${text}</div>`,
    hs_email_from_email: from,
    hs_email_headers: JSON.stringify({ from: { email: from }, to: [{ email: "sales@acme.example.com" }] }),
  };
}
