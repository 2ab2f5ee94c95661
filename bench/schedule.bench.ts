import { hubspotEmulator, QUICKSTART_PORTAL } from "@halo/emulators/hubspot";
import { virtualClock } from "../packages/core/src/http/virtual-clock.ts";
import type { Bench, Row } from "./bench.ts";
import { type LimitShape, SECTION_8_REQUESTS, SHAPES, section8Portal } from "./schedule-portal.ts";
import { type Synced, syncOnce } from "./schedule-sync.ts";

const SEED = 20261121;
/** What P16 is held against: (⌈requests ÷ limit⌉ − 1) × window. */
const boundSeconds = (requests: number, { max, windowMs }: LimitShape) =>
  ((Math.ceil(requests / max) - 1) * windowMs) / 1_000;

const bench: Bench = {
  name: "schedule",
  about: "P16, P17: first syncs of HubSpot in virtual time, against what the vendor's limit allows",
  async run({ args, log }) {
    const ratios: Record<string, number> = {};
    const rows: Row[] = [];
    const note = (what: string, shape: LimitShape, synced: Synced): number => {
      const bound = boundSeconds(synced.limited, shape);
      rows.push({
        what,
        "limit per 10 s": shape.max,
        requests: synced.requests,
        searches: synced.searches,
        refused: synced.refused,
        "most in 10 s": synced.peak,
        seconds: synced.seconds,
        bound,
        ratio: synced.seconds / bound,
      });
      log(`${what}, ${shape.max} per 10 s: ${synced.seconds.toFixed(1)} s`);
      return synced.seconds / bound;
    };

    for (const shape of SHAPES) {
      const synced = await section8(shape);
      ratios[`P16.${shape.max}`] = note("the account of PERFORMANCE §8", shape, synced);
      ratios.refused = (ratios.refused ?? 0) + synced.refused;
      ratios["P17.requests"] = synced.pulled;
      ratios.P17 = synced.pulled / SECTION_8_REQUESTS;
    }
    ratios.P16 = Math.max(...SHAPES.map(({ max }) => ratios[`P16.${max}`] ?? Number.NaN));

    const usual: LimitShape = { max: 110, windowMs: 10_000 };
    if (args.includes("--full")) {
      const clock = virtualClock();
      const whole = await syncOnce(clock, section8Portal(clock, usual, { seed: SEED }), {
        seed: SEED + usual.max,
      });
      ratios["P16.110.full"] = note("the same, with all 330,000 records", usual, whole);
    }
    const quick = virtualClock();
    const emulator = hubspotEmulator({
      clock: quick,
      seed: SEED,
      limits: { burst: usual },
      size: QUICKSTART_PORTAL,
    });
    ratios["P16.quickstart"] = note(
      "the quickstart's account",
      usual,
      await syncOnce(quick, emulator, { seed: SEED }),
    );
    return {
      ratios,
      rows,
      notes: [
        "Whole syncs, from the first call to the last run's end: account, owners, pipelines, every page, the settle pass.",
        "Nothing is known of the account before: its lists are cut while they are read.",
        "bound: (⌈requests that the limit counts ÷ limit⌉ − 1) × window. P16 is the worst of the four.",
        "One record stands for ten, which changes no request and no second; with --full every one is there.",
        "P17: requests of the backfill itself: lists, associations and the searches for the parts, over 3,300. Records are",
        "read, checked and made rows of, and not stored.",
      ],
    };
  },
};
export default bench;

/** One sync of the account of PERFORMANCE §8, a tenth of its records standing for all. */
export async function section8(shape: LimitShape, seed = SEED): Promise<Synced> {
  const clock = virtualClock();
  const emulator = section8Portal(clock, shape, { scale: 10, seed });
  return await syncOnce(clock, emulator, { seed: seed + shape.max, scale: 10 });
}
