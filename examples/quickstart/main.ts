import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHalo, type Halo } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { slack } from "@halo/slack";
import { pgStorage, servePglite } from "@halo/storage-pg";
import { stripe } from "@halo/stripe";
import { zoom } from "@halo/zoom";
import { Client } from "pg";
import { agentActs } from "./agent.ts";
import { pressConnect } from "./browser.ts";
import { compare } from "./compare.ts";
import { startHost } from "./host.ts";
import { loadKey } from "./key.ts";
import { meetingIsHeard } from "./meetings.ts";
import { moneyMoves } from "./money.ts";
import { readOptions } from "./options.ts";
import { questions } from "./questions.ts";
import { createScreen, showProgress } from "./screen.ts";
import { slackHears } from "./slack.ts";
import { type SlackWorkspace, startSlack } from "./slack-workspace.ts";
import { statusPage } from "./status-page.ts";
import { type StripeAccount, startStripe } from "./stripe-account.ts";
import { orgId, type Tour } from "./tour.ts";
import { startVendor, type Vendor } from "./vendor.ts";
import { webhooks } from "./webhooks.ts";
import { startZoom, type ZoomAccount } from "./zoom-account.ts";

const options = readOptions(process.argv.slice(2));
const screen = createScreen(process.stdout);
const failures: string[] = [];

/** One thing that has to hold for the exit code to be 0. */
function hold(truth: boolean, what: string): void {
  screen.line(`${truth ? "✓" : "✗"} ${what}`);
  if (!truth) failures.push(what);
}

async function main(): Promise<void> {
  screen.heading("1. HubSpot, Slack, Stripe and Zoom, as emulators on loopback");
  const vendor = await startVendor(options);
  const [workspace, billing, calls] = await Promise.all([
    startSlack(options),
    startStripe(options),
    startZoom(options),
  ]);
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "halo-quickstart-")));
  const host = await startHost();
  screen.line(
    `portal ${vendor.portalId}, seed ${options.seed}, at ${vendor.url}; Slack at ${workspace.url}; Stripe at ${billing.url}; Zoom at ${calls.url}`,
  );

  screen.heading("2. A store, a connection, a backfill");
  // A product runs the migrations when it deploys; here there is nobody else to do it.
  const storage = options.postgres ? pgStorage(options.postgres, { migrate: "auto" }) : pgStorage(folder);
  const halo = await createHalo({
    storage,
    integrations: [
      hubspot({
        clientId: vendor.clientId,
        clientSecret: vendor.clientSecret,
        origins: { api: vendor.url, app: vendor.url },
      }),
      slack({
        clientId: workspace.clientId,
        clientSecret: workspace.clientSecret,
        signingSecrets: [workspace.signingSecret],
        distribution: "internal", // an app of the customer's own, without the limits of an unlisted one
        origins: { api: workspace.url, app: workspace.url },
      }),
      stripe({ origins: { api: billing.url } }),
      zoom({
        clientId: calls.clientId,
        clientSecret: calls.clientSecret,
        webhookSecretTokens: [calls.secretToken],
        management: "admin", // an admin installed it: it reads everybody's recordings
        origins: { api: calls.url, app: calls.url },
      }),
    ],
    // Whoever clicks in the team's Slack is one of the staff here. A product looks the address up among its own people.
    approvals: { personOf: ({ email }) => ({ id: email, roles: ["approver"] }) },
    encryptionKey: await loadKey(folder),
    publicUrl: host.url,
    unsafeLoopback: true,
  });
  screen.line(halo.status.description);
  // Whoever asks is the one org's admin here. A product looks at its own session instead.
  const authorize = () => ({ orgId, actor: { id: "you", kind: "human" as const }, roles: ["admin"] });
  host.mount(toNodeListener(createHandler(halo, { authorize })));
  const stop = new AbortController();
  const working = halo.work({ signal: stop.signal });
  const socket = options.postgres ? undefined : await servePglite(storage, { port: 0 });
  const client = new Client({ connectionString: options.postgres ?? socket?.url });

  try {
    const vendors = { vendor, slack: workspace, stripe: billing, zoom: calls };
    const summary = await tour(halo, vendors, host.url, client);
    if (options.psql && socket) await serveUntilInterrupted(socket.url);
    const ok = failures.length === 0;
    screen.heading(ok ? "All of it held." : `${failures.length} things did not hold:`);
    for (const failure of failures) screen.line(`✗ ${failure}`);
    if (options.keep) screen.line(`The store is kept in ${options.keep}: start again with --keep to go on.`);
    if (options.json) process.stdout.write(`${JSON.stringify({ ok, ...summary })}\n`);
    process.exitCode = ok ? 0 : 1;
  } finally {
    stop.abort(new Error("the tour is over"));
    await working;
    await client.end().catch(() => {});
    await socket?.close();
    await halo.close();
    await host.close();
    await vendor.close();
    await workspace.close();
    await billing.close();
    await calls.close();
    if (!options.keep)
      for (const path of [folder, `${folder}.key`]) await rm(path, { recursive: true, force: true });
  }
}

