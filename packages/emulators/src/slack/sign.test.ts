import { describe, expect, it } from "vitest";
import { sharedFile } from "../../test/specs.ts";
import { signSlack } from "./sign.ts";

interface Vector {
  readonly id: string;
  readonly valid: boolean;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const file = sharedFile<{ vectors: Vector[] }>("vendors/vectors/slack.json");

describe.skipIf(file === undefined)(file ? "signatures" : "skipped: no vendor specs", () => {
  const genuine = (file?.vectors ?? []).filter(({ headers, valid }) => valid && headers["x-slack-signature"]);

  it("T01 there are vectors", () => expect(genuine.length).toBeGreaterThan(3));

  it.each(genuine.map((vector) => [vector.id, vector] as const))(
    "T01 are those of the vendor for %s",
    (_, vector) => {
      const timestamp = Number(vector.headers["x-slack-request-timestamp"]);
      const { body, secret } = vector;
      expect(signSlack({ secret, body, timestamp })).toMatchObject({
        "x-slack-signature": vector.headers["x-slack-signature"],
      });
    },
  );
});
