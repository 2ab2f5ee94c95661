import { fakeClock, storageContract } from "../testing/index.ts";
import { memoryStorage } from "./memory-storage.ts";

storageContract("memory", async (setup) => {
  const clock = fakeClock(Date.now());
  const storage = memoryStorage({ clock });
  await storage.open(setup);
  return { storage, close: () => storage.close(), clock, advance: clock.advance };
});

storageContract("memory by the system's clock", async (setup) => {
  const storage = memoryStorage();
  await storage.open(setup);
  return { storage, close: () => storage.close() };
});
