import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { describe, it } from "vitest";
import { isHaloError } from "../errors.ts";
import type { SignedDelivery } from "../signing/delivery.ts";
import { type SigningScheme, signedDelivery } from "./signing-scheme.ts";

/** Reads what this vendor delivers. */
export interface ReceiverUnderTest {
  readonly scheme: SigningScheme;
  readonly receive: (delivery: SignedDelivery) => readonly unknown[];
  /** What a genuine body says: an event, or a list of one. */
  readonly body: object;
  /** What is received of a body that says this; what it says if not given. */
  readonly received?: (body: object) => readonly unknown[];
  /** Bodies in which a field holds what the vendor never writes there, by its path; "zoe" is what customers wrote. */
  readonly wrong: readonly (readonly [path: string, body: unknown])[];
  /** Bodies that are nothing of this vendor's, by what they are. */
  readonly foreign?: readonly (readonly [what: string, body: string | Uint8Array])[];
}

/**
 * What holds of every receiver: it verifies before it reads, reads a body in one way only, gives what the vendor sent
 * and names what it cannot read.
 */
export function receiverContract(
  name: string,
  { scheme, receive, body, received, wrong, foreign = [] }: ReceiverUnderTest,
): void {
  const expected = received ?? ((said: object) => (Array.isArray(said) ? said : [said]));
  const of = (sent: string | Uint8Array, signed = sent) =>
    receive(signedDelivery(scheme, { body: sent, signed }));
  const text = JSON.stringify(body);
  /** The body with one more field, in front of the others of its first event. */
  const withField = (field: string) => text.replace("{", `{${field},`);
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

  describe(`what a ${name} delivery says`, () => {
    it("is given as it was sent, unknown fields included, as text or as bytes", () => {
      const more = withField('"somethingNew":{"a":[1]}');
      for (const sent of [text, more, JSON.stringify(JSON.parse(more), null, 2)]) {
        assert.deepEqual(of(sent), expected(JSON.parse(sent)));
        assert.deepEqual(of(Buffer.from(sent)), expected(JSON.parse(sent)));
      }
    });

    it("T01 is not read of one that is not genuine", () => {
      for (const forged of [`${text} `, "no JSON at all", "", ...foreign.map(([, sent]) => sent)])
        assert.throws(
          () => of(forged, text),
          (error) => isHaloError(error, "webhook_unverified"),
        );
    });

    it.each<readonly [string, string | Uint8Array]>([
      ["compressed", gzipSync(text)],
      ["empty", ""],
      ["marked by a byte order mark", `\ufeff${text}`],
      ["bytes that are marked by a byte order mark", Buffer.from(`\ufeff${text}`)],
      ["bad UTF-8", Buffer.from(withField('"bad":"\xff"'), "latin1")],
      ["half a character", withField('"bad":"\ud83d"')],
      ["nested 100,000 deep", deep],
      ["an event that is nested 100,000 deep", withField(`"deep":${deep}`)],
      ["cut short", text.slice(0, -1)],
      ["followed by more", `${text}${text}`],
      ["no JSON", "id=100"],
      ["a form", "payload=zoe"],
      Array.isArray(body) ? ["no list", JSON.stringify(body[0])] : ["a list", `[${text}]`],
      ["null", "null"],
      ["a number", "5"],
      ["a text", '"zoe"'],
      ...foreign,
    ])("F60 T05 is refused of a genuine body that is %s", (_, sent) => {
      assert.throws(() => of(sent), invalid("body"));
    });

    it("F60 T05 is, of a key that is written twice, what stands there last", () => {
      const [key = ""] = /"\w+"/.exec(text) ?? [];
      const twice = withField(`${key}:"first"`);
      assert.deepEqual(of(twice), expected(body));
      assert.throws(
        () => of(twice, text),
        (error) => isHaloError(error, "webhook_unverified"),
      );
    });

    it.each(wrong)("is refused with the name of %s when the vendor does not write it so", (path, said) => {
      assert.throws(() => of(JSON.stringify(said)), invalid(path));
    });

    it("stands in no error", () => {
      for (const sent of ['"zoe', "zoe@", "payload=zoe%40", ...wrong.map(([, said]) => JSON.stringify(said))])
        assert.throws(
          () => of(sent),
          (error) => {
            const told = JSON.stringify(error, Object.getOwnPropertyNames(error));
            assert.ok(!told.includes("zoe"), told);
            return !("cause" in (error as object));
          },
        );
    });
  });
}

const invalid = (path: string) => (error: unknown) =>
  isHaloError(error, "input_invalid") && (error as unknown as { readonly path: string }).path === path;
