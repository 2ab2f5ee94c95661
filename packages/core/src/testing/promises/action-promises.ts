import type { StoragePromise } from "../storage-promise.ts";
import { actionCallPromises } from "./action-call-promises.ts";
import { actionGatePromises } from "./action-gate-promises.ts";

export const actionPromises: readonly StoragePromise[] = [...actionGatePromises, ...actionCallPromises];
