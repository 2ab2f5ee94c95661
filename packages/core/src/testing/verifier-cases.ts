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

/** What is said of a delivery, and the delivery. */
export type DeliveryCase = readonly [what: string, delivery: SignedDelivery];

/** Nothing about the signature or the time is wrong. */
export function acceptedCases(scheme: SigningScheme): readonly DeliveryCase[] {
  const of = (changes: DeliveryChanges = {}) => signedDelivery(scheme, changes);
  const { headers, method: _, ...rest } = of();
  const written = scheme.headers(genuineSignature(scheme), timeOf(scheme));
  return [
    ["as bytes", of({ body: Buffer.from('{"id":1}') })],
    ["with Headers", { ...of(), headers: new Headers(headers as Record<string, string>) }],
    ["with its headers as the vendor writes them", { ...of(), headers: written }],
    ["under an older secret", of({ secret: [scheme.otherSecret, scheme.secret] })],
    ["under a newer secret", of({ secret: [scheme.secret, scheme.otherSecret] })],
    ["without naming its method", { ...rest, headers }],
    ["with a timestamp that a number would rewrite", of({ time: `0${timeOf(scheme)}` })],
    ...(scheme.url === undefined
      ? [
          [
            "whatever method and URL it names: they are not signed",
            of({ method: "PUT", url: elsewhere }),
          ] as const,
        ]
      : []),
  ];
}

const elsewhere = "https://x.example/hooks?a=b";

/** Each is forged or stale in one respect, and right in all others. */
export function forgedCases(scheme: SigningScheme): readonly DeliveryCase[] {
  const of = (changes: DeliveryChanges) => signedDelivery(scheme, changes);
  const time = timeOf(scheme);
  const body = '{"id":1}';
  const signature = genuineSignature(scheme);
  const mac = signature.slice(scheme.version.length);
  const otherEncoding = { ...scheme, encoding: scheme.encoding === "hex" ? "base64" : "hex" } as const;
  return [
    ["signed with another secret", of({ key: keyOf(scheme, scheme.otherSecret) })],
    ["signed with no secret", of({ key: "" })],
    ["whose body gained a byte", of({ body: `${body} `, signed: body })],
    ["whose body lost a byte", of({ body: body.slice(0, -1), signed: body })],
    ["whose body alone was signed", of({ signature: signatureOf(scheme, [body]) })],
    ...requestCases(scheme),
    ["whose timestamp was moved", of({ time: String(Number(time) + 1), signature })],
    ["whose timestamp became a float", of({ time: `${time}.0` })],
    ["whose timestamp is in exponents", of({ time: Number(time).toExponential().replace("+", "") })],
    [
      `whose timestamp is in ${scheme.unitMs === 1 ? "seconds" : "milliseconds"}`,
      of({ time: String(scheme.unitMs === 1 ? now / 1_000 : now) }),
    ],
    ["whose timestamp is no number", of({ time: "soon" })],
    ["whose timestamp is empty", of({ time: "" })],
    ["older than the replay window", of({ now: now + 300_001 })],
    ["from further ahead than the replay window", of({ now: now - 300_001 })],
    ["outside a narrower window", of({ now: now + 11, replayWindowMs: 10 })],
    [`whose signature is ${otherEncoding.encoding}`, of({ signature: genuineSignature(otherEncoding) })],
    ...(scheme.encoding === "hex"
      ? [["whose signature is in capitals", of({ signature: scheme.version + mac.toUpperCase() })] as const]
      : [["whose signature is of the URL alphabet", ofUrlAlphabet(scheme)] as const]),
    ["whose signature lost a character", of({ signature: signature.slice(0, -1) })],
    ["whose signature lost four characters", of({ signature: signature.slice(0, -4) })],
    ["whose signature is longer", of({ signature: `${signature}0` })],
    ["whose signature is its version alone", of({ signature: scheme.version })],
    ["whose signature is empty", of({ signature: "" })],
  ];
}

/** A signature that is right, under a name that is not the version's. */
export function versionCases(scheme: SigningScheme): readonly DeliveryCase[] {
  const { version } = scheme;
  const mac = genuineSignature(scheme).slice(version.length);
  return versionsLike(version).map(([what, other]) => [
    `whose signature ${what}`,
    signedDelivery(scheme, { signature: other + mac }),
  ]);
}

/** What a version's name may be mistaken for; nothing of none. */
export function versionsLike(version: string): readonly (readonly [what: string, version: string])[] {
  if (version === "") return [];
  return [
    ["lacks its version", ""],
    ["has another version", version.replace(/\d/, (digit) => String(1 - Number(digit)))],
    ["has its version in capitals", version.toUpperCase()],
    ["has its version twice", version + version],
    ["lacks the end of its version", version.slice(0, -1)],
    ["has the end of its version twice", version + version.slice(-1)],
  ];
}

/** A header that is not there, or that two readers could read in two ways. */
export function headerCases(scheme: SigningScheme): readonly DeliveryCase[] {
  const of = (name: string, value: string | readonly string[] | undefined) =>
    signedDelivery(scheme, { headers: { [name]: value } });
  return Object.entries(scheme.headers(genuineSignature(scheme), timeOf(scheme))).flatMap(
    ([written, value]) => {
      const name = written.toLowerCase();
      const joined = new Headers(signedDelivery(scheme).headers as Record<string, string>);
      joined.append(name, value);
      const cases: DeliveryCase[] = [
        [`without its ${name}`, of(name, undefined)],
        [`with an empty ${name}`, of(name, "")],
        [`with two of ${name}`, of(name, [value, value])],
        [
          `with a second ${name} in another spelling`,
          of(written === name ? name.toUpperCase() : written, value),
        ],
      ];
      if (scheme.lists?.includes(written)) return cases;
      return [
        ...cases,
        [`with two of ${name} joined`, of(name, `${value}, ${value}`)],
        [`with two of ${name} that Headers joined`, { ...signedDelivery(scheme), headers: joined }],
        [`with a blank before its ${name}`, of(name, ` ${value}`)],
        [`with a blank behind its ${name}`, of(name, `${value} `)],
      ];
    },
  );
}

const genuineSignature = (scheme: SigningScheme) =>
  signatureOf(scheme, scheme.covers('{"id":1}', timeOf(scheme)));

function requestCases(scheme: SigningScheme): readonly DeliveryCase[] {
  if (scheme.url === undefined) return [];
  const { href, host, protocol, pathname } = new URL(scheme.url);
  const at = (url: string) => signedDelivery(scheme, { url });
  return [
    ["of another method", signedDelivery(scheme, { method: "PUT" })],
    ["of another path", at(href.replace(pathname, `${pathname}2`))],
    ["of another host", at(href.replace(host, `${host}.example`))],
    ["of another scheme", at(href.replace(protocol, protocol === "https:" ? "http:" : "https:"))],
    ["of another query", at(`${href}${href.includes("?") ? "&" : "?"}c=d`)],
  ];
}

/** Of a body whose signature is written otherwise there: most are the same in both alphabets, or may be. */
function ofUrlAlphabet(scheme: SigningScheme): SignedDelivery {
  for (let body = '{"id":1}'; ; body += " ") {
    const signature = signatureOf(scheme, scheme.covers(body, timeOf(scheme)));
    if (/[+/]/.test(signature))
      return signedDelivery(scheme, {
        body,
        signature: signature.replaceAll("+", "-").replaceAll("/", "_"),
      });
  }
}
