import { createHmac, hash, timingSafeEqual } from "node:crypto";
import { receiveHubSpotWebhook, verifyHubSpotWebhook } from "@halo/hubspot/webhooks";
import { Signature } from "@hubspot/api-client";
import type { Bench, Row } from "./bench.ts";
import { capped, ofCapped } from "./capped-floor.ts";
import { type Candidate, type Measured, measure } from "./measure.ts";
import { compareMeetings } from "./verify-meetings.ts";
import { compareSlack } from "./verify-slack.ts";
import { compareSlackServers } from "./verify-slack-http.ts";
import { compareStripe } from "./verify-stripe.ts";

const SECRETS = ["0b9dc0f5-53b1-4d6e-a36c-1c6a8f0b7d11", "3f1c9a52-7d0e-4c7b-9a8e-5b2f6d1e0c44"];
const SECRET = SECRETS[1] as string;
const URL = "https://halo.example.com/api/integrations/hubspot/webhook/org_42";

const bench: Bench = {
  name: "verify",
  about:
    "P1, P2: verifying, and verifying and parsing, a HubSpot v3, a Slack, a Stripe, a Zoom and a Fathom delivery of 1 KB and of 64 KB; P3 for Slack (HubSpot's: webhook)",
  async run(context) {
    if (context.args.includes("stripe")) {
      const alone: Row[] = [];
      return { ratios: await compareStripe(alone, compare), rows: alone };
    }
    if (context.args.includes("meetings")) {
      const alone: Row[] = [];
      return { ratios: await compareMeetings(alone, compare), rows: alone };
    }
    const small = samples("1 KB");
    const large = samples("64 KB");
    const many = samples("64 KB of small events");
    const rows: Row[] = [];
    const p1 = await compare(rows, "verify 1 KB", verifying(small));
    const p1Large = await compare(rows, "verify 64 KB", verifying(large));
    const p2 = await compare(rows, "verify + parse 1 KB", parsing(small));
    const p2Large = await compare(rows, "verify + parse 64 KB", parsing(large));
    const p2Many = await compare(rows, "verify + parse 64 KB of small events", parsing(many));
    const slack = await compareSlack(rows, compare);
    const stripe = await compareStripe(rows, compare);
    const meetings = await compareMeetings(rows, compare);
    const slackServers = await compareSlackServers(context, rows);
    return {
      ratios: {
        P1: ratio(p1, "Halo verify"),
        "P1.rotated": ratio(p1, "Halo verify, secret second of two") / ratio(p1, "floor, twice"),
        "P1.64KB": ratio(p1Large, "Halo verify"),
        P2: ratio(p2, "Halo receive"),
        "P2.64KB": ratio(p2Large, "Halo receive"),
        "P2.64KB.capped": ofCapped(p2Large),
        "P2.64KB.small-events": ratio(p2Many, "Halo receive"),
        "P2.forged.small-events": ratio(p2Many, "Halo receive, forged") / ratio(p2Many, "Halo receive"),
        "P2.forged": ratio(p2Large, "Halo receive, forged") / ratio(p2Large, "Halo receive"),
        // As good as any refusal can be that looks at the body: the hash and nothing else.
        "P2.forged.limit": ratio(p2Large, "limit: sha256 of the body alone") / ratio(p2Large, "Halo receive"),
        ...slack,
        ...stripe,
        ...meetings,
        ...slackServers,
      },
      rows,
      notes: [
        "times are the thread's own on the processor: none of this work waits, and who else uses the machine does not count.",
        `bodies: ${small().body.length} ${large().body.length} and ${many().body.length} bytes`,
        "floor: createHmac over method + URL, body and timestamp, compared by timingSafeEqual; for parsing, JSON.parse of the body as well.",
        "Halo's figures hold the header look-up, the replay window, both directions, and an empty-secret check; receive checks every event.",
        "P2.forged.limit: what P2.forged would be if refusing cost the hash of the body and nothing else; a signature of the right form can be refused for no less.",
        "capped: of the floor that also refuses what is nested deeper than 64 levels, as T23 wants and P2's floor does not.",
        "P3: servers in turn, their sender in a process of its own; of drain by requests a second, and (cpu) by the receiver's time on the processor.",
      ],
    };
  },
};
export default bench;

interface Sample {
  readonly method: string;
  readonly url: string;
  readonly body: Buffer;
  readonly text: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
}

type Kind = "1 KB" | "64 KB" | "64 KB of small events";

/** Different deliveries of one kind, used in turn: a single one would have its numbers and strings cached. */
function samples(kind: Kind): () => Sample {
  const all = Array.from({ length: 32 }, (_, seed) => sample(kind, seed));
  let next = 0;
  return () => all[next++ % all.length] as Sample;
}

function sample(kind: Kind, seed: number): Sample {
  const text = deliveryText(kind, seed);
  const body = Buffer.from(text);
  const now = 1_795_219_200_000 + seed * 977;
  const timestamp = String(now - 1_000);
  const signature = createHmac("sha256", SECRET).update(`POST${URL}${text}${timestamp}`).digest("base64");
  const headers = {
    host: "halo.example.com",
    "user-agent": "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebhooksExecutorDaemon-executor",
    "content-length": String(body.length),
    accept: "*/*",
    "content-type": "application/json",
    "x-forwarded-for": "54.174.59.10",
    "x-forwarded-proto": "https",
    "x-hubspot-request-timestamp": timestamp,
    "x-hubspot-signature": "3772b4d779cefebfaead7865851f906d5e7209fe7997a0712c5cc714932e7d8a",
    "x-hubspot-signature-v3": signature,
    "x-hubspot-signature-version": "v1",
    "x-hubspot-timeout-millis": "20000",
    "accept-encoding": "gzip,deflate",
  };
  return { method: "POST", url: URL, body, text, timestamp, signature, now, headers };
}

