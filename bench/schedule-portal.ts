// The account of PERFORMANCE §8, in the emulator: its counts exactly, records that are small, and nothing besides.
import { type HubSpotEmulator, hubspotEmulator, type ObjectType } from "@halo/emulators/hubspot";
import type { VirtualClock } from "../packages/core/src/http/virtual-clock.ts";

export const SECTION_8 = {
  contacts: 100_000,
  companies: 10_000,
  deals: 20_000,
  emails: 120_000,
  notes: 30_000,
  calls: 20_000,
  meetings: 30_000,
} as const satisfies Partial<Record<ObjectType, number>>;

/** List pages of a hundred, associations inside: plan A's 3,300. */
export const SECTION_8_REQUESTS = Object.values(SECTION_8).reduce((sum, count) => sum + count / 100, 0);

export interface LimitShape {
  readonly max: number;
  readonly windowMs: number;
}

/** The four limits of HubSpot's accounts: private apps, public apps, professional, with the add-on. */
export const SHAPES: readonly LimitShape[] = [100, 110, 190, 250].map((max) => ({ max, windowMs: 10_000 }));

/**
 * The account, answering at once: the way there and back is the bench's. With a `scale` of ten, one record stands for
 * ten (`syncOnce` has to be told too): as many pages and cuts, and a tenth of the work.
 */
export function section8Portal(
  clock: VirtualClock,
  burst: LimitShape,
  { scale = 1, seed }: { readonly scale?: number; readonly seed: number },
): HubSpotEmulator {
  const emulator = hubspotEmulator({
    seed,
    clock,
    limits: { burst },
    size: { companies: 0, contacts: 0, deals: 0, engagements: 0 },
  });
  const { portal } = emulator.portal;
  portal.forms.length = 0;
  for (const [type, count] of Object.entries(SECTION_8) as [keyof typeof SECTION_8, number][]) {
    const collection = portal.objects[type];
    for (let i = collection.records.length; i < count / scale; i++) {
      const key = collection.nextKey();
      const at = Date.UTC(2026, 0, 1) + i * 1_000;
      collection.add({
        type,
        id: String(key),
        key,
        createdAt: at,
        updatedAt: at,
        archivedAt: undefined,
        forgotten: false,
        mergedInto: undefined,
        fields: {},
        text: undefined,
        links: [],
        versions: undefined,
      });
    }
  }
  return emulator;
}
