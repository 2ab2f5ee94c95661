import { Client } from "@hubspot/api-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hubspotEmulator, manualClock } from "../src/index.ts";
import { type Served, serve } from "../src/serve/index.ts";
import { canonicalRequest, DRIVEN_BY_CLIENT } from "./driven.ts";

// The vendor's own client, unchanged but for its base path. It calls the v3, v4 and OAuth v1 paths.

const SCOPES =
  "oauth crm.objects.contacts.read crm.objects.contacts.write crm.objects.companies.read crm.objects.companies.write crm.objects.deals.read crm.objects.deals.write crm.objects.owners.read sales-email-read forms";

const clock = manualClock();
const emulator = hubspotEmulator({ seed: 11, clock, limits: "none" });
let served: Served;
let client: Client;
let refreshToken: string;

/** The way through the consent page, as a browser goes it. */
async function authorize(basePath: string): Promise<string> {
  const url = client.oauth.getAuthorizationUrl(
    emulator.clientId,
    "http://localhost/cb",
    SCOPES,
    undefined,
    "s1",
  );
  const page = new URL(url);
  const answer = await fetch(basePath + page.pathname + page.search, { redirect: "manual" });
  expect(answer.status).toBe(302);
  const back = new URL(answer.headers.get("location") ?? "");
  expect(back.searchParams.get("state")).toBe("s1");
  return back.searchParams.get("code") ?? "";
}

beforeAll(async () => {
  served = await serve(emulator);
  client = new Client({ basePath: served.url });
  const code = await authorize(served.url);
  const tokens = await client.oauth.tokensApi.create(
    "authorization_code",
    code,
    "http://localhost/cb",
    emulator.clientId,
    emulator.clientSecret,
  );
  expect(tokens.expiresIn).toBe(1800);
  refreshToken = tokens.refreshToken;
  client.setAccessToken(tokens.accessToken);
});

afterAll(async () => {
  await served?.close();
  emulator.close();
});

describe("OAuth", () => {
  it("refreshes by the older token endpoint and tells whose token it is", async () => {
    const { clientId, clientSecret } = emulator;
    const fresh = await client.oauth.tokensApi.create(
      "refresh_token",
      undefined,
      undefined,
      clientId,
      clientSecret,
      refreshToken,
    );
    client.setAccessToken(fresh.accessToken);
    const info = await client.oauth.accessTokensApi.get(fresh.accessToken);
    expect(info).toMatchObject({ hubId: emulator.portal.id, appId: emulator.appId });
    expect(info.scopes).toContain("crm.objects.contacts.read");
    const refresh = await client.oauth.refreshTokensApi.get(fresh.refreshToken);
    expect(refresh.clientId).toBe(clientId);
  });

  it("refuses a code that was used, with the vendor's error", async () => {
    const { clientId, clientSecret } = emulator;
    const exchange = async (code: string) =>
      client.oauth.tokensApi.create(
        "authorization_code",
        code,
        "http://localhost/cb",
        clientId,
        clientSecret,
      );
    const code = await authorize(served.url);
    const { refreshToken: other } = await exchange(code);
    await expect(exchange(code)).rejects.toMatchObject({ code: 400 });
    await client.oauth.refreshTokensApi.archive(other);
    await expect(
      client.oauth.tokensApi.create("refresh_token", undefined, undefined, clientId, clientSecret, other),
    ).rejects.toMatchObject({ code: 400 });
  });
});

