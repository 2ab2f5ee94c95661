import type { AnyAction } from "@halo/core/actions";
import type { Paths } from "../paths.ts";
import { createDealAction } from "./create-deal.ts";
import { createNoteAction } from "./create-note.ts";
import { logActivityAction } from "./log-activity.ts";
import { updateContactAction } from "./update-contact.ts";

/** All of HubSpot's actions, on the version of the API that the paths name. */
export function actions(on: Paths): readonly AnyAction[] {
  return [createDealAction(on), updateContactAction(on), logActivityAction(on), createNoteAction(on)];
}
