import { readFileSync } from "node:fs";
import { readmeContract } from "@halo/core/testing";
import { zoom } from "../src/index.ts";

readmeContract(readFileSync(new URL("../README.md", import.meta.url), "utf8"), zoom(), {
  "recording.completed":
    "the meeting and its transcript are read anew, the transcript with the event's own token",
  "recording.trashed": "what was said goes, with all knowledge of it; the meeting is read anew",
  "meeting.ended": "the meeting is read, recorded or not",
  "meeting.deleted": "the meeting goes; its transcript is read anew",
  app_deauthorized:
    "Zoom is asked whether it still lets us in; if not, `connection.removed_at_vendor` is emitted, and the connection has to be made anew",
});
