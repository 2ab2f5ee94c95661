import { storageContract } from "@halo/core/testing";
import { openers } from "./support/open.ts";

for (const [name, open] of openers) storageContract(name, open);
