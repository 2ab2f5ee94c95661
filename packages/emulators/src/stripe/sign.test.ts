import { describe, expect, it } from "vitest";
import { sharedFile } from "../../test/specs.ts";
import { signStripe } from "./sign.ts";

interface Vector {
  readonly id: string;
  readonly valid: boolean;
  readonly secret: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

const file = sharedFile<{ vectors: Vector[] }>("vendors/vectors/stripe.json");
const header = { body: "{}", secrets: ["whsec_a"], timestamp: 1_795_219_200 };

it("each secret makes one v1, in their order", () => {
  const one = signStripe(header)["stripe-signature"] ?? "";
  const two = signStripe({ ...header, secrets: ["whsec_a", "whsec_b"] })["stripe-signature"] ?? "";
  expect(one).toMatch(/^t=1795219200,v1=[0-9a-f]{64}$/);
  expect(two).toMatch(new RegExp(`^${one},v1=[0-9a-f]{64}$`));
  expect(signStripe({ ...header, v0: true })["stripe-signature"]).toMatch(
    new RegExp(`^${one},v0=[0-9a-f]{64}$`),
  );
});

describe.skipIf(file === undefined)(file ? "signatures" : "skipped: no vendor specs", () => {
  const genuine = (file?.vectors ?? []).filter(({ valid }) => valid);

  it("T01 there are vectors", () => expect(genuine.length).toBeGreaterThan(3));

  it.each(genuine.map((vector) => [vector.id, vector] as const))(
    "T01 are those of the vendor for %s",
    (_, { body, headers, secret }) => {
      const given = headers["stripe-signature"] ?? "";
      const timestamp = Number(/t=(\d+)/.exec(given)?.[1]);
      const signed = signStripe({ secrets: [secret], body, timestamp })["stripe-signature"] ?? "";
      expect(given).toContain(signed);
    },
  );
});
