import { createHmac, timingSafeEqual } from "node:crypto";
import { receiveSlackWebhook, verifySlackWebhook } from "@halo/slack/webhooks";
import { verifySlackRequest } from "@slack/bolt/dist/receivers/verify-request.js";
import type { Row } from "./bench.ts";
import { capped, ofCapped } from "./capped-floor.ts";
import type { Candidate, Measured } from "./measure.ts";

const SECRET = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";

interface Sample {
  readonly body: Buffer;
  readonly timestamp: string;
  readonly signature: string;
  readonly now: number;
  readonly headers: Readonly<Record<string, string>>;
}

type Compare = (rows: Row[], what: string, candidates: readonly Candidate[]) => Promise<Measured[]>;

/** P1 and P2 for Slack's signature v0: an event of 1 KB, and one of 64 KB with a long message in blocks. */
export async function compareSlack(rows: Row[], compare: Compare): Promise<Record<string, number>> {
  const small = samples(1);
  const large = samples(PARAGRAPHS_OF_64_KB);
  const p1 = await compare(rows, "Slack: verify 1 KB", verifying(small));
  const p2 = await compare(rows, "Slack: verify + parse 1 KB", parsing(small));
  const p2Large = await compare(rows, "Slack: verify + parse 64 KB", parsing(large));
  const of = (measured: readonly Measured[], name: string) =>
    measured.find((one) => one.name === name)?.ofFirst ?? Number.NaN;
  return {
    "P1.slack": of(p1, "Halo verify"),
    "P1.slack.bolt": of(p1, "@slack/bolt verifySlackRequest"),
    "P2.slack": of(p2, "Halo receive"),
    "P2.slack.64KB": of(p2Large, "Halo receive"),
    "P2.slack.64KB.capped": ofCapped(p2Large),
  };
}

/** Different deliveries, used in turn: a single one would have its numbers and strings cached. */
function samples(paragraphs: number): () => Sample {
  const all = Array.from({ length: 32 }, (_, seed) => sample(paragraphs, seed));
  let next = 0;
  return () => all[next++ % all.length] as Sample;
}

// A message that long cannot be written by hand; one with blocks of an app's or of pasted text comes near.
const PARAGRAPHS_OF_64_KB = 134;

const LINE =
  "Met Zoë – asks for *usage-based* pricing, &lt;40k €&gt;, before <https://example.com/q|the quote>. ";

function sample(paragraphs: number, seed: number): Sample {
  const now = 1_795_219_200_000 + seed * 1_000;
  const ts = `${now / 1_000 - 2}.${String(100 + seed).padStart(6, "0")}`;
  const element = { type: "rich_text_section", elements: [{ type: "text", text: LINE.repeat(3) }] };
  const blocks = [{ type: "rich_text", block_id: `b${seed}`, elements: Array(paragraphs).fill(element) }];
  const body = Buffer.from(
    JSON.stringify({
      token: "verification-token",
      team_id: "T0HALO001",
      context_team_id: "T0HALO001",
      context_enterprise_id: null,
      api_app_id: "A0HALO001",
      event: {
        user: `U0HALO${seed}`,
        type: "message",
        ts,
        client_msg_id: "6f0c1a3e-5b2f-4d6e-a36c-1c6a8f0b7d11",
        text: LINE.repeat(paragraphs),
        team: "T0HALO001",
        blocks: paragraphs === 1 ? undefined : blocks,
        channel: "C0HALO001",
        event_ts: ts,
        channel_type: "channel",
      },
      type: "event_callback",
      event_id: `Ev0HALO${seed}`,
      event_time: now / 1_000 - 2,
      authorizations: [
        {
          enterprise_id: null,
          team_id: "T0HALO001",
          user_id: "U0BOT0001",
          is_bot: true,
          is_enterprise_install: false,
        },
      ],
      is_ext_shared_channel: false,
      event_context: `4-${"eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMEhBTE8wMDEiLCJhaWQiOiJBMEhBTE8wMDEiLCJjaWQiOiJDMEhBTE8wMDEifQ".repeat(3)}`,
    }),
  );
  const timestamp = String(now / 1_000 - 1);
  const signature = `v0=${createHmac("sha256", SECRET).update(`v0:${timestamp}:`).update(body).digest("hex")}`;
  const headers = {
    host: "halo.example.com",
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "content-length": String(body.length),
    accept: "*/*",
    "accept-encoding": "gzip,deflate",
    "content-type": "application/json",
    "x-forwarded-for": "54.174.59.10",
    "x-forwarded-proto": "https",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature,
  };
  return { body, timestamp, signature, now, headers };
}

const verifying = (next: () => Sample): Candidate[] => [
  { name: "floor", run: () => floor(next()) },
  {
    name: "Halo verify",
    run: () => {
      const { body, headers, now } = next();
      return verifySlackWebhook({ body, headers, now, secret: SECRET });
    },
  },
  { name: "@slack/bolt verifySlackRequest", run: () => bolt(next()) },
];

const parsing = (next: () => Sample): Candidate[] => [
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
      const { body, headers, now } = next();
      return receiveSlackWebhook({ body, headers, now, secret: SECRET });
    },
  },
  capped(() => {
    const one = next();
    return floor(one) && JSON.parse(one.body.toString());
  }),
  {
    name: "@slack/bolt verifySlackRequest + JSON.parse",
    run: () => {
      const one = next();
      bolt(one);
      return JSON.parse(one.body.toString());
    },
  },
];

/** The least that verifies this scheme: no window, no headers, no rotation. */
function floor({ body, signature, timestamp }: Sample): boolean {
  const mac = createHmac("sha256", SECRET).update(`v0:${timestamp}:`).update(body).digest();
  return timingSafeEqual(mac, Buffer.from(signature.slice(3), "hex"));
}

/** The vendor's own framework; it takes a string, which its receivers make of the bytes first. */
function bolt({ body, now, signature, timestamp }: Sample): void {
  verifySlackRequest({
    signingSecret: SECRET,
    body: body.toString(),
    headers: { "x-slack-signature": signature, "x-slack-request-timestamp": Number(timestamp) },
    nowMilliseconds: now,
  });
}
