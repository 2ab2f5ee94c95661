import { describe, expect, it } from "vitest";
import { sharedFile } from "../../test/specs.ts";
import { signFathom } from "./sign.ts";

interface Vector {
  readonly description: string;
  readonly valid: boolean;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const file = sharedFile<{ vectors: Vector[] }>("vendors/vectors/fathom.json");

describe.skipIf(file === undefined)(file ? "signatures" : "skipped: no vendor specs", () => {
  const genuine = (file?.vectors ?? []).filter(({ valid }) => valid);

  it("T01 there are vectors", () => expect(genuine.length).toBeGreaterThan(1));

  it.each(genuine.map((vector) => [vector.description, vector] as const))(
    "T01 are those of the vendor for %s",
    (_, { body, headers, secret }) => {
      const messageId = headers["webhook-id"] ?? "";
      const timestamp = Number(headers["webhook-timestamp"]);
      const signed = signFathom({ secret, body, messageId, timestamp });
      expect(headers["webhook-signature"]?.split(" ")).toContain(signed["webhook-signature"]);
    },
  );
});
