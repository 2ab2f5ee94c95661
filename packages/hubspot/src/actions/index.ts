export type { OutcomeOf } from "@halo/core/actions";

import { API_VERSION, paths } from "../paths.ts";
import { createDealAction } from "./create-deal.ts";
import { createNoteAction } from "./create-note.ts";
import { logActivityAction } from "./log-activity.ts";
import { updateContactAction } from "./update-contact.ts";

const current = /* @__PURE__ */ paths(API_VERSION);

export const createDeal = /* @__PURE__ */ createDealAction(current);
export const updateContact = /* @__PURE__ */ updateContactAction(current);
export const logActivity = /* @__PURE__ */ logActivityAction(current);
export const createNote = /* @__PURE__ */ createNoteAction(current);

export type { DealOutput } from "./create-deal.ts";
export type { NoteOutput } from "./create-note.ts";
export type { ActivityOutput } from "./log-activity.ts";
export {
  type HubSpotAccess,
  type HubSpotRunOptions,
  type HubSpotToolsOptions,
  hubspotActions,
  runHubSpotAction,
} from "./standalone.ts";
export type { ContactOutput } from "./update-contact.ts";
