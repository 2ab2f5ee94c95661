export type { MemoryStorageOptions } from "./memory-storage.ts";
export { memoryStorage } from "./memory-storage.ts";
