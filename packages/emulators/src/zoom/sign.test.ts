import { describe, expect, it } from "vitest";
import { sharedFile } from "../../test/specs.ts";
import { encryptToken, signZoom } from "./sign.ts";

interface Vector {
  readonly description: string;
  readonly valid: boolean;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expected_response?: { readonly plainToken: string; readonly encryptedToken: string };
}

const file = sharedFile<{ vectors: Vector[] }>("vendors/vectors/zoom.json");

describe.skipIf(file === undefined)(file ? "signatures" : "skipped: no vendor specs", () => {
  const genuine = (file?.vectors ?? []).filter(({ valid }) => valid);

  it("T01 there are vectors", () => expect(genuine.length).toBeGreaterThan(2));

  it.each(genuine.map((vector) => [vector.description, vector] as const))(
    "T01 are those of the vendor for %s",
    (_, { body, expected_response, headers, secret }) => {
      const timestamp = Number(headers["x-zm-request-timestamp"]);
      expect(signZoom({ secret, body, timestamp })).toEqual({
        "x-zm-request-timestamp": headers["x-zm-request-timestamp"],
        "x-zm-signature": headers["x-zm-signature"],
      });
      if (expected_response)
        expect(encryptToken(secret, expected_response.plainToken)).toBe(expected_response.encryptedToken);
    },
  );
});
