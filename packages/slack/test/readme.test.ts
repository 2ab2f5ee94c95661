import { readFileSync } from "node:fs";
import { readmeContract } from "@halo/core/testing";
import { slack } from "../src/index.ts";

readmeContract(readFileSync(new URL("../README.md", import.meta.url), "utf8"), slack(), {
  message: "the thread is read anew, if its channel is mapped",
  message_deleted: "the thread goes, or what is left of it is read anew",
  app_uninstalled: "Slack is asked whether it still lets us in; if not, the connection has to be made anew",
});
