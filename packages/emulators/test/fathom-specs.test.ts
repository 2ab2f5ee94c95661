import { describe, expect, it } from "vitest";
import { BASE, ROUTES } from "../src/fathom/routes/table.ts";
import { type FathomAnswer, fathomAsker, setUpFathom } from "./fathom-requests.ts";
import { answerErrors, type OpenApi, operationsOf, schemaErrors, sharedOpenApi } from "./openapi.ts";

const spec = sharedOpenApi("specs/fathom/fathom-external-v1.openapi.yaml");

const canonical = (method: string, path: string) => `${method} ${path.replaceAll(/\*|\{\w+\}/g, "*")}`;

/** vendors/fathom.md, Traps 3: calls that nobody scheduled have no times, whatever the schema says. */
const IMPROMPTU = ["scheduled_start_time: null", "scheduled_end_time: null"];

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
    const tolerated = (errors: readonly string[]) =>
      errors.filter((error) => !IMPROMPTU.some((known) => error.endsWith(known)));

    const fits = (route: string, { body, status }: Pick<FathomAnswer, "body" | "status">) => {
      driven.add(route);
      const operation = operations.get(route);
      if (!operation) return expect.unreachable(`no ${route}`);
      expect(tolerated(answerErrors(document, operation, status, body))).toEqual([]);
    };

    it("every operation is served, but these", () => {
      const served = ROUTES.map(({ method, path }) => canonical(method, path));
      expect(served.filter((name) => !operations.has(name))).toEqual([]);
      expect([...operations.keys()].filter((name) => !served.includes(name))).toEqual([
        "POST /recordings/*/download",
        "GET /recordings/*/downloads/*",
      ]);
      expect(BASE).toBe("/external/v1");
    });

    it("answers of every operation fit their schemas, also of what is odd", async () => {
      const { all, ask, emulator } = setUpFathom({ fetch: async () => new Response() });
      const parts = ["transcript", "summary", "action_items", "crm_matches", "highlights"];
      const everything = parts.map((part) => `include_${part}=true`).join("&");
      for (const query of ["", everything])
        for (let cursor = ""; ; ) {
          const page = await ask(`/meetings?${query}${cursor && `&cursor=${cursor}`}`);
          fits("GET /meetings", page);
          cursor = page.body.next_cursor;
          if (cursor === null) break;
        }
      for (const { recording_id } of await all()) {
        fits("GET /recordings/*/transcript", await ask(`/recordings/${recording_id}/transcript`));
        fits("GET /recordings/*/summary", await ask(`/recordings/${recording_id}/summary`));
      }
      const [one] = await all();
      const later = "destination_url=https%3A%2F%2Fx.example%2F";
      fits("GET /recordings/*/transcript", await ask(`/recordings/${one.recording_id}/transcript?${later}`));
      fits("GET /teams", await ask("/teams"));
      fits("GET /team_members", await ask("/team_members"));
      fits("GET /meeting_types", await ask("/meeting_types"));
      const json = {
        destination_url: "https://x.example",
        triggered_for: ["my_recordings"],
        include_summary: true,
      };
      const made = await ask("/webhooks", { method: "POST", json });
      fits("POST /webhooks", made);
      fits("DELETE /webhooks/*", await ask(`/webhooks/${made.body.id}`, { method: "DELETE" }));
      emulator.close();
    });

    it("refusals have documented statuses", async () => {
      const { ask, emulator } = setUpFathom({ limits: { requests: 1 } });
      const refused = fathomAsker(emulator, { "x-api-key": "wrong" });
      fits("GET /meetings", await refused("/meetings"));
      fits("GET /teams", await refused("/teams"));
      fits("POST /webhooks", await refused("/webhooks", { method: "POST" }));
      fits("GET /meetings", await ask("/meetings?created_after=soon"));
      fits("GET /team_members", await ask("/team_members"));
      fits("POST /webhooks", await ask("/webhooks", { method: "POST", json: {} }));
      fits("DELETE /webhooks/*", await setUpFathom().ask("/webhooks/none", { method: "DELETE" }));
      fits("GET /recordings/*/summary", await setUpFathom().ask("/recordings/1/summary"));
    });

    it("deliveries fit the schema of a meeting, with the parts that were chosen and no others", async () => {
      const { account, emulator } = setUpFathom({ fetch: async () => new Response() });
      const base = {
        account: 1,
        email: account.ownerEmail,
        url: "https://x.example",
        triggeredFor: ["shared_team_recordings", "my_recordings"],
      } as const;
      const none = { transcript: false, summary: false, actionItems: false, crmMatches: false };
      emulator.webhooks.create({ ...base, ...none, transcript: true });
      emulator.webhooks.create({ ...base, ...none, summary: true, actionItems: true, crmMatches: true });
      account.record();
      await emulator.webhooks.settled();
      const [first, second] = emulator.webhooks.attempts.map(({ payload }) => payload);
      for (const body of [first, second]) {
        const meeting = document.components.schemas.Meeting ?? {};
        expect(tolerated(schemaErrors(document, meeting, body, "delivery"))).toEqual([]);
      }
      const parts = (body: object = {}) =>
        ["transcript", "default_summary", "action_items", "crm_matches", "highlights"].filter(
          (name) => name in body,
        );
      expect([parts(first), parts(second)]).toEqual([
        ["transcript"],
        ["default_summary", "action_items", "crm_matches"],
      ]);
    });

    it("every served operation was driven by the tests above", () => {
      expect(
        ROUTES.map(({ method, path }) => canonical(method, path)).filter((name) => !driven.has(name)),
      ).toEqual([]);
    });
  },
);
