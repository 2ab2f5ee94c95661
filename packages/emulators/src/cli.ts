#!/usr/bin/env node
import { parseArgs } from "node:util";
import { FATHOM_TRIGGERS, fathomEmulator, SMALL_FATHOM_ORGANISATION } from "./fathom/index.ts";
import { hubspotEmulator, QUICKSTART_PORTAL } from "./hubspot/index.ts";
import { type Servable, serve } from "./serve/index.ts";
import { SMALL_WORKSPACE, slackEmulator } from "./slack/index.ts";
import { stripeEmulator } from "./stripe/index.ts";
import { SMALL_ZOOM_ACCOUNT, zoomEmulator } from "./zoom/index.ts";

const USAGE = `Usage: emulator hubspot|slack|stripe|zoom|fathom [options]

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

of stripe, whose customers are companies of the hubspot emulator of the same seed and size:
  --customers N     in test mode, with their subscriptions, invoices and payments (200)
  --live            in live mode instead
  --events URL      where events go; the endpoint's secret is printed

of zoom and fathom, whose guests are contacts of the hubspot emulator of the same seed and size:
  --meetings N      meetings that were recorded (40)
  --days N          how far back they lie (90)
  --events URL      where webhooks go
  --user-managed    of zoom: an app of one person, which may ask for nobody but them
`;

/** What a reader of channels that also posts needs. */
const SLACK_SCOPES =
  "chat:write channels:read channels:join channels:history groups:read groups:history app_mentions:read users:read users:read.email reactions:write team:read".split(
    " ",
  );

/** What a reader of customers and their money needs. */
const STRIPE_PERMISSIONS =
  "accounts_kyc_basic_read customer_read subscription_read invoice_read payment_intent_read charge_read credit_note_read product_read plan_read dispute_read event_read webhook_write".split(
    " ",
  );

const { positionals, values } = readArguments();

const [vendor = ""] = positionals;

const VENDORS: Readonly<Record<string, () => Promise<void>>> = {
  hubspot: serveHubSpot,
  slack: serveSlack,
  stripe: serveStripe,
  zoom: serveZoom,
  fathom: serveFathom,
};
const run = Object.hasOwn(VENDORS, vendor) ? VENDORS[vendor] : undefined;

if (values.help || !run) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 1);
}

/** A whole number of at least 0, or the end of the program. */
function count(
  name:
    | "port"
    | "companies"
    | "contacts"
    | "deals"
    | "engagements"
    | "latency"
    | "lag"
    | "messages"
    | "customers"
    | "meetings"
    | "days",
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
        meetings: { type: "string", default: String(SMALL_ZOOM_ACCOUNT.meetings) },
        days: { type: "string", default: String(SMALL_FATHOM_ORGANISATION.days) },
        customers: { type: "string", default: "200" },
        live: { type: "boolean", default: false },
        "user-managed": { type: "boolean", default: false },
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

/** The contacts of the HubSpot emulator that stands beside it. */
const crm = () => ({ companies: count("companies"), contacts: count("contacts") });

async function serveStripe(): Promise<void> {
  const emulator = stripeEmulator({
    seed: values.seed,
    crm: crm(),
    size: { customers: count("customers") },
    mode: values.live ? "live" : "test",
    latency: { medianMs: count("latency") },
    ...limits(),
  });
  const served = await serve(emulator, { port: count("port"), control: true });
  const { id, mode } = emulator.account;
  console.log(`Stripe emulator: ${served.url}   (seed ${values.seed}, account ${id}, ${mode} mode)

  secret key      ${emulator.issueKey()}
  restricted key  ${emulator.issueKey({ permissions: STRIPE_PERMISSIONS })}
  client id       ${emulator.clientId}
  client secret   ${emulator.secretKeys[mode]}
  install page    ${served.url}/oauth/v2/authorize
  API             ${served.url}/v1/customers
  control         ${served.url}/_emulator/app  …/snapshot/subscription  …/ledger?summary  …/change/pay  …/faults  …/webhooks

The vendor's own client works with { host: "127.0.0.1", port: ${served.port}, protocol: "http" }. Ctrl-C stops it.`);
  if (values.events !== undefined) {
    const { secret } = emulator.subscribe({ url: values.events });
    console.log(`Webhook secret    ${secret}`);
  }
  untilStopped(emulator, served);
}

async function serveZoom(): Promise<void> {
  const emulator = zoomEmulator({
    seed: values.seed,
    crm: crm(),
    size: { meetings: count("meetings"), days: count("days") },
    latency: { medianMs: count("latency") },
    management: values["user-managed"] ? "user" : "admin",
    seededUntil: Date.now(),
    ...limits(),
  });
  if (values.events !== undefined) emulator.webhooks.subscribe({ targetUrl: values.events });
  const served = await serve(emulator, { port: count("port"), control: true });
  emulator.fileHost = served.url;
  const token = emulator.issueAccessToken();
  console.log(`Zoom emulator: ${served.url}   (seed ${values.seed}, account ${emulator.account.id})

  client id       ${emulator.clientId}
  client secret   ${emulator.clientSecret}
  secret token    ${emulator.secretToken}
  access token    ${token}
  authorize page  ${served.url}/oauth/authorize
  API             ${served.url}/v2/users/me
  control         ${served.url}/_emulator/app  …/meetings  …/awkward  …/planted  …/ledger?summary  …/change/hold  …/webhooks

A meeting takes place:  curl -d '{"args":[{"topic":"Kick-off"}]}' ${served.url}/_emulator/change/hold
Ctrl-C stops it.`);
  untilStopped(emulator, served);
}

async function serveFathom(): Promise<void> {
  const emulator = fathomEmulator({
    seed: values.seed,
    crm: crm(),
    size: { meetings: count("meetings"), days: count("days") },
    latency: { medianMs: count("latency") },
    seededUntil: Date.now(),
    ...limits(),
  });
  const served = await serve(emulator, { port: count("port"), control: true });
  const key = emulator.issueKey();
  console.log(`Fathom emulator: ${served.url}   (seed ${values.seed}, ${emulator.account.ownerEmail})

  API key         ${key}
  client id       ${emulator.clientId}
  client secret   ${emulator.clientSecret}
  authorize page  ${served.url}/external/v1/oauth2/authorize
  API             ${served.url}/external/v1/meetings
  control         ${served.url}/_emulator/app  …/meetings  …/awkward  …/planted  …/ledger?summary  …/change/record  …/webhooks

A call is recorded:  curl -d '{"args":[{"title":"Kick-off"}]}' ${served.url}/_emulator/change/record
Ctrl-C stops it.`);
  if (values.events !== undefined) {
    const { secret } = emulator.webhooks.create({
      account: emulator.account.number,
      email: emulator.account.ownerEmail,
      url: values.events,
      triggeredFor: FATHOM_TRIGGERS,
      transcript: true,
      summary: true,
      actionItems: true,
      crmMatches: false,
    });
    console.log(`Webhook secret    ${secret}`);
  }
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

run().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
