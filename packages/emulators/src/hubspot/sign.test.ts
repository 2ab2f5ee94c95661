import { describe, expect, it } from "vitest";
import { sharedFile } from "../../test/specs.ts";
import { type SignatureVersion, signHubSpot } from "./sign.ts";

interface Vector {
  id: string;
  version: SignatureVersion;
  secret: string;
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string;
  valid: boolean;
}

const vectors = sharedFile<{ vectors: Vector[] }>("vendors/vectors/hubspot.json")?.vectors ?? [];

const signed = ({ version, secret, method, url, body, headers }: Vector) =>
  signHubSpot({
    version,
    secret,
    method,
    url,
    body,
    timestamp: Number(headers["x-hubspot-request-timestamp"] ?? 0),
  });

describe.skipIf(vectors.length === 0)(vectors.length ? "against the vectors" : "skipped: no vectors", () => {
  it.each(vectors.filter((v) => v.valid))("signs $id as the vector does", (vector) => {
    expect(vector.headers).toMatchObject(signed(vector));
  });

  // A vector that is only too old carries a genuine signature.
  it.each(vectors.filter((v) => !v.valid && !/age|stale|old|future|expired/.test(v.id)))(
    "signs $id otherwise than its forged header says",
    (vector) => {
      expect(vector.headers).not.toMatchObject(signed(vector));
    },
  );
});
