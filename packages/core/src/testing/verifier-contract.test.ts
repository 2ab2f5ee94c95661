import { describe, expect, it } from "vitest";
import { isHaloError, VerificationError } from "../errors.ts";
import {
  base64,
  hex,
  requireFresh,
  requireHeader,
  requireHmac,
  type SignedDelivery,
  secretList,
  sha256,
} from "../signing/index.ts";
import { deliveredAt, type SigningScheme } from "./signing-scheme.ts";
import { acceptedCases, forgedCases, headerCases, versionCases } from "./verifier-cases.ts";
import { verifierContract } from "./verifier-contract.ts";

const url = "https://app.example.org/hooks?a=b";
/** Signs body and time, in hex. */
const plain: SigningScheme = {
  secret: "s3cret",
  otherSecret: "other",
  covers: (body, time) => [`${time}.`, body],
  encoding: "hex",
  version: "v1=",
  unitMs: 1_000,
  headers: (signature, time) => ({ "X-Acme-Signature": signature, "X-Acme-Time": time }),
};
/** Signs the method and the URL too, in base64, and names no version. */
const whole: SigningScheme = {
  ...plain,
  covers: (body, time) => [`POST${url}`, body, time],
  encoding: "base64",
  version: "",
  unitMs: 1,
  url,
};

/** What a verifier does, one step after the other. */
const right = {
  header: ({ headers }: SignedDelivery, name: string) => requireHeader(headers, name),
  fresh: requireFresh,
  mac: (signature: string, version: string) => {
    if (!signature.startsWith(version)) throw new VerificationError("version_refused");
    return signature.slice(version.length);
  },
  parts: ({ method = "POST", url, body }: SignedDelivery, time: string) =>
    url === undefined ? [`${time}.`, body] : [method + url, body, time],
  secrets: ({ secret }: SignedDelivery) => secretList(secret),
};

/** A verifier of that scheme that does some of it in another way. */
function verifier(
  { encoding, unitMs, version, ...scheme }: SigningScheme,
  broken: Partial<typeof right> = {},
) {
  const { header, fresh, mac, parts, secrets } = { ...right, ...broken };
  return (given: SignedDelivery): void => {
    // A URL that is not signed is none to a verifier.
    const { url: _, ...bare } = given;
    const delivery = scheme.url === undefined ? bare : given;
    const secret = secrets(delivery);
    const signature = header(delivery, "x-acme-signature");
    const time = header(delivery, "x-acme-time");
    fresh(time, delivery, unitMs);
    requireHmac(mac(signature, version), {
      hash: sha256,
      encoding: encoding === "hex" ? hex : base64,
      secret,
      parts: parts(delivery, time),
    });
  };
}

verifierContract("plainly signed", plain, verifier(plain));
verifierContract("wholly signed", whole, verifier(whole));

/** The cases that a verifier decides wrongly. */
function mistakes(scheme: SigningScheme, verify: (delivery: SignedDelivery) => void): readonly string[] {
  const accepts = (delivery: SignedDelivery) => {
    try {
      verify(delivery);
      return true;
    } catch (error) {
      if (isHaloError(error, "webhook_unverified")) return false;
      throw error;
    }
  };
  const refused = [...forgedCases(scheme), ...versionCases(scheme), ...headerCases(scheme)];
  return [
    ...acceptedCases(scheme).filter(([, delivery]) => !accepts(delivery)),
    ...refused.filter(([, delivery]) => accepts(delivery)),
  ].map(([what]) => what);
}

const first = (value: string | readonly string[] | null | undefined) => [value ?? ""].flat()[0] ?? "";

describe("a verifier's contract", () => {
  it.each<[string, SigningScheme, Partial<typeof right>, readonly string[]]>([
    ["never looks at the time", plain, { fresh: () => {} }, ["older than the replay window"]],
    [
      "lets the future pass",
      plain,
      {
        fresh: (time, given, unitMs) =>
          requireFresh(time, { ...given, now: Math.max(deliveredAt, given.now ?? 0) }, unitMs),
      },
      ["from further ahead than the replay window"],
    ],
    [
      "keeps to a window of its own",
      whole,
      { fresh: (time, { now = 0 }, unitMs) => requireFresh(time, { now }, unitMs) },
      ["outside a narrower window"],
    ],
    [
      "reads the time as a number",
      plain,
      { fresh: (time, given, unitMs) => requireFresh(String(Number(time)), given, unitMs) },
      ["whose timestamp became a float", "whose timestamp is in exponents"],
    ],
    [
      "signs the time as a number",
      plain,
      { parts: ({ body }, time) => [`${Number(time)}.`, body] },
      ["with a timestamp that a number would rewrite"],
    ],
    [
      "looks at no version",
      plain,
      { mac: (signature) => signature.replace(/^v\d=/i, "") },
      ["whose signature lacks its version", "whose signature has its version in capitals"],
    ],
    [
      "takes capitals",
      plain,
      { mac: (signature) => signature.slice(3).toLowerCase() },
      ["whose signature is in capitals"],
    ],
    [
      "takes the URL alphabet",
      whole,
      { mac: (signature) => signature.replaceAll("-", "+").replaceAll("_", "/") },
      ["whose signature is of the URL alphabet"],
    ],
    [
      "trims",
      plain,
      { header: (given, name) => right.header(given, name).trim() },
      ["with a blank before its x-acme-time"],
    ],
    [
      "takes the first of two",
      plain,
      {
        header: ({ headers }, name) =>
          first(
            typeof headers.get === "function"
              ? headers.get(name)
              : (headers as Record<string, string[]>)[name],
          ).split(", ")[0] ?? "",
      },
      [
        "with two of x-acme-time",
        "with two of x-acme-signature joined",
        "with a second x-acme-time in another spelling",
      ],
    ],
    ["knows one secret", plain, { secrets: ({ secret }) => [first(secret)] }, ["under an older secret"]],
    [
      "forgets the method",
      whole,
      { parts: ({ url, body }, time) => [`POST${url}`, body, time] },
      ["of another method"],
    ],
    [
      "forgets the query",
      { ...whole, covers: (body, time) => [`POST${url.split("?")[0]}`, body, time] },
      { parts: ({ url, body }, time) => [`POST${url?.split("?")[0]}`, body, time] },
      ["of another query"],
    ],
  ])("fails one that %s", (_, scheme, broken, noticed) => {
    expect(mistakes(scheme, verifier(scheme, broken))).toEqual(expect.arrayContaining([...noticed]));
  });
});
