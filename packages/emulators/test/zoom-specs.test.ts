import { readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { ROUTES } from "../src/zoom/routes/table.ts";
import { answerErrors, type OpenApi, operationsOf, sharedOpenApi } from "./openapi.ts";
import { sampleErrors } from "./slack-specs.ts";
import { sharedFile, sharedFiles } from "./specs.ts";
import { inPath, setUpZoom, zoomAsker } from "./zoom-requests.ts";

const spec = sharedOpenApi("specs/zoom/zoom-current-subset.openapi.yaml");
const sample = (name: string) => sharedFile<unknown>(`specs/zoom/samples/${name}.json`);

/** As the document writes them, by the emulator's way. */
const canonical = (method: string, path: string) => `${method} ${path.replaceAll(/\*|\{\w+\}/g, "*")}`;

/** What samples and live captures show otherwise than the re-stated document: more fields, and types as numbers. */
const IN_SAMPLES = [
  ".type: 1 is no string",
  ".type: 2 is no string",
  ".type: 8 is no string",
  "user.created_at: not",
  "users.page_count: not",
  "users.page_number: not",
  "role_id: not",
  "timezone: not",
  "pastMeetingDetails.has_meeting_summary: not",
  "reportMeetingParticipants.page_count: not",
  "reportMeetingParticipants.page_size: not",
  "reportMeetingParticipants.total_records: not",
];

describe.skipIf(spec === undefined)(
  spec ? "against the re-stated document" : "skipped: no vendor specs",
  () => {
    const document = spec as OpenApi;
    const operations = new Map(
      [...operationsOf(document)].map(([name, operation]) => {
        const [method = "", path = ""] = name.split(" ");
        return [canonical(method, path), operation] as const;
      }),
    );
    const driven = new Set<string>();

    const fits = (route: string, { body, status }: { body: unknown; status: number }) => {
      driven.add(route);
      const operation = operations.get(route);
      if (!operation) return expect.unreachable(`no ${route}`);
      const errors = answerErrors(document, operation, status, body);
      expect(errors.filter((error) => !IN_SAMPLES.some((known) => error.includes(known)))).toEqual([]);
    };

    it("every operation is served, and these are served besides", () => {
      const served = ROUTES.map(({ method, path }) => canonical(method, path));
      expect([...operations.keys()].filter((name) => !served.includes(name))).toEqual([]);
      expect(served.filter((name) => !operations.has(name))).toEqual([
        // By their recorded samples.
        "GET /users/*/meetings",
        "GET /meetings/*/meeting_summary",
      ]);
    });

    it("asks for the documented scopes and counts under the documented labels", () => {
      for (const { label, method, path, scopes } of ROUTES) {
        const operation = operations.get(canonical(method, path));
        const documented = operation?.["x-scopes"];
        if (documented) expect([path, documented.includes(scopes[0] ?? "")]).toEqual([path, true]);
        const wanted = operation?.["x-rate-label"]?.toLowerCase();
        if (wanted !== undefined) expect([path, label]).toEqual([path, wanted]);
      }
    });

    it("answers of every reading operation fit their schemas, also of what is odd", async () => {
      const { account, ask } = setUpZoom();
      fits("GET /users/*", await ask("/v2/users/me"));
      fits("GET /users", await ask("/v2/users?page_size=2"));
      for (const user of account.account.users.keys())
        for (const query of ["", "&trash=true"])
          fits(
            "GET /users/*/recordings",
            await ask(`/v2/users/${user}/recordings?from=2026-08-01&to=2026-08-31${query}`),
          );
      for (const uuid of account.account.meetings.keys()) {
        const id = inPath(uuid);
        const recording = await ask(`/v2/meetings/${id}/recordings?include_fields=download_access_token`);
        fits("GET /meetings/*/recordings", recording);
        fits("GET /meetings/*/transcript", await ask(`/v2/meetings/${id}/transcript`));
        fits("GET /past_meetings/*", await ask(`/v2/past_meetings/${id}`));
        fits("GET /past_meetings/*/participants", await ask(`/v2/past_meetings/${id}/participants`));
        fits("GET /report/meetings/*/participants", await ask(`/v2/report/meetings/${id}/participants`));
      }
      const { id } = account.hold();
      fits("GET /past_meetings/*/instances", await ask(`/v2/past_meetings/${id}/instances`));
    });

    it("answers of the operations on subscriptions fit their schemas", async () => {
      const { account, emulator } = setUpZoom({ fetch: async () => new Response() });
      const basic = Buffer.from(`${emulator.clientId}:${emulator.clientSecret}`).toString("base64");
      const given = await zoomAsker(emulator, "")("/oauth/token?grant_type=client_credentials", {
        method: "POST",
        headers: { authorization: `Basic ${basic}` },
      });
      const ask = zoomAsker(emulator, given.body.access_token);
      const path = "/marketplace/app/event_subscription";
      const json = {
        events: ["meeting.ended"],
        event_webhook_url: "https://x.example",
        subscription_scope: "account",
      };
      const make = async () => {
        const made = await ask(`/v2${path}`, { method: "POST", json });
        fits(`POST ${path}`, made);
        return made.body.event_subscription_id as string;
      };
      const id = await make();
      fits(`GET ${path}`, await ask(`/v2${path}?user_id=${account.ownerId}&account_id=${account.id}`));
      const change = { account_id: account.id, user_ids: [account.ownerId] };
      fits(`PATCH ${path}/*`, await ask(`/v2${path}/${id}`, { method: "PATCH", json: change }));
      fits(`DELETE ${path}/*`, await ask(`/v2${path}/${id}`, { method: "DELETE" }));
      const query = `event_subscription_id=${await make()}&account_id=${account.id}`;
      fits(`DELETE ${path}`, await ask(`/v2${path}?${query}`, { method: "DELETE" }));
    });

    it("every operation was driven by the tests above", () => {
      expect([...operations.keys()].filter((name) => !driven.has(name))).toEqual([]);
    });

    it("answers fit the recorded samples", async () => {
      const { account, ask } = setUpZoom();
      const { hostId, uuid } = account.hold();
      const id = inPath(uuid);
      const month = "from=2026-08-01&to=2026-08-31";
      for (const [name, path] of [
        ["users-userId_GET", "/users/me"],
        ["users_GET", "/users"],
        ["users-userId-recordings_GET", `/users/${hostId}/recordings?${month}`],
        ["users-userId-meetings_GET", `/users/${hostId}/meetings`],
        [
          "meetings-meetingId-recordings_GET",
          `/meetings/${id}/recordings?include_fields=download_access_token`,
        ],
        ["meetings-meetingId-transcript_GET", `/meetings/${id}/transcript`],
        ["meetings-meetingId-meeting_summary_GET", `/meetings/${id}/meeting_summary`],
        ["past_meetings-meetingId_GET", `/past_meetings/${id}`],
        ["past_meetings-meetingId-participants_GET", `/past_meetings/${id}/participants`],
        ["past_meetings-meetingId-instances_GET", `/past_meetings/${account.meeting(uuid).id}/instances`],
        ["report-meetings-meetingId-participants_GET", `/report/meetings/${id}/participants`],
      ] as const) {
        const recorded = sample(`endpoint.${name}`);
        if (recorded === undefined) expect.unreachable(`no sample ${name}`);
        const errors = sampleErrors(recorded, (await ask(`/v2${path}`)).body, name);
        expect(errors.filter((error) => !NOT_RECORDED.some((known) => error.includes(known)))).toEqual([]);
      }
    });

    it("events fit the recorded samples of their kinds, and these samples have none", async () => {
      const { account, emulator } = setUpZoom({ fetch: async () => new Response() });
      const { webhooks } = emulator;
      webhooks.subscribe({ targetUrl: "https://halo.example.com/hook" });
      const { uuid } = account.hold();
      account.trashRecording(uuid);
      account.recoverRecording(uuid);
      account.deleteRecording(uuid);
      const { id } = account.addUser({ email: "new@example.com", firstName: "Nele", lastName: "New" });
      account.deactivateUser(id);
      account.deleteUser(id);
      account.deauthorize();
      await webhooks.validate("https://halo.example.com/hook");
      await webhooks.settled();
      const seen = new Set<string>();
      const wrong: string[] = [];
      for (const { payload } of webhooks.attempts) {
        const event = String(payload.event);
        const recorded = sample(`webhook.${event}`);
        if (recorded === undefined) expect.unreachable(`no sample ${event}`);
        seen.add(event);
        // Both ways: nothing that was not recorded, and, but for what is listed, nothing left out.
        wrong.push(
          ...sampleErrors(recorded, payload, event),
          ...sampleErrors(payload, recorded, `sample ${event}`),
        );
      }
      expect(wrong.filter((error) => !EVENT_DIFFERENCES.some((known) => known.test(error)))).toEqual([]);
      expect([...seen].sort()).toMatchSnapshot();
    });
  },
);

it("the recorded samples that nothing here was compared with are these", () => {
  const all = sharedFiles("specs/zoom/samples");
  const compared = readFileSync(import.meta.filename, "utf8") + snapshotOf(import.meta.filename);
  const left = all
    .map((name) => name.replace(/^(endpoint|webhook)\.|\.json$/g, ""))
    .filter((name) => !compared.includes(`"${name}"`));
  expect(left.filter((name) => !UNDRIVEN.includes(name))).toEqual([]);
});

const UNDRIVEN = [
  // Served by no emulator: the vendor's log of deliveries, a meeting before it takes place.
  "marketplace-apps-appId-webhook_logs_GET",
  "meetings-meetingId_GET",
  // Told by no emulator.
  "meeting.deleted",
  "meeting.summary_deleted",
  "recording.started",
  "recording.stopped",
  "user.updated",
];

/** Fields that live captures show and the samples lack (vendors/zoom.md), ids that come as number or text. */
const NOT_RECORDED = [
  ".timezone: not in the sample",
  ".share_url: not in the sample",
  ".id: number where",
  ".type: number where",
  ".cluster: not",
];

const EVENT_DIFFERENCES = [
  // Present in some of an event's deliveries only.
  /^sample .*\.(auto_delete_date|customer_key|phone_number): not in the sample/,
  /^sample .*participant_audio_files\[\d\]/,
  /^sample recording\.(deleted|recovered|trashed)\.payload\.object\.participant_audio_files: not/,
];

const snapshotOf = (file: string): string =>
  readFileSync(join(dirname(file), "__snapshots__", `${basename(file)}.snap`), "utf8");
