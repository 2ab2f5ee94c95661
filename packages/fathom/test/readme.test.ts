import { readFileSync } from "node:fs";
import { readmeContract } from "@halo/core/testing";
import { fathom } from "../src/index.ts";

readmeContract(readFileSync(new URL("../README.md", import.meta.url), "utf8"), fathom(), {
  "meeting.content_ready": "the meeting is stored as the event brings it; nothing is read",
});