describe("objects", () => {
  it("searches and reads contacts in batches", async () => {
    const found = await client.crm.contacts.searchApi.doSearch({
      query: "com",
      limit: 5,
      properties: ["email"],
    });
    expect(found.results).toHaveLength(5);
    const inputs = found.results.map(({ id }) => ({ id }));
    const read = await client.crm.contacts.batchApi.read({
      inputs,
      properties: ["email"],
      propertiesWithHistory: [],
    });
    expect(read.results.map((r) => r.properties)).toEqual(found.results.map((r) => r.properties));
  });

  it("lists all contacts page by page with properties and associations", async () => {
    const all = await client.crm.contacts.getAll(100, undefined, ["email", "lastname"], undefined, [
      "companies",
    ]);
    const truth = emulator.snapshot(["contacts"]).records.contacts;
    expect(all.map((c) => c.id)).toEqual([...truth.keys()]);
    for (const contact of all) {
      const expected = truth.get(contact.id);
      expect(contact.properties.lastname).toBe(expected?.properties.lastname);
      expect(contact.properties.email ?? undefined).toBe(expected?.properties.email);
      const ids = new Set(contact.associations?.companies?.results.map((r) => r.id) ?? []);
      expect([...ids]).toEqual((expected?.associations.companies ?? []).map((end) => end.id));
      expect(contact.updatedAt.getTime()).toBe(expected?.updatedAt);
    }
  });

  it.each(["companies", "deals", "emails", "notes", "calls", "meetings", "tasks"] as const)(
    "lists, reads in batches and searches %s",
    async (type) => {
      const { basicApi, batchApi, searchApi } = client.crm.objects;
      const page = await basicApi.getPage(
        type,
        100,
        undefined,
        ["hs_lastmodifieddate"],
        undefined,
        ["contacts"].filter(() => type !== "companies"),
      );
      const truth = emulator.snapshot([type]).records[type];
      expect(page.results.map((r) => r.id)).toEqual([...truth.keys()].slice(0, 100));
      const [first] = page.results;
      const batch = await batchApi.read(type, {
        inputs: [{ id: first?.id ?? "" }],
        properties: ["hs_lastmodifieddate"],
        propertiesWithHistory: [],
      });
      expect(batch.results[0]?.properties).toEqual(first?.properties);
      const found = await searchApi.doSearch(type, {
        filterGroups: [
          { filters: [{ propertyName: "hs_object_id", operator: "EQ", value: first?.id ?? "" }] },
        ] as never,
        properties: ["hs_lastmodifieddate"],
        limit: 200,
      });
      expect(found.total).toBe(1);
      expect(found.results[0]?.properties).toEqual(first?.properties);
    },
  );

  it("creates, updates, finds by address, merges, archives and forgets a contact", async () => {
    const { basicApi, batchApi } = client.crm.contacts;
    const made = await basicApi.create({ properties: { email: "a.b@example.com", firstname: "A" } });
    await expect(basicApi.create({ properties: { email: "A.B@example.com" } })).rejects.toMatchObject({
      code: 409,
      body: { message: `Contact already exists. Existing ID: ${made.id}` },
    });
    await basicApi.update(made.id, { properties: { lastname: "B" } });
    const found = await basicApi.getById(
      "a.b@example.com",
      ["lastname"],
      undefined,
      undefined,
      false,
      "email",
    );
    expect(found).toMatchObject({ id: made.id, properties: { lastname: "B" } });
    const other = await basicApi.create({ properties: { email: "c.d@example.com" } });
    const merged = await basicApi.merge({ primaryObjectId: made.id, objectIdToMerge: other.id });
    expect(merged.id).toBe(made.id);
    expect((await basicApi.getById(other.id, ["hs_merged_object_ids"])).properties.hs_merged_object_ids).toBe(
      other.id,
    );
    await basicApi.archive(made.id);
    await expect(basicApi.getById(made.id)).rejects.toMatchObject({ code: 404 });
    const bin = await basicApi.getPage(100, undefined, undefined, undefined, undefined, true);
    expect(bin.results.map((r) => r.id)).toContain(made.id);
    const missing = await batchApi.read({
      inputs: [{ id: made.id }],
      properties: [],
      propertiesWithHistory: [],
    });
    expect(missing).toMatchObject({ results: [], numErrors: 1 });
    const gone = await basicApi.create({ properties: { email: "e.f@example.com" } });
    await basicApi.purge({ objectId: gone.id });
    await expect(basicApi.getById(gone.id)).rejects.toMatchObject({ code: 404 });
  });

  it("opens deals, notes and tasks on a contact in one call, and is told which value does not fit", async () => {
    const { basicApi } = client.crm.objects;
    const contact = await client.crm.contacts.basicApi.create({
      properties: { email: "linked@example.com" },
    });
    const timestamp = new Date(clock.now()).toISOString();
    const cases = [
      ["deals", 3, { dealname: "A", pipeline: "default", dealstage: "contractsent", description: "B" }],
      ["notes", 202, { hs_timestamp: timestamp, hs_note_body: "<p>B</p>" }],
      [
        "tasks",
        204,
        { hs_timestamp: timestamp, hs_task_subject: "A", hs_task_type: "CALL", hs_task_body: "B" },
      ],
    ] as const;
    for (const [type, associationTypeId, properties] of cases) {
      const types = [{ associationCategory: "HUBSPOT_DEFINED" as never, associationTypeId }];
      const associations = [{ to: { id: contact.id }, types }];
      const made = await basicApi.create(type, { properties: { ...properties }, associations });
      const read = await basicApi.getById(type, made.id, Object.keys(properties), undefined, ["contacts"]);
      expect(read.properties).toMatchObject(properties);
      expect(read.associations?.contacts?.results.map(({ id }) => id)).toEqual([contact.id]);
    }
    const stage = { dealname: "A", pipeline: "default", dealstage: "nowhere" };
    await expect(
      client.crm.deals.basicApi.create({ properties: stage, associations: [] }),
    ).rejects.toMatchObject({
      code: 400,
      body: { category: "VALIDATION_ERROR", message: expect.stringContaining('"name":"dealstage"') },
    });
    const found = await client.crm.contacts.basicApi.getById(
      "linked@example.com",
      undefined,
      ["email"],
      undefined,
      false,
      "email",
    );
    expect(found.propertiesWithHistory?.email?.[0]).toMatchObject({ value: "linked@example.com" });
  });

  it("creates, updates and archives in batches", async () => {
    const { batchApi } = client.crm.objects;
    const inputs = [{ properties: { hs_timestamp: String(clock.now()), hs_note_body: "one" } }];
    const made = await batchApi.create("notes", { inputs });
    const id = made.results[0]?.id ?? "";
    await batchApi.update("notes", { inputs: [{ id, properties: { hs_note_body: "two" } }] });
    expect(emulator.portal.find("notes", id)?.fields.hs_note_body).toBe("two");
    await batchApi.archive("notes", { inputs: [{ id }] });
    expect(emulator.portal.find("notes", id)).toBeUndefined();
    const upserted = await client.crm.contacts.batchApi.upsert({
      inputs: [{ idProperty: "email", id: "new@example.com", properties: { firstname: "N" } }],
    });
    expect(upserted.results[0]).toMatchObject({ properties: { email: "new@example.com" } });
  });
});

