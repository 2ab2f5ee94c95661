import { defineAction } from "@halo/core/actions";
import * as z from "zod";
import type { Paths } from "../paths.ts";
import { emailOf, requireContact } from "./contact-by-email.ts";
import { findMarked, type MarkedKind } from "./find-marked.ts";
import { markedHtml } from "./mark.ts";
import { createRecord } from "./write.ts";

const DAY_MS = 86_400_000;
const TaskType = z.enum(["TODO", "CALL", "EMAIL"]);
const Days = z.number().int().min(0).max(365);

const Input = z.strictObject({
  title: z.string().trim().min(1).max(200).describe("What is to be done, in one line."),
  body: z.string().trim().max(5_000).optional().describe("What whoever does it has to know, as plain text."),
  type: TaskType.optional().describe("Leave it out unless the customer asked to be called or written to."),
  due_in_days: Days.optional().describe(
    "Days from now; 0 is today. Leave it out unless the customer named a time.",
  ),
});

const Config = z.strictObject({
  task_type: TaskType.default("TODO").describe("Of tasks for which the agent names none."),
  priority: z.enum(["LOW", "MEDIUM", "HIGH"]).default("MEDIUM"),
  due_in_days: Days.default(1).describe("Of tasks for which the agent names none."),
  owner_id: z.string().trim().min(1).max(100).optional().describe("Id of the owner whose task it is."),
});

const ORIGINS = {
  hs_task_subject: "title",
  hs_task_body: "body",
  hs_task_type: "type",
  hs_task_priority: "config.priority",
  hubspot_owner_id: "config.owner_id",
};

export type ActivityOutput = {
  readonly task_id: string;
  readonly contact_id: string;
};

const tasks: MarkedKind<ActivityOutput> = {
  type: "tasks",
  property: "hs_task_body",
  output: ({ id }, contactId) => ({ task_id: id, contact_id: contactId ?? "" }),
};

/** Makes a follow-up task on the contact of the customer. Paths name the API's version. */
export const logActivityAction = (paths: Paths) =>
  defineAction({
    id: "log_activity",
    name: "Log activity",
    description:
      "Makes a follow-up task for the team on the customer's contact in HubSpot: something to do, a call or an e-mail. Use it when a person has to come back to the customer. It neither calls nor writes.",
    subject: "end_user",
    destructive: true,
    input: Input,
    config: Config,
    async run(context) {
      const { input, config, subject, effectKey, at } = context;
      const caller = { ...context, paths };
      const contact = await requireContact(caller, emailOf(subject));
      const due = at.getTime() + (input.due_in_days ?? config.due_in_days) * DAY_MS;
      const properties = {
        hs_timestamp: new Date(due).toISOString(),
        hs_task_subject: input.title,
        hs_task_body: markedHtml(input.body, effectKey),
        hs_task_status: "NOT_STARTED",
        hs_task_type: input.type ?? config.task_type,
        hs_task_priority: config.priority,
        hubspot_owner_id: config.owner_id,
      };
      return tasks.output(await createRecord(caller, "tasks", properties, contact.id, ORIGINS), contact.id);
    },
    again: { kind: "find", find: (context) => findMarked({ ...context, paths }, context, tasks) },
  });
