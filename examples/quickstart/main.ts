import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHalo, formatCitation, type Halo, type SearchHit } from "@halo/core";
import { hubspot } from "@halo/hubspot";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { pgStorage, servePglite } from "@halo/storage-pg";
import { Client } from "pg";
import { pressConnect } from "./browser.ts";
import { compare } from "./compare.ts";
import { startHost } from "./host.ts";
import { loadKey } from "./key.ts";
import { readOptions } from "./options.ts";
import { createScreen, showProgress } from "./screen.ts";
import { startVendor, type Vendor } from "./vendor.ts";

const orgId = "acme";
const creations = ["email.creation", "note.creation", "call.creation", "meeting.creation", "object.creation"];
const options = readOptions(process.argv.slice(2));
const screen = createScreen(process.stdout);
const failures: string[] = [];

/** One thing that has to hold for the exit code to be 0. */
function hold(truth: boolean, what: string): void {
  screen.line(`${truth ? "✓" : "✗"} ${what}`);
  if (!truth) failures.push(what);
}

async function main(): Promise<void> {
  screen.heading("1. HubSpot, as an emulator on loopback");
  const vendor = await startVendor(options);
  const folder = options.keep ?? (await mkdtemp(join(tmpdir(), "halo-quickstart-")));
  const host = await startHost();
  screen.line(`portal ${vendor.portalId}, seed ${options.seed}, at ${vendor.url}`);

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
    ],
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
    const summary = await tour(halo, vendor, host.url, client);
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
    if (!options.keep)
      for (const path of [folder, `${folder}.key`]) await rm(path, { recursive: true, force: true });
  }
}

async function tour(halo: Halo, vendor: Vendor, hostUrl: string, client: Client) {
  const known = (await halo.connections.list(orgId, "hubspot"))[0];
  const theory = await vendor.theoretical();
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
  const requests = (await vendor.requests()).count;
  const backfills = (await halo.runs.list(orgId, { connectionId: connection.id, limit: 500 })).filter(
    (run) => run.trigger === "connect",
  );
  hold(
    backfills.every((run) => run.status === "succeeded") && backfills.length === 4,
    "the backfill of four streams is through",
  );
  screen.line(
    `${requests} requests (theory: ${theory.requests}) in ${syncSeconds.toFixed(1)} s (theory: ${theory.seconds.toFixed(1)} s)`,
  );

  screen.heading("3. Signed webhooks");
  const webhook = await webhooks(halo, vendor, hostUrl, connection.id);

  screen.heading("4. An incremental sync");
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
  await halo.sync.start({ orgId, connectionId: connection.id, mode: "catch_up" });
  await halo.sync.settled(orgId, connection.id);
  await client.connect();
  await client.query("select set_config('halo.org', $1, false)", [orgId]);
  const { counts, differences } = await compare(client, vendor, orgId);
  for (const difference of differences.slice(0, 10)) screen.line(difference);
  hold(differences.length === 0, "every stored row equals the vendor's record: ids, contents, associations");

  screen.heading("5. Answers, and the status page");
  screen.line("waiting until everything is searchable …");
  await halo.knowledge.settled(orgId);
  await questions(halo, vendor);
  await statusPage(halo);
  return {
    counts: { ...counts, ...(await spineCounts(client)) },
    requests,
    theoreticalRequests: theory.requests,
    syncSeconds,
    theoreticalSeconds: theory.seconds,
    ...webhook,
  };
}

/** A customer writes; the vendor tells us; the answer is there. Measured while other documents wait to be indexed. */
async function webhooks(halo: Halo, vendor: Vendor, hostUrl: string, connectionId: string) {
  await vendor.subscribe(`${hostUrl}${halo.base}/hubspot/webhook/${orgId}`, creations);
  let backlog = (await halo.knowledge.counts(orgId)).pending;
  if (backlog < 500) {
    // Reading every e-mail again makes a backlog like the first sync's.
    await halo.sync.start({ orgId, connectionId, mode: "email_catch_up", days: 3_650 });
    for (let waited = 0; waited < 400 && backlog < 500 * options.scale; waited++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      backlog = (await halo.knowledge.counts(orgId)).pending;
    }
  }
  const contact = (await halo.customers.endUsers(orgId, { limit: 50 })).find((person) => person.email);
  // A word that no earlier start has stored: only this start's event can bring it.
  const word = `zeppelin${Date.now().toString(36)}`;
  const made = [
    {
      kind: "emails",
      properties: email(
        "Zeppelin hangar",
        `The hangar ${word} in Friedrichshafen needs 14 more licences.`,
        contact?.email,
      ),
    },
    {
      kind: "notes",
      properties: { hs_note_body: `<p>They keep a quokka named ${word} as office mascot.</p>` },
    },
    {
      kind: "calls",
      properties: {
        hs_call_title: "Call about marzipan",
        hs_call_body: `Their marzipan moulds ${word} have to be invoiced in Danish kroner.`,
        hs_call_status: "COMPLETED",
      },
    },
    {
      kind: "meetings",
      properties: {
        hs_meeting_title: "Glockenspiel review",
        hs_meeting_body: `The glockenspiel ${word} must ring at noon in every branch.`,
      },
    },
  ];
  const words = ["hangar licences", "quokka mascot", "marzipan moulds kroner", "glockenspiel noon branch"];
  let ackMs = 0;
  let searchableMs = 0;
  for (const [index, { kind, properties }] of made.entries()) {
    const waiting = (await halo.knowledge.counts(orgId)).pending;
    const sent = Date.now();
    const { id } = await vendor.change(
      "create",
      kind,
      { hs_timestamp: new Date(sent).toISOString(), ...properties },
      [],
    );
    const hit = await untilFound(halo, `${word} ${words[index]}`, word, id);
    const took = Date.now() - sent;
    const delivery = await vendor.lastDelivery();
    ackMs = Math.max(ackMs, delivery?.ms ?? Number.POSITIVE_INFINITY);
    searchableMs = Math.max(searchableMs, took);
    hold(
      hit !== undefined && took <= options.withinMs && delivery?.status === 200,
      `${kind.slice(0, -1)} ${id}: acknowledged in ${delivery?.ms ?? "?"} ms, searchable after ${took} ms, while ${waiting.toLocaleString("en")} documents waited`,
    );
  }
  const dead = (await halo.deliveries.list(orgId, { connectionId, status: "dead" })).length;
  hold(dead === 0, "no webhook was given up on");
  return { webhookAckMs: ackMs, webhookToSearchableMs: searchableMs };
}