describe("associations", () => {
  it("reads in batches what the snapshot holds, 207 naming those without", async () => {
    const emails = emulator.snapshot(["emails"]).records.emails;
    const inputs = [...emails.keys()].slice(0, 100).map((id) => ({ id }));
    const answer = await client.crm.associations.v4.batchApi.getPage("emails", "contacts", { inputs });
    const read = new Map(answer.results.map((r) => [r._from.id, r.to.map((end) => String(end.toObjectId))]));
    for (const { id } of inputs) {
      expect(read.get(id) ?? []).toEqual((emails.get(id)?.associations.contacts ?? []).map((end) => end.id));
    }
    expect(answer).toHaveProperty("numErrors");
    expect(answer.results[0]?.to[0]?.associationTypes[0]).toMatchObject({ typeId: 198 });
  });

  it("creates, lists, labels and removes", async () => {
    const { basicApi, batchApi } = client.crm.associations.v4;
    const contact = await client.crm.contacts.basicApi.create({ properties: { firstname: "Linked" } });
    const [company, second] = [...emulator.snapshot(["companies"]).records.companies.keys()];
    await basicApi.createDefault("contacts", contact.id, "companies", company ?? "");
    await basicApi.create("contacts", contact.id, "companies", second ?? "", [
      { associationCategory: "HUBSPOT_DEFINED" as never, associationTypeId: 1 },
    ]);
    const page = await basicApi.getPage("contacts", contact.id, "companies");
    expect(page.results.map((r) => String(r.toObjectId))).toEqual([company, second]);
    expect(page.results[1]?.associationTypes.map((t) => t.typeId).sort()).toEqual([1, 279]);
    await basicApi.archive("contacts", contact.id, "companies", company ?? "");
    expect(emulator.portal.find("contacts", contact.id)?.links.map((l) => l.id)).toEqual([second]);
    const made = await batchApi.create("contacts", "companies", {
      inputs: [
        {
          _from: { id: contact.id },
          to: { id: company ?? "" },
          types: [{ associationCategory: "HUBSPOT_DEFINED" as never, associationTypeId: 279 }],
        },
      ],
    });
    expect(made.status).toBe("COMPLETE");
  });
});

