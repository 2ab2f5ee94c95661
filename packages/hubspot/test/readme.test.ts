import { readFileSync } from "node:fs";
import { readmeContract } from "@halo/core/testing";
import { hubspot } from "../src/index.ts";

readmeContract(readFileSync(new URL("../README.md", import.meta.url), "utf8"), hubspot(), {
  "contact.creation": "the record is read, whatever the event says of it",
  "contact.merge": "the winner is read, the others end as merged into it",
  "contact.associationChange": "the record that keeps the association's ids is read",
  "contact.privacyDeletion": "the contact's row is emptied, and all knowledge from it goes",
});
