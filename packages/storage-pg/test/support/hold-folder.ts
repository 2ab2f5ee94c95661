// Opens the folder that it is given, says so, and goes on writing until it is killed.
import { contractSetup } from "@halo/core/testing";
import { pgStorage } from "../../src/index.ts";

const storage = pgStorage(process.argv[2] ?? "");
await storage.open(contractSetup);
await storage.leases.takeSlot("held", new Date(0));
process.stdout.write("ready\n");
for (let slot = 1; ; slot++) await storage.leases.takeSlot("busy", new Date(slot));
