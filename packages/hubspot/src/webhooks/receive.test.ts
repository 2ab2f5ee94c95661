import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { receiveHubSpotWebhook } from "./receive.ts";

const secret = "s3cret";
const url = "https://app.example.org/hooks/hubspot";
const now = 1_795_219_200_000;
const event = {
  eventId: 100,
  portalId: 62_515,
  objectId: 123,
  occurredAt: now - 1_000,
  subscriptionType: "contact.creation",
};

function receive(body: string | Uint8Array, signed: string | Uint8Array = body) {
  const signature = createHmac("sha256", secret)
    .update(`POST${url}`)
    .update(signed)
    .update(`${now}`)
    .digest("base64");
  const headers = { "x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": `${now}` };
  return receiveHubSpotWebhook({ method: "POST", url, headers, body, secret, now });
}

describe("receiveHubSpotWebhook", () => {
  it("returns the events of a genuine delivery as HubSpot sent them, unknown fields included", () => {
    const file = join(import.meta.dirname, "../../test/fixtures/signed-deliveries.json");
    const { vectors } = JSON.parse(readFileSync(file, "utf8")) as { vectors: { body: string }[] };
    const body = vectors[0]?.body ?? "";
    expect(receive(Buffer.from(body))).toEqual(JSON.parse(body));
    expect(receive(JSON.stringify([{ ...event, somethingNew: { a: [1] } }]))).toEqual([
      { ...event, somethingNew: { a: [1] } },
    ]);
    expect(receive("[]")).toEqual([]);
  });

  it("T01 reads nothing of a delivery that is not genuine", () => {
    const body = JSON.stringify([event]);
    expect(() => receive(body, `${body} `)).toThrow(expect.objectContaining({ code: "webhook_unverified" }));
    expect(() => receive("no JSON at all", body)).toThrow(
      expect.objectContaining({ code: "webhook_unverified" }),
    );
  });

  it.each<[string, string | Uint8Array]>([
    ["compressed", gzipSync(JSON.stringify([event]))],
    ["empty", ""],
    ["marked by a byte order mark", `\ufeff${JSON.stringify([event])}`],
    ["bad UTF-8", Buffer.concat([Buffer.from('[{"a":"'), Buffer.from([0xff]), Buffer.from('"}]')])],
    ["nested 100,000 deep", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    [
      "one event that is nested 100,000 deep",
      JSON.stringify([event]).replace("}]", `,"x":${"[".repeat(1e5)}${"]".repeat(1e5)}}]`),
    ],
    ["no JSON", "eventId=100"],
    ["no list", JSON.stringify(event)],
    ["null", "null"],
  ])("F60 T05 refuses a genuine body that is %s", (_, body) => {
    expect(() => receive(body)).toThrow(expect.objectContaining({ code: "input_invalid", path: "body" }));
  });

  it("F60 T05 reads a body with a key written twice once, and by the last one", () => {
    const body = JSON.stringify([event]).replace("{", '{"portalId":1,');
    expect(receive(body)).toEqual([event]);
    expect(() => receive(body, JSON.stringify([event]))).toThrow();
  });

  it.each<[string, unknown]>([
    ["[1]", null],
    ["[1]", 5],
    ["[1]", "contact.creation"],
    ["[1].portalId", { ...event, portalId: "62515" }],
    ["[1].portalId", { ...event, portalId: undefined }],
    ["[1].portalId", { ...event, portalId: -1 }],
    ["[1].portalId", { ...event, portalId: 1.5 }],
    ["[1].objectId", { ...event, objectId: null }],
    ["[1].objectId", { ...event, objectId: 2 ** 53 }],
    ["[1].eventId", { ...event, eventId: "100" }],
    ["[1].occurredAt", { ...event, occurredAt: "2026-11-21" }],
    ["[1].subscriptionType", { ...event, subscriptionType: "" }],
    ["[1].subscriptionType", { ...event, subscriptionType: 1 }],
    ["[1].subscriptionId", { ...event, subscriptionId: "1" }],
    ["[1].appId", { ...event, appId: {} }],
    ["[1].attemptNumber", { ...event, attemptNumber: "0" }],
    ["[1].objectTypeId", { ...event, objectTypeId: 1 }],
    ["[1].changeSource", { ...event, changeSource: 1 }],
    ["[1].sourceId", { ...event, sourceId: 1 }],
    ["[1].changeFlag", { ...event, changeFlag: true }],
    ["[1].propertyName", { ...event, propertyName: ["a"] }],
    ["[1].propertyValue", { ...event, propertyValue: 1 }],
    ["[1].primaryObjectId", { ...event, primaryObjectId: "7" }],
    ["[1].mergedObjectIds", { ...event, mergedObjectIds: 7 }],
    ["[1].mergedObjectIds", { ...event, mergedObjectIds: [7, "8"] }],
    ["[1].newObjectId", { ...event, newObjectId: 2 ** 60 }],
    ["[1].associationType", { ...event, associationType: 3 }],
    ["[1].fromObjectId", { ...event, fromObjectId: "5" }],
    ["[1].toObjectId", { ...event, toObjectId: [7] }],
    ["[1].associationRemoved", { ...event, associationRemoved: "true" }],
    ["[1].isPrimaryAssociation", { ...event, isPrimaryAssociation: 1 }],
  ])("names %s when HubSpot does not send it so", (path, wrong) => {
    expect(() => receive(JSON.stringify([event, wrong]))).toThrow(
      expect.objectContaining({ code: "input_invalid", path }),
    );
  });

  it("takes an association change that names its two ends and no object", () => {
    const { objectId: _, ...change } = { ...event, fromObjectId: 5, toObjectId: 7 };
    expect(receive(JSON.stringify([change]))).toEqual([change]);
  });

  it("takes null for a field that is not required", () => {
    expect(
      receive(JSON.stringify([{ ...event, propertyValue: null, mergedObjectIds: null, toObjectId: null }])),
    ).toHaveLength(1);
  });

  it("says nothing of the body in its errors", () => {
    try {
      receive(JSON.stringify([{ ...event, portalId: "zoe@example.org" }]));
      expect.unreachable();
    } catch (error) {
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain("zoe@");
    }
  });
});
