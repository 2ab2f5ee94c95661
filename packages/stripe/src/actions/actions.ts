import type { AnyAction } from "@halo/core/actions";
import { cancel } from "./cancel.ts";
import { credit } from "./credit.ts";
import { extendTrial } from "./extend-trial.ts";
import { refund } from "./refund.ts";

/** All of Stripe's actions: each is a proposal until a person approves it. */
export const actions: readonly AnyAction[] = [refund, cancel, credit, extendTrial];
