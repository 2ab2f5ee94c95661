import { resolve } from "node:path";
import { signatureVectors, verifierContract } from "@halo/core/testing";
import { zoomSigning } from "../../test/signing-scheme.ts";
import { verifyZoomWebhook } from "./verify.ts";

verifierContract("Zoom", zoomSigning, verifyZoomWebhook, {
  keys: { "its secret's bytes": Buffer.from(zoomSigning.secret, "hex") },
  covers: { "under another version": (body, time) => [`v1:${time}:`, body] },
});

signatureVectors("zoom", resolve(import.meta.dirname, "../.."), verifyZoomWebhook);
