// An agent framework of your own, HubSpot's actions, and nothing else of Halo: no store, no server, no worker.
//
//   HUBSPOT_TOKEN=pat-… node main.ts ada@example.com
//
// HUBSPOT_ORIGIN takes the calls elsewhere, to an emulator on loopback for one. `--yes` answers for the user.
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { hubspotActions } from "@halo/hubspot/actions";
import { converse } from "./framework.ts";
import { scriptedModel } from "./scripted-model.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { yes: { type: "boolean", default: false } },
});
const [email] = positionals;
const { HUBSPOT_ORIGIN: origin, HUBSPOT_TOKEN: accessToken } = process.env;
if (!email || !accessToken) {
  console.error("Give the customer's address as the argument, and an access token in HUBSPOT_TOKEN.");
  process.exit(2);
}

const tools = hubspotActions({
  accessToken,
  subject: { email }, // whose records: from your session, never from the model
  only: ["create_deal", "update_contact"],
  config: { update_contact: { allowed_properties: ["jobtitle"] } },
  ...(origin && { origins: { api: origin }, unsafeLoopback: true }),
});

await converse({
  tools,
  model: scriptedModel(), // yours: any model that takes JSON Schema
  print: console.log,
  async confirm(question) {
    if (values.yes) return true;
    const terminal = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await terminal.question(`${question} [y/N] `).finally(() => terminal.close());
    return /^y(es)?$/i.test(answer.trim());
  },
});
