import { forgedDelivery, forgeryFuzz } from "@halo/core/testing";
import { slackSigning } from "../../test/signing-scheme.ts";
import { verifySlackWebhook } from "./verify.ts";

const body =
  '{"type":"event_callback","team_id":"T1","event_id":"Ev1","event":{"type":"message","ts":"1.000001"}}';

forgeryFuzz((pick) => forgedDelivery(slackSigning, body, pick), verifySlackWebhook);
