import assert from "node:assert/strict";
import { describe, it } from "vitest";
import { isHaloError } from "../errors.ts";
import type { SignedDelivery } from "../signing/delivery.ts";
import {
  type DeliveryChanges,
  keyOf,
  deliveredAt as now,
  type SigningScheme,
  signatureOf,
  signedDelivery,
  timeOf,
} from "./signing-scheme.ts";
import {
  acceptedCases,
  type DeliveryCase,
  forgedCases,
  headerCases,
  versionCases,
} from "./verifier-cases.ts";

/** What is this vendor's own. */
export interface VerifierMistakes {
  /** Keys that the secret could be taken for, by what they are. */
  readonly keys?: Readonly<Record<string, string | Uint8Array>>;
  /** What could be signed instead, by how that is: `covers` with a mistake in it. */
  readonly covers?: Readonly<Record<string, SigningScheme["covers"]>>;
  /** Texts that are no secret of this vendor's, by what is wrong with them. */
  readonly secrets?: Readonly<Record<string, string>>;
}

/**
 * What holds of every verifier of signed and dated deliveries: it accepts the genuine ones of its `scheme`, however they
 * are handed over, and no other. `name` is of whom, or of what kind, the delivery is. A vendor's own test holds what no
 * other vendor has.
 */
export function verifierContract(
  name: string,
  scheme: SigningScheme,
  verify: (delivery: SignedDelivery) => void,
  { keys = {}, covers = {}, secrets = {} }: VerifierMistakes = {},
): void {
  const of = (changes: DeliveryChanges = {}) => signedDelivery(scheme, changes);
  const time = timeOf(scheme);

  describe(`a ${name} delivery`, () => {
    it.each([0, 300_000, -300_000])("T04 is accepted %i ms after its timestamp", (ms) => {
      verify(of({ now: now + ms }));
    });

    it.each(acceptedCases(scheme))("is accepted %s", (_, delivery) => {
      verify(delivery);
    });

    it.each([-240, 240])("F57 is accepted from a sender whose clock is %i s off", (seconds) => {
      verify(of({ time: timeOf(scheme, now + seconds * 1_000) }));
    });

    it.each([-360, 360])("F57 is refused from a sender whose clock is %i s off", (seconds) => {
      const delivery = of({ time: timeOf(scheme, now + seconds * 1_000) });
      assert.throws(() => verify(delivery), unverified("timestamp_outside_window"));
    });

    it("F56 is refused when it is played again after the replay window", () => {
      const recorded = of();
      verify(recorded);
      assert.throws(() => verify({ ...recorded, now: now + 300_001 }), unverified());
    });

    const mistaken: readonly DeliveryCase[] = [
      ...Object.entries(keys).map(([what, key]) => [`signed with ${what}`, of({ key })] as const),
      ...Object.entries(covers).map(
        ([how, wrong]) =>
          [`signed ${how}`, of({ signature: signatureOf(scheme, wrong('{"id":1}', time)) })] as const,
      ),
    ];
    it.each([...forgedCases(scheme), ...mistaken])("T01 is refused %s", (_, delivery) => {
      assert.throws(() => verify(delivery), unverified());
    });

    if (scheme.version !== "")
      it.each(versionCases(scheme))("T01 T02 is refused %s", (_, delivery) => {
        assert.throws(() => verify(delivery), unverified());
      });

    it.each(headerCases(scheme))("T05 is refused %s", (_, delivery) => {
      assert.throws(() => verify(delivery), unverified());
    });

    it.each<readonly [string, string | readonly string[]]>([
      ["empty", ""],
      ["blank", "  "],
      ["a list of none", []],
      ["a list with an empty one", [scheme.secret, ""]],
      ...Object.entries(secrets),
    ])("T01 T02 is not looked at when the secret is %s", (_, secret) => {
      // The genuine one, the one that an empty key would make genuine, and one that nothing could.
      for (const delivery of [of({ secret }), of({ secret, key: "" }), { ...of({ secret }), headers: {} }])
        assert.throws(() => verify(delivery), misconfigured("secret"));
    });

    it("is not looked at when something parsed it before", () => {
      const parsed = { ...of(), body: { id: 1 } as unknown as string };
      assert.throws(() => verify(parsed), misconfigured("body"));
    });

    it("says nothing of secret, signature or body in its error", () => {
      const body = '{"name":"zoe"}';
      const [given, wanted] = ["{}", body].map((signed) =>
        signatureOf(scheme, scheme.covers(signed, time)).slice(scheme.version.length),
      );
      const key = Buffer.from(keyOf(scheme)).toString("base64");
      assert.throws(
        () => verify(of({ signed: "{}", body })),
        (error) => {
          const said = JSON.stringify(error, Object.getOwnPropertyNames(error));
          for (const hidden of [scheme.secret, key, given, wanted, "zoe"])
            assert.ok(!said.includes(String(hidden)), said);
          return true;
        },
      );
    });
  });
}

const unverified = (reason?: string) => (error: unknown) =>
  isHaloError(error, "webhook_unverified") &&
  (reason === undefined || (error as unknown as { readonly reason: string }).reason === reason);

const misconfigured = (option: string) => (error: unknown) =>
  isHaloError(error, "configuration_invalid") &&
  (error as unknown as { readonly option: string }).option === option;