interface Vendors {
  readonly vendor: Vendor;
  readonly slack: SlackWorkspace;
  readonly stripe: StripeAccount;
  readonly zoom: ZoomAccount;
}

async function tour(halo: Halo, vendors: Vendors, hostUrl: string, client: Client) {
  const { vendor } = vendors;
  const theory = await vendor.theoretical();
  const { connectionId, syncSeconds } = await backfill(halo, hostUrl);
  const requests = (await vendor.requests()).count;
  screen.line(
    `${requests} requests (theory: ${theory.requests}) in ${syncSeconds.toFixed(1)} s (theory: ${theory.seconds.toFixed(1)} s)`,
  );
  await client.connect();
  await client.query("select set_config('halo.org', $1, false)", [orgId]);
  const stop: Tour = { halo, ...vendors, screen, options, hostUrl, connectionId, client, hold };

  screen.heading("3. Signed webhooks");
  const webhook = await webhooks(stop);

  screen.heading("4. An incremental sync");
  await incremental(stop);

  screen.heading("5. Answers, and the status page");
  screen.line("waiting until everything is searchable …");
  await halo.knowledge.settled(orgId);
  await questions(stop);
  await statusPage(stop);

  screen.heading("6. An agent acts");
  const actions = await agentActs(stop);

  screen.heading("7. Slack");
  const told = await slackHears(stop);

  screen.heading("8. Money, with a person");
  const money = await moneyMoves(stop);

  screen.heading("9. A call with a customer");
  const heard = await meetingIsHeard(stop);

  screen.heading("10. Row by row");
  const { counts, differences } = await compare(client, vendor, orgId);
  for (const difference of differences.slice(0, 10)) screen.line(difference);
  hold(differences.length === 0, "every stored row equals the vendor's record: ids, contents, associations");
  return {
    counts: { ...counts, ...(await spineCounts(client)) },
    requests,
    theoreticalRequests: theory.requests,
    syncSeconds,
    theoreticalSeconds: theory.seconds,
    ...webhook,
    actions,
    slack: told,
    money,
    zoom: heard,
  };
}

async function backfill(halo: Halo, hostUrl: string) {
  const known = (await halo.connections.list(orgId, "hubspot"))[0];
  const began = Date.now();
  if (known) {
    screen.line("This store is connected already: it goes on from where it was, without a backfill.");
  } else {
    await pressConnect(`${hostUrl}${halo.base}/hubspot/connect?returnTo=/`);
  }
  const connection = (await halo.connections.list(orgId, "hubspot"))[0];
  if (!connection) throw new Error("There is no connection.");
  screen.line(`connected to portal ${connection.account.id}`);
  const stopProgress = showProgress(halo, screen, orgId, 67_000 * options.scale);
  await halo.sync.settled(orgId, connection.id);
  stopProgress();
  const syncSeconds = (Date.now() - began) / 1_000;
  const backfills = (await halo.runs.list(orgId, { connectionId: connection.id, limit: 500 })).filter(
    (run) => run.trigger === "connect",
  );
  hold(
    backfills.every((run) => run.status === "succeeded") && backfills.length === 4,
    "the backfill of four streams is through",
  );
  return { connectionId: connection.id, syncSeconds };
}

/** Edits, association changes, merges and deletions that no webhook told of. */
async function incremental({ connectionId, halo, vendor }: Tour): Promise<void> {
  const changed = await vendor.mutate({
    seed: options.seed,
    edits: 40,
    associationChanges: 20,
    merges: 5,
    deletions: 20,
    creations: 10,
    submissions: 3,
  });
  screen.line(
    Object.entries(changed)
      .map(([what, list]) => `${list.length} ${what}`)
      .join(", "),
  );
  // HubSpot's search shows a change "a few moments" late; the emulator two seconds.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await halo.sync.start({ orgId, connectionId, mode: "catch_up" });
  const runs = await halo.sync.settled(orgId, connectionId);
  screen.line(`${runs.length} runs are through`);
}

async function spineCounts(client: Client): Promise<Record<string, number>> {
  const { rows } = await client.query<Record<string, string>>(
    `select (select count(*) from halo.end_users where org_id = $1) as end_users,
            (select count(*) from halo.companies where org_id = $1) as companies_known,
            (select count(*) from halo.documents where org_id = $1) as documents,
            (select count(*) from halo.chunks where org_id = $1) as chunks`,
    [orgId],
  );
  return Object.fromEntries(Object.entries(rows[0] ?? {}).map(([name, count]) => [name, Number(count)]));
}

async function serveUntilInterrupted(url: string): Promise<void> {
  screen.heading("The store is open to psql");
  screen.line(`psql "${url}"`);
  screen.line("set search_path to halo; \\dt    Ctrl-C ends it.");
  await new Promise<void>((resolve) => process.once("SIGINT", () => resolve()));
}

await main().catch((error: unknown) => {
  const code =
    typeof error === "object" && error !== null && "code" in error ? ` (${String(error.code)})` : "";
  console.error(`\n${error instanceof Error ? error.message : String(error)}${code}`);
  if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, error: code.trim() })}\n`);
  process.exit(1);
});