describe("settings", () => {
  it("lists owners, pipelines, properties and forms", async () => {
    const owners = await client.crm.owners.ownersApi.getPage();
    expect(owners.results).toHaveLength(7);
    const [owner] = owners.results;
    expect(await client.crm.owners.ownersApi.getById(Number(owner?.id))).toMatchObject({
      email: owner?.email,
    });
    const left = await client.crm.owners.ownersApi.getPage(undefined, undefined, 100, true);
    expect(left.results[0]?.userId).toBeUndefined();
    const pipelines = await client.crm.pipelines.pipelinesApi.getAll("deals");
    expect(pipelines.results[0]).toMatchObject({ id: "default" });
    expect(pipelines.results[0]?.stages.at(-1)?.metadata).toEqual({ probability: "0.0", isClosed: "true" });
    const properties = await client.crm.properties.coreApi.getAll("deals");
    expect(properties.results.find((p) => p.name === "amount")).toMatchObject({ type: "number" });
    const onlyHubSpot = await client.marketing.forms.formsApi.getPage();
    expect(new Set(onlyHubSpot.results.map((f) => f.formType))).toEqual(new Set(["hubspot"]));
    const [contactUs] = onlyHubSpot.results;
    expect((await client.marketing.forms.formsApi.getById(contactUs?.id ?? "")).name).toBe("Contact us");
    // The client's model of a form knows the type `hubspot` alone and throws on any other: asked without the model.
    const all = await client.apiRequest({ path: "/marketing/v3/forms?limit=100&formTypes=all" });
    expect(((await all.json()) as { results: unknown[] }).results).toHaveLength(8);
  });

  it("answers the client's raw requests for account and submissions", async () => {
    const account = await client.apiRequest({ path: "/account-info/v3/details" });
    expect(await account.json()).toMatchObject({ portalId: emulator.portal.id });
    const form = emulator.portal.portal.forms.find((f) => f.submissions.length > 2);
    const path = `/form-integrations/v1/submissions/forms/${form?.id}?limit=2`;
    const submissions = (await (await client.apiRequest({ path })).json()) as { results: unknown[] };
    expect(submissions.results).toEqual(form?.submissions.slice(0, 2));
  });
});

it("drove every request that the coverage test counts as driven", () => {
  const answered = emulator.ledger.requests.filter(({ status }) => status < 400);
  const driven = new Set(answered.map(({ method, path }) => canonicalRequest(method, path)));
  expect(DRIVEN_BY_CLIENT.filter((request) => !driven.has(request))).toEqual([]);
});
