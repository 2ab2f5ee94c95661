import { resolve } from "node:path";
import { genuineDeliveries, deliveredAt as now, receiverContract, signedDelivery } from "@halo/core/testing";
import { describe, expect, it } from "vitest";
import { hubspotSigning } from "../../test/signing-scheme.ts";
import { receiveHubSpotWebhook } from "./receive.ts";

const event = {
  eventId: 100,
  portalId: 62_515,
  objectId: 123,
  occurredAt: now - 1_000,
  subscriptionType: "contact.creation",
};

receiverContract("HubSpot", {
  scheme: hubspotSigning,
  receive: receiveHubSpotWebhook,
  body: [event],
  wrong: [
    ["[1]", [event, null]],
    ["[1]", [event, 5]],
    ["[1]", [event, "contact.creation"]],
    ["[1].portalId", [event, { ...event, portalId: "zoe@example.org" }]],
    ["[1].portalId", [event, { ...event, portalId: undefined }]],
    ["[1].portalId", [event, { ...event, portalId: -1 }]],
    ["[1].portalId", [event, { ...event, portalId: 1.5 }]],
    ["[1].objectId", [event, { ...event, objectId: null }]],
    ["[1].objectId", [event, { ...event, objectId: 2 ** 53 }]],
    ["[1].eventId", [event, { ...event, eventId: "100" }]],
    ["[1].occurredAt", [event, { ...event, occurredAt: "2026-11-21" }]],
    ["[1].subscriptionType", [event, { ...event, subscriptionType: "" }]],
    ["[1].subscriptionType", [event, { ...event, subscriptionType: 1 }]],
    ["[1].subscriptionId", [event, { ...event, subscriptionId: "1" }]],
    ["[1].appId", [event, { ...event, appId: {} }]],
    ["[1].attemptNumber", [event, { ...event, attemptNumber: "0" }]],
    ["[1].objectTypeId", [event, { ...event, objectTypeId: 1 }]],
    ["[1].changeSource", [event, { ...event, changeSource: 1 }]],
    ["[1].sourceId", [event, { ...event, sourceId: 1 }]],
    ["[1].changeFlag", [event, { ...event, changeFlag: true }]],
    ["[1].propertyName", [event, { ...event, propertyName: ["a"] }]],
    ["[1].propertyValue", [event, { ...event, propertyValue: 1 }]],
    ["[1].primaryObjectId", [event, { ...event, primaryObjectId: "7" }]],
    ["[1].mergedObjectIds", [event, { ...event, mergedObjectIds: 7 }]],
    ["[1].mergedObjectIds", [event, { ...event, mergedObjectIds: [7, "8"] }]],
    ["[1].newObjectId", [event, { ...event, newObjectId: 2 ** 60 }]],
    ["[1].associationType", [event, { ...event, associationType: 3 }]],
    ["[1].fromObjectId", [event, { ...event, fromObjectId: "5" }]],
    ["[1].toObjectId", [event, { ...event, toObjectId: [7] }]],
    ["[1].associationRemoved", [event, { ...event, associationRemoved: "true" }]],
    ["[1].isPrimaryAssociation", [event, { ...event, isPrimaryAssociation: 1 }]],
  ],
});

const receive = (body: string) => receiveHubSpotWebhook(signedDelivery(hubspotSigning, { body }));

describe("receiveHubSpotWebhook", () => {
  it("returns the events of a genuine fixture, and none of an empty list", () => {
    const [fixture] = genuineDeliveries(resolve(import.meta.dirname, "../.."));
    const body = String(fixture?.body);
    expect(receive(body)).toEqual(JSON.parse(body));
    expect(receive("[]")).toEqual([]);
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
});
