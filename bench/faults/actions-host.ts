import type { Random } from "../../packages/emulators/src/random.ts";
import type { ActionCrew } from "./actions-crew.ts";
import type { ActionWorker } from "./actions-process.ts";
import type { SlackSide } from "./actions-slack.ts";
import type { ActionName, Heard, Wish } from "./actions-steps.ts";
import type { ActionVendor } from "./actions-vendor.ts";

/** A wish, and what the host did about it. */
export interface Wished {
  readonly wish: Wish;
  /** The host asks again, with the same key, until it hears an answer. The others are asked for once. */
  readonly persists: boolean;
  /** Whether the vendor has the contact: else nobody can be certain that something is absent. */
  readonly findable: boolean;
  /** How often a worker died that was at it. */
  deaths: number;
  heard: Heard | undefined;
}

/** What stands between the user and the workers: it asks, asks again, and sometimes asks twice at once. */
export interface Host {
  readonly wished: readonly Wished[];
  act(): void;
  notify(): void;
  /** Resolves when nothing is asked any more. */
  quiet(): Promise<void>;
}

/** Answers that say: ask again. */
const again = new Set(["conflict", "approval_stale", "storage_failed"]);

export function createHost(
  crew: ActionCrew,
  vendor: Pick<ActionVendor, "emails">,
  slack: Pick<SlackSide, "agentChannels"> | undefined,
  random: Random,
  of: { readonly round: number; readonly onlyCreates: boolean },
): Host {
  const wished: Wished[] = [];
  const asking = new Set<Promise<void>>();
  let updated = 0;

  const ask = async (one: Wished, other?: ActionWorker): Promise<void> => {
    for (;;) {
      const worker = await crew.any(other);
      let heard: Heard | undefined;
      try {
        heard = await worker.wish(one.wish);
      } catch {
        one.deaths += 1;
      }
      if (heard && !("code" in heard && again.has(heard.code))) {
        one.heard = heard;
        return;
      }
      if (!one.persists) return;
    }
  };
  const add = (one: Wished, twice: boolean) => {
    wished.push(one);
    const asked = twice
      ? (async () => {
          const first = await crew.any();
          await Promise.all([ask(one, first), ask(one)]);
        })()
      : ask(one);
    // A crew that cannot go on breaks the round off by itself.
    const done = asked.catch(() => {}).finally(() => asking.delete(done));
    asking.add(done);
  };
  const nextKey = () => `wish-${of.round}-${wished.length}`;
  return {
    wished,
    act() {
      const kinds: ActionName[] = ["create_deal", "create_note", "log_activity"];
      if (slack) kinds.push("post_message");
      const updates = !of.onlyCreates && random.chance(0.25) && updated < vendor.emails.length;
      const action = updates ? "update_contact" : random.pick(kinds);
      const findable = action !== "create_deal" || random.chance(0.7);
      // Each change is of a contact of its own, so that no other change stands behind it.
      const email = updates
        ? vendor.emails[updated++]
        : findable
          ? random.pick(vendor.emails)
          : "nobody@elsewhere.example";
      const channel = action === "post_message" && slack ? random.pick(slack.agentChannels) : "";
      const wish: Wish = { of: "act", key: nextKey(), action, email: email ?? "", channel };
      const persists = updates || of.onlyCreates || random.chance(0.6);
      const twice = !updates && persists && random.chance(0.2);
      add({ wish, persists, findable, deaths: 0, heard: undefined }, twice);
    },
    notify() {
      const wish: Wish = { of: "notify", key: nextKey(), kind: `kind ${wished.length % 4}` };
      const persists = of.onlyCreates || random.chance(0.8);
      add({ wish, persists, findable: true, deaths: 0, heard: undefined }, persists && random.chance(0.2));
    },
    async quiet() {
      while (asking.size > 0) await Promise.all(asking);
    },
  };
}