async function untilFound(
  halo: Halo,
  query: string,
  word: string,
  id: string,
): Promise<SearchHit | undefined> {
  const until = Date.now() + 20_000;
  while (Date.now() < until) {
    const hits = await halo.knowledge.search({ orgId, query, scope: { kind: "staff" }, limit: 3 });
    const hit = hits.find((one) => one.citation.sourceKey.endsWith(`:${id}`) && one.text.includes(word));
    if (hit) return hit;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return undefined;
}

function email(subject: string, text: string, from = "someone@example.com") {
  return {
    hs_email_direction: "INCOMING_EMAIL",
    hs_email_status: "SENT",
    hs_email_subject: subject,
    hs_email_text: text,
    hs_email_html: `<div dir="ltr">${text}</div>`,
    hs_email_from_email: from,
    hs_email_headers: JSON.stringify({ from: { email: from }, to: [{ email: "sales@acme.example.com" }] }),
  };
}

async function questions(halo: Halo, vendor: Vendor): Promise<void> {
  const planted = await vendor.planted();
  for (const { question, phrase } of planted.slice(0, 3)) {
    const [hit] = await halo.knowledge.search({ orgId, query: question, scope: { kind: "staff" }, limit: 3 });
    screen.line(`? ${question}`);
    show(hit, phrase);
    hold(hit?.text.includes(phrase.slice(0, 60)) === true, "the first hit holds the answer");
  }
  if (options.ask) {
    screen.line(`? ${options.ask}`);
    const hits = await halo.knowledge.search({
      orgId,
      query: options.ask,
      scope: { kind: "staff" },
      limit: 3,
    });
    if (hits.length === 0) screen.line("  nothing was found");
    for (const hit of hits) show(hit, "");
  }
}

function show(hit: SearchHit | undefined, phrase: string): void {
  if (!hit) return;
  const at = phrase === "" ? 0 : Math.max(0, hit.text.indexOf(phrase));
  const person = hit.endUsers[0];
  const customer =
    [person?.name ?? person?.email, hit.companies[0]?.name].filter(Boolean).join(", ") ||
    "nobody in particular";
  screen.line(`  “${hit.text.slice(at, at + 140).replaceAll(/\s+/g, " ")}”`);
  screen.line(`  customer: ${customer} · score ${hit.score.toFixed(3)}`);
  const { start, end, text } = hit;
  screen.line(`  source: ${formatCitation({ ...hit.citation, text, start, end })}`);
}

async function statusPage(halo: Halo): Promise<void> {
  const detail = await halo.detail(orgId, "hubspot");
  const date = (at: Date | undefined) => at?.toISOString().replace("T", " ").slice(0, 19) ?? "–";
  screen.table([
    ["Integration", `${detail.name} (${detail.state})`],
    ["Account", detail.account?.id ?? "–"],
    ["Webhook URL to paste", detail.webhookUrl ?? "–"],
    ...detail.stats.map(({ name, value }) => [name, value.toLocaleString("en")] as const),
    ["Last sync", date(detail.lastSyncAt)],
    ["Next sync", date(detail.nextSyncAt)],
    ["Errors", String(detail.errors)],
    ...detail.banners.map(({ level, message }) => [`  ${level}`, message] as const),
  ]);
  hold(detail.state === "connected" && detail.errors === 0, "the status page shows no error");
  hold(
    detail.lastSyncAt !== undefined && detail.nextSyncAt !== undefined,
    "it knows the last and the next sync",
  );
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