// What HubSpot's editor makes of a note: markup with quotes, line breaks, typographic characters.
const NOTE =
  '<div style="" dir="auto" data-top-level="true"><p style="margin:0;">Met Zoë – asks for "usage-based" pricing</p>\n<ul class="list">\n<li style="">Budget: 40k €</li>\n</ul>\n</div>\n';

/**
 * Events as HubSpot words them. 1 KB: four small ones. 64 KB: the hundred that one delivery holds at most, so each brings
 * a note. "64 KB of small ones": more than HubSpot would send, but the most work for whoever checks every event.
 */
function deliveryText(kind: Kind, seed: number): string {
  const count = { "1 KB": 4, "64 KB": 100, "64 KB of small events": 250 }[kind];
  const note = kind === "64 KB" ? NOTE.repeat(3).slice(0, 343) : undefined;
  const events = Array.from({ length: count }, (_, at) => ({
    eventId: 1_000_000_007 * (seed + 1) + at * 7_919,
    subscriptionId: 2_001_337 + (at % 5),
    portalId: 62_515_000 + (seed % 7),
    appId: 1_160_452,
    occurredAt: 1_795_219_199_000 + at * 13,
    subscriptionType: note === undefined ? "contact.propertyChange" : "object.propertyChange",
    attemptNumber: 0,
    objectId: 101_234_567_890 + seed * 31_337 + at * 271,
    propertyName: note === undefined ? "lifecyclestage" : "hs_note_body",
    propertyValue: note ?? "opportunity",
    changeSource: "CRM_UI",
  }));
  return JSON.stringify(events);
}

function verifying(next: () => Sample): Candidate[] {
  return [
    { name: "floor", run: () => floor(next()) },
    {
      name: "floor, body alone under the HMAC",
      run: () => {
        const { body, signature } = next();
        const mac = createHmac("sha256", SECRET).update(body).digest();
        return timingSafeEqual(mac, Buffer.from(signature, "base64"));
      },
    },
    {
      name: "floor, twice",
      run: () => {
        const one = next();
        return [floor(one), floor(one)];
      },
    },
    {
      name: "Halo verify",
      run: () => {
        const { body, headers, method, now, url } = next();
        return verifyHubSpotWebhook({ body, headers, method, now, secret: SECRET, url });
      },
    },
    {
      name: "Halo verify, secret second of two",
      run: () => {
        const { body, headers, method, now, url } = next();
        return verifyHubSpotWebhook({ body, headers, method, now, secret: SECRETS, url });
      },
    },
    { name: "@hubspot/api-client isValid v3", run: () => isValid(next()) },
  ];
}

function parsing(next: () => Sample): Candidate[] {
  const signature = Buffer.alloc(32, 7).toString("base64");
  const { headers: genuine, timestamp } = next();
  const forgedHeaders = { ...genuine, "x-hubspot-signature-v3": signature };
  return [
    {
      name: "floor + JSON.parse",
      run: () => {
        const one = next();
        return floor(one) && JSON.parse(one.body.toString());
      },
    },
    {
      name: "Halo receive",
      run: () => {
        const { body, headers, method, now, url } = next();
        return receiveHubSpotWebhook({ body, headers, method, now, secret: SECRET, url });
      },
    },
    capped(() => {
      const one = next();
      return floor(one) && JSON.parse(one.body.toString());
    }),
    {
      name: "Halo receive, forged",
      run: () => {
        const { body, method, url } = next();
        try {
          const now = Number(timestamp);
          return receiveHubSpotWebhook({ body, headers: forgedHeaders, method, now, secret: SECRET, url });
        } catch (error) {
          return error;
        }
      },
    },
    { name: "limit: sha256 of the body alone", run: () => hash("sha256", next().body, "buffer") },
    {
      name: "@hubspot/api-client isValid v3 + JSON.parse",
      run: () => {
        const one = next();
        return isValid(one) && JSON.parse(one.body.toString());
      },
    },
  ];
}

/** The least that verifies this scheme: no window, no headers, no rotation. */
function floor({ body, method, signature, timestamp, url }: Sample): boolean {
  const mac = createHmac("sha256", SECRET)
    .update(method + url)
    .update(body)
    .update(timestamp)
    .digest();
  return timingSafeEqual(mac, Buffer.from(signature, "base64"));
}

/** The vendor's own client; it takes a string, which a server has to make of the bytes first. */
function isValid({ body, method, signature, timestamp, url }: Sample): boolean {
  const realNow = Date.now;
  Date.now = () => Number(timestamp);
  try {
    return Signature.isValid({
      signatureVersion: "v3",
      signature,
      method,
      clientSecret: SECRET,
      requestBody: body.toString(),
      url,
      timestamp: Number(timestamp),
    });
  } finally {
    Date.now = realNow;
  }
}

async function compare(rows: Row[], what: string, candidates: readonly Candidate[]): Promise<Measured[]> {
  const measured = await measure(candidates, { clock: "cpu" });
  for (const { maxNs, minNs, name, ns, ofFirst } of measured) {
    rows.push({
      what,
      candidate: name,
      "ops/s": Math.round(1e9 / ns),
      µs: ns / 1_000,
      "min–max": `${(minNs / 1_000).toFixed(1)}–${(maxNs / 1_000).toFixed(1)}`,
      "of floor": ofFirst,
    });
  }
  return measured;
}

function ratio(measured: readonly Measured[], name: string): number {
  return measured.find((one) => one.name === name)?.ofFirst ?? Number.NaN;
}
