import { forgedDelivery, forgeryFuzz } from "@halo/core/testing";
import { fathomSigning } from "../../test/signing-scheme.ts";
import { verifyFathomWebhook } from "./verify.ts";

const body = '{"recording_id":123,"title":"Review","created_at":"2026-11-20T17:01:30Z","transcript":null}';

forgeryFuzz((pick) => forgedDelivery(fathomSigning, body, pick), verifyFathomWebhook);
