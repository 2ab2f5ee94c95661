#!/usr/bin/env node
import { parseArgs } from "node:util";
import { hubspotEmulator, QUICKSTART_PORTAL } from "./hubspot/index.ts";
import { type Servable, serve } from "./serve/index.ts";
import { SMALL_WORKSPACE, slackEmulator } from "./slack/index.ts";

const USAGE = `Usage: emulator hubspot|slack [options]

  --port N          where to listen on 127.0.0.1 (a free port)
  --seed S          which account to make up (1)
  --latency MS      median response time (60)
  --no-limits       answer as fast as asked
  --until-stdin-ends  end with the program that started it, however that ends

of hubspot:
  --companies N     live companies (2000)
  --contacts N      live contacts (20000)
  --deals N         live deals (5000)
  --engagements N   emails, notes, calls, meetings and form submissions together (40000)
  --lag MS          how long search goes on without a change (2000)

of slack:
  --messages N      messages in channels (600)
  --rotation        access tokens live for 12 hours and are refreshed
  --unlisted        limits of an app outside of the Marketplace: history once a minute, 15 messages
  --events URL      where events and clicks go
`;

/** What a reader of channels that also posts needs. */
const SLACK_SCOPES =
  "chat:write channels:read channels:join channels:history groups:read groups:history app_mentions:read users:read users:read.email reactions:write team:read".split(
    " ",
  );

const { positionals, values } = readArguments();

const [vendor = ""] = positionals;

if (values.help || (vendor !== "hubspot" && vendor !== "slack")) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}

/** A whole number of at least 0, or the end of the program. */
function count(
  name: "port" | "companies" | "contacts" | "deals" | "engagements" | "latency" | "lag" | "messages",
): number {
  const number = Number(values[name]);
  if (Number.isInteger(number) && number >= 0) return number;
  console.error(`--${name} needs a whole number, not "${values[name]}".`);
  process.exit(1);
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        port: { type: "string", default: "0" },
        seed: { type: "string", default: "1" },
        companies: { type: "string", default: String(QUICKSTART_PORTAL.companies) },
        contacts: { type: "string", default: String(QUICKSTART_PORTAL.contacts) },
        deals: { type: "string", default: String(QUICKSTART_PORTAL.deals) },
        engagements: { type: "string", default: String(QUICKSTART_PORTAL.engagements) },
        latency: { type: "string", default: "60" },
        lag: { type: "string", default: "2000" },
        messages: { type: "string", default: String(SMALL_WORKSPACE.messages) },
        rotation: { type: "boolean", default: false },
        unlisted: { type: "boolean", default: false },
        events: { type: "string" },
        "no-limits": { type: "boolean", default: false },
        "until-stdin-ends": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(1);
  }
}

const limits = () => (values["no-limits"] ? { limits: "none" as const } : {});

async function serveHubSpot(): Promise<void> {
  const emulator = hubspotEmulator({
    seed: values.seed,
    size: {
      companies: count("companies"),
      contacts: count("contacts"),
      deals: count("deals"),
      engagements: count("engagements"),
    },
    latency: { medianMs: count("latency") },
    searchLagMs: count("lag"),
    ...limits(),
  });
  const served = await serve(emulator, { port: count("port"), control: true });
  const key = emulator.issueKey({
    scopes: [
      "oauth",
      "crm.objects.contacts.read",
      "crm.objects.contacts.write",
      "crm.objects.companies.read",
      "crm.objects.deals.read",
      "crm.objects.deals.write",
      "crm.objects.owners.read",
      "sales-email-read",
      "forms",
    ],
  });
  console.log(`HubSpot emulator: ${served.url}   (seed ${values.seed}, portal ${emulator.portal.id})

  client id       ${emulator.clientId}
  client secret   ${emulator.clientSecret}
  service key     ${key}
  authorize page  ${served.url}/oauth/authorize
  API             ${served.url}/crm/objects/2026-09/contacts
  control         ${served.url}/_emulator/app  …/ledger?summary  …/theoretical  …/faults  …/webhooks

Point Halo at it:  hubspot({ clientId, clientSecret, origins: { api: "${served.url}", app: "${served.url}" } })
with createHalo({ unsafeLoopback: true }). Ctrl-C stops it.`);
  untilStopped(emulator, served);
}

async function serveSlack(): Promise<void> {
  const emulator = slackEmulator({
    seed: values.seed,
    size: { messages: count("messages") },
    latency: { medianMs: count("latency") },
    tokenRotation: values.rotation,
    distribution: values.unlisted ? "unlisted" : "internal",
    ...limits(),
  });
  if (values.events !== undefined) emulator.webhooks.subscribe({ targetUrl: values.events });
  const served = await serve(emulator, { port: count("port"), control: true });
  const token = emulator.issueBotToken({ scopes: SLACK_SCOPES });
  console.log(`Slack emulator: ${served.url}   (seed ${values.seed}, workspace ${emulator.workspace.id})

  client id       ${emulator.clientId}
  client secret   ${emulator.clientSecret}
  signing secret  ${emulator.signingSecret}
  bot token       ${token}
  authorize page  ${served.url}/oauth/v2/authorize
  API             ${served.url}/api/conversations.list
  control         ${served.url}/_emulator/app  …/transcript  …/ledger?summary  …/change/post  …/click  …/webhooks

The vendor's own client works with { slackApiUrl: "${served.url}/api/" }. Ctrl-C stops it.`);
  untilStopped(emulator, served);
}

function untilStopped(emulator: Servable & { close(): void }, served: { close(): Promise<void> }): void {
  const stop = () => {
    emulator.close();
    served.close().then(() => process.exit(0));
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
  if (values["until-stdin-ends"]) process.stdin.once("close", stop).resume();
}

(vendor === "slack" ? serveSlack : serveHubSpot)().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
