import type { AnyAction } from "@halo/core/actions";
import { postMessage } from "./post-message.ts";

/** All of Slack's actions. */
export const actions: readonly AnyAction[] = [postMessage];
