import { defineAction } from "@halo/core/actions";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import { contactByEmail, emailOf, requireContact } from "./contact-by-email.ts";
import { findMarked, type MarkedKind } from "./find-marked.ts";
import { markedText } from "./mark.ts";
import { createRecord, type Written } from "./write.ts";

const InternalId = z.string().trim().min(1).max(100);

const Input = z.strictObject({
  name: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe("What the deal is about, as people will see it in a list."),
  amount: z
    .number()
    .min(0)
    .max(1_000_000_000_000)
    .optional()
    .describe("In the account's currency. Leave it out if the customer named none."),
  close_date: z.iso.date().optional().describe("When the deal is expected to close, as YYYY-MM-DD."),
  description: z.string().trim().max(5_000).optional().describe("What is known of it, in a few sentences."),
});

const Config = z.strictObject({
  pipeline: InternalId.default("default").describe("Internal id of the pipeline."),
  // guess: the id of the first stage of HubSpot's own pipeline; where an admin removed it, HubSpot's refusal names it.
  stage: InternalId.default("appointmentscheduled").describe("Internal id of the stage, not its label."),
  owner_id: InternalId.optional().describe("Id of the owner (not of the user)."),
  deal_type: InternalId.optional().describe("Internal name, such as newbusiness or existingbusiness."),
  require_contact: z
    .boolean()
    .default(false)
    .describe("Refuse where no contact has the customer's address, instead of a deal without a contact."),
});

const ORIGINS = {
  dealname: "name",
  amount: "amount",
  closedate: "close_date",
  description: "description",
  pipeline: "config.pipeline",
  dealstage: "config.stage",
  hubspot_owner_id: "config.owner_id",
  dealtype: "config.deal_type",
};

const deals: MarkedKind<DealOutput> = {
  type: "deals",
  property: "description",
  output: (deal, contactId) => outputOf(deal, contactId),
};

export type DealOutput = {
  readonly deal_id: string;
  /** Null: no contact has the customer's address, and the deal was made without one. */
  readonly contact_id: string | null;
  readonly contact: "associated" | "not_found";
};

/** Opens a deal for the customer of the conversation. Paths name the API's version. */
export const createDealAction = (paths: Paths) =>
  defineAction({
    id: "create_deal",
    name: "Create deal",
    description:
      "Opens a new deal in HubSpot for the customer of this conversation. Use it when the customer wants to buy, renew or extend. Pipeline, stage and owner are set by an admin. If the result says that the contact was not found, the deal exists without a contact.",
    subject: "end_user",
    destructive: true,
    input: Input,
    config: Config,
    async run(context) {
      const { input, config, subject, effectKey } = context;
      const caller = { ...context, paths };
      const email = emailOf(subject);
      const contact = config.require_contact
        ? await requireContact(caller, email)
        : await contactByEmail(caller, email);
      const properties = {
        dealname: input.name,
        amount: input.amount === undefined ? undefined : String(Number(input.amount.toFixed(2))),
        // Noon, so that it is this day in the account's time zone too.
        closedate: input.close_date && `${input.close_date}T12:00:00.000Z`,
        description: markedText(input.description, effectKey),
        pipeline: config.pipeline,
        dealstage: config.stage,
        hubspot_owner_id: config.owner_id,
        dealtype: config.deal_type,
      };
      return outputOf(await createRecord(caller, "deals", properties, contact?.id, ORIGINS), contact?.id);
    },
    again: { kind: "find", find: (context) => findMarked({ ...context, paths }, context, deals) },
  });

function outputOf(deal: Written, contactId: string | undefined): DealOutput {
  return {
    deal_id: deal.id,
    contact_id: contactId ?? null,
    contact: contactId === undefined ? "not_found" : "associated",
  };
}
