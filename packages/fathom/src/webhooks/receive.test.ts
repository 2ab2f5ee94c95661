import { resolve } from "node:path";
import { deliveredAt, genuineDeliveries, receiverContract } from "@halo/core/testing";
import { expect, it } from "vitest";
import { fathomSigning, webhookId as id } from "../../test/signing-scheme.ts";
import { receiveFathomWebhook } from "./receive.ts";

const meeting = {
  recording_id: 123,
  title: "Review",
  created_at: "2026-11-20T17:01:30Z",
  transcript: [{ speaker: { display_name: "Zoë" }, text: "Hello", timestamp: "00:00:01" }],
  calendar_invitees: [],
};

receiverContract("Fathom", {
  scheme: fathomSigning,
  receive: receiveFathomWebhook,
  body: meeting,
  received: (said) => [{ id, timestamp: deliveredAt / 1_000, meeting: said }],
  wrong: [
    ["recording_id", { ...meeting, recording_id: "zoe" }],
    ["recording_id", { ...meeting, recording_id: 1.5 }],
    ["recording_id", { ...meeting, recording_id: -1 }],
    ["recording_id", { title: "a test of the button" }],
    ["title", { ...meeting, title: { zoe: 1 } }],
    ["created_at", { ...meeting, created_at: 5 }],
    ["transcript", { ...meeting, transcript: {} }],
    ["transcript", { ...meeting, transcript: ["zoe"] }],
    ["action_items", { ...meeting, action_items: [null] }],
    ["calendar_invitees", { ...meeting, calendar_invitees: "ada@acme.test" }],
    ["default_summary", { ...meeting, default_summary: "text" }],
    ["recorded_by", { ...meeting, recorded_by: [] }],
  ],
});

it("reads every genuine fixture", () => {
  const events = genuineDeliveries(resolve(import.meta.dirname, "../..")).flatMap(receiveFathomWebhook);
  expect(new Set(events.map(({ meeting }) => meeting.recording_id))).toEqual(new Set([123456789, 5]));
});
