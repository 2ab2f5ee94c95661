import { defineAction } from "@halo/core/actions";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import { emailOf, requireContact } from "./contact-by-email.ts";
import { updateContactProperties } from "./write.ts";

const PropertyName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,99}$/, "must be HubSpot's internal name, such as jobtitle");

const Input = z.strictObject({
  property: PropertyName.describe("HubSpot's internal name of the property, such as jobtitle or phone."),
  value: z
    .string()
    .trim()
    .max(1_000)
    .describe(
      "The new value; for a choice, the internal value and not its label. Empty clears the property.",
    ),
});

const DEFAULT_PROPERTIES = ["lifecyclestage", "hs_lead_status", "jobtitle", "phone"];

const Config = z.strictObject({
  allowed_properties: z
    .array(PropertyName)
    .max(200)
    .default(DEFAULT_PROPERTIES)
    .describe("What an agent may change, by internal name."),
});

/** HubSpot moves it forward only; one that is set back has to be cleared first ("Contacts guide", read 2026-11-21). */
const ONE_WAY = "lifecyclestage";

export type ContactOutput = {
  readonly contact_id: string;
  readonly property: string;
  /** As HubSpot keeps it now. */
  readonly value: string;
  /** False: HubSpot kept the old value. */
  readonly set: boolean;
  readonly note?: string;
};

/** Changes one property of the contact of the customer. Paths name the API's version. */
export const updateContactAction = (paths: Paths) =>
  defineAction({
    id: "update_contact",
    name: "Update contact",
    description:
      "Changes one property of the customer's contact in HubSpot, after the customer confirmed it. Use it when the customer says that something kept about them is wrong or has changed. The lifecycle stage (lifecyclestage) only moves forward: to set it back, clear it first with an empty value.",
    subject: "end_user",
    consent: "user",
    destructive: true,
    input: Input,
    config: Config,
    permit: ({ input, config }) =>
      config.allowed_properties.includes(input.property) || `${input.property} is not in allowed_properties`,
    async preview(context) {
      const { input, subject } = context;
      const email = emailOf(subject);
      const contact = await requireContact({ ...context, paths }, email, [input.property]);
      const from = contact.properties[input.property] || undefined;
      const does = input.value === "" ? `Clears ${input.property}` : `Sets ${input.property}`;
      const note =
        input.property === ONE_WAY && from !== undefined && input.value !== ""
          ? " HubSpot moves it forward only: a step back has no effect."
          : "";
      return {
        summary: `${does} of ${email}${input.value === "" ? "" : ` to ${input.value}`}.${note}`,
        changes: [{ field: input.property, ...(from !== undefined && { from }), to: input.value }],
      };
    },
    async run(context): Promise<ContactOutput> {
      const { input, subject } = context;
      const caller = { ...context, paths };
      const contact = await requireContact(caller, emailOf(subject), [input.property]);
      const updated = await updateContactProperties(
        caller,
        contact.id,
        { [input.property]: input.value },
        { [input.property]: "value" },
      );
      // guess: the answer holds what was set; where it does not, HubSpot's 200 is believed.
      const kept = updated.properties?.[input.property];
      const value = kept === undefined ? input.value : (kept ?? "");
      const before = contact.properties[input.property] ?? "";
      const set = value === input.value || value !== before;
      const outcome = { contact_id: contact.id, property: input.property, value, set };
      return set ? outcome : { ...outcome, note: keptNote(input.property) };
    },
    again: { kind: "harmless" },
  });

function keptNote(property: string): string {
  return property === ONE_WAY
    ? "HubSpot moves the lifecycle stage forward only. Clear it first with an empty value, then set it."
    : "HubSpot kept the old value.";
}
