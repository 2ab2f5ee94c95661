import type { State } from "../memory/state.ts";
import type { Storage } from "../ports/storage.ts";
import type { Breakage } from "./broken-storage.ts";

type Rooms = Breakage["rooms"];

/** A call is begun with other options than those that were given. */
export const beginsWith =
  (change: (by: Parameters<Storage["actions"]["begin"]>, state: State) => object): Rooms =>
  (good, state) => ({
    actions: {
      begin: async (call, options) => {
        const changed = { ...options, ...change([call, options], state) };
        return good.actions.begin(call, changed);
      },
    },
  });

/** A call is moved with other options than those that were given. */
export const movesWith =
  (
    change: (by: Parameters<Storage["actions"]["transition"]>, state: State, good: Storage) => object,
  ): Rooms =>
  (good, state) => ({
    actions: {
      transition: async (orgId, callId, options) => {
        const changed = { ...options, ...change([orgId, callId, options], state, good) };
        return good.actions.transition(orgId, callId, changed);
      },
    },
  });
