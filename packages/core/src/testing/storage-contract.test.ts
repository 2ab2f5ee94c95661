import { describe, expect, it } from "vitest";
import { type Breakage, breakages, brokenStorage } from "./broken-storage.ts";
import { fakeClock } from "./fake-clock.ts";
import { storagePromises } from "./storage-contract.ts";
import { contractSetup, type StoragePromise, storageTest } from "./storage-promise.ts";

/** Runs one promise against a storage of its own, and says whether it was kept. */
async function isKept({ run }: StoragePromise, breakage: Pick<Breakage, "rooms">): Promise<boolean> {
  const clock = fakeClock(Date.now());
  const storage = await brokenStorage(breakage, contractSetup, clock);
  const test = storageTest({ storage, close: () => storage.close(), clock, advance: clock.advance });
  return run(test).then(
    () => true,
    (error: unknown) => {
      // Not kept, as opposed to broken off by a mistake of the suite or of the breakage.
      expect(error).toMatchObject({ name: "AssertionError" });
      return false;
    },
  );
}

describe("the storage contract", () => {
  for (const breakage of breakages)
    it(`fails a storage in which ${breakage.name}`, async () => {
      const promises: readonly StoragePromise[] = storagePromises[breakage.room];
      const broken = promises.filter(({ title }) => title.startsWith(breakage.breaks));
      expect(broken, "the promise that is broken").toHaveLength(1);
      for (const promise of broken) {
        expect(await isKept(promise, { rooms: () => ({}) }), "kept by a storage that is right").toBe(true);
        expect(await isKept(promise, breakage), promise.title).toBe(false);
      }
    });

  it("has no two promises of one title", () => {
    const titles = Object.values(storagePromises).flatMap((room) => room.map(({ title }) => title));
    expect(new Set(titles.map((title) => title)).size).toBeGreaterThan(100);
    for (const room of Object.values(storagePromises)) {
      const own = room.map(({ title }) => title);
      expect(new Set(own).size).toBe(own.length);
    }
  });
});
