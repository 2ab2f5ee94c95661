import { forgedDelivery, forgeryFuzz } from "@halo/core/testing";
import { zoomSigning } from "../../test/signing-scheme.ts";
import { verifyZoomWebhook } from "./verify.ts";

const body =
  '{"event":"recording.transcript_completed","payload":{"account_id":"A1","object":{"uuid":"/a//b=="}},"event_ts":1}';

forgeryFuzz((pick) => forgedDelivery(zoomSigning, body, pick), verifyZoomWebhook);
