import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, it } from "vitest";
import { isHaloError } from "../errors.ts";
import type { SignedDelivery } from "../signing/delivery.ts";

interface Vector {
  /** Ours have an id, some vendors' a description. */
  readonly id?: string;
  readonly description?: string;
  readonly valid: boolean;
  readonly secret: string | readonly string[];
  /** Ours are in milliseconds, some vendors' in seconds. */
  readonly now_ms?: number;
  readonly now_s?: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/**
 * Signed deliveries that were made without the verifier: those in the package's own `test/fixtures`, and the vendor's
 * vectors of the specifications (`HALO_SHARED`), whose absence fails where nothing may be skipped. Each is given as text
 * and as bytes. `folder` is the package's.
 */
export function signatureVectors(
  vendor: string,
  folder: string,
  verify: (delivery: SignedDelivery) => void,
): void {
  const shared = process.env["HALO_SHARED"] ?? resolve(folder, "../../../shared");
  const files = [
    ["fixtures", fixtures(folder), true],
    ["the vendor's vectors", join(shared, `vendors/vectors/${vendor}.json`), process.env["CI"] === "true"],
  ] as const;
  for (const [name, file, needed] of files) {
    describe(`T01 of ${name}`, () => {
      const vectors = read(file);
      if (vectors.length === 0) {
        it(`${name}: skipped: no vendor specs (HALO_SHARED)`, ({ skip }) => {
          assert.ok(!needed, `${file} is missing`);
          skip();
        });
      }
      for (const { id, description, now_ms, now_s = 0, valid, ...vector } of vectors) {
        it(`${valid ? "accepts" : "refuses"} ${id ?? description}`, () => {
          for (const body of [vector.body, Buffer.from(vector.body)]) {
            assert.equal(accepts(verify, { ...vector, body, now: now_ms ?? now_s * 1_000 }), valid);
          }
        });
      }
    });
  }
}

/** Those in the package's own `test/fixtures` that are genuine, for tests of what is read of them. */
export function genuineDeliveries(folder: string): readonly SignedDelivery[] {
  return read(fixtures(folder))
    .filter(({ valid }) => valid)
    .map(({ now_ms, now_s = 0, valid: _, ...delivery }) => ({ ...delivery, now: now_ms ?? now_s * 1_000 }));
}

const fixtures = (folder: string) => join(folder, "test/fixtures/signed-deliveries.json");

function read(file: string): readonly Vector[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { vectors: Vector[] }).vectors : [];
}

function accepts(verify: (delivery: SignedDelivery) => void, delivery: SignedDelivery): boolean {
  try {
    verify(delivery);
    return true;
  } catch (error) {
    // Refused for any other reason is not refused.
    if (isHaloError(error, "webhook_unverified")) return false;
    throw error;
  }
}
