import { defineAction } from "@halo/core/actions";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import { emailOf, requireContact } from "./contact-by-email.ts";
import { findMarked, type MarkedKind } from "./find-marked.ts";
import { markedHtml } from "./mark.ts";
import { createRecord } from "./write.ts";

const Input = z.strictObject({
  body: z.string().trim().min(1).max(8_000).describe("The note, as plain text; line breaks are kept."),
});

const Config = z.strictObject({
  body_prefix: z.string().trim().max(500).optional().describe("Put before every note, on a line of its own."),
});

export type NoteOutput = { readonly note_id: string; readonly contact_id: string };

const notes: MarkedKind<NoteOutput> = {
  type: "notes",
  property: "hs_note_body",
  output: ({ id }, contactId) => ({ note_id: id, contact_id: contactId ?? "" }),
};

/** Attaches a note to the contact of the customer. Paths name the API's version. */
export const createNoteAction = (paths: Paths) =>
  defineAction({
    id: "create_note",
    name: "Create note",
    description:
      "Attaches a note to the customer's contact in HubSpot, for the team to read. Use it to keep what the customer said and the team should know. The customer does not see it.",
    subject: "end_user",
    destructive: true,
    input: Input,
    config: Config,
    async run(context) {
      const { input, config, subject, effectKey, at } = context;
      const caller = { ...context, paths };
      const contact = await requireContact(caller, emailOf(subject));
      const text = config.body_prefix ? `${config.body_prefix}\n${input.body}` : input.body;
      const properties = { hs_timestamp: at.toISOString(), hs_note_body: markedHtml(text, effectKey) };
      const note = await createRecord(caller, "notes", properties, contact.id, { hs_note_body: "body" });
      return notes.output(note, contact.id);
    },
    again: { kind: "find", find: (context) => findMarked({ ...context, paths }, context, notes) },
  });
