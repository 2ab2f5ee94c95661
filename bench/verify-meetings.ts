import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import { receiveFathomWebhook, verifyFathomWebhook } from "@halo/fathom/webhooks";
import { receiveZoomWebhook, verifyZoomWebhook } from "@halo/zoom/webhooks";
import type { Row } from "./bench.ts";
import { capped, ofCapped } from "./capped-floor.ts";
import type { Candidate, Measured } from "./measure.ts";

const ZOOM_SECRET = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const FATHOM_KEY = Buffer.from("0b9dc0f553b14d6ea36c1c6a", "utf8");
const FATHOM_SECRET = `whsec_${FATHOM_KEY.toString("base64")}`;
const ID = "msg_2x2zwLOcWaRTzsLK8KtbQt1FTk9";

interface Sample {
  readonly body: Buffer;
  readonly timestamp: string;
  readonly now: number;
  readonly signature: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a vendor signs, and Halo's two functions for it. */
interface Scheme {
  readonly name: string;
  readonly prefix: (timestamp: string) => string;
  readonly key: string | KeyObject;
  readonly encoding: "hex" | "base64";
  readonly headers: (timestamp: string, signature: string) => Readonly<Record<string, string>>;
  readonly verify: (sample: Sample) => unknown;
  readonly receive: (sample: Sample) => unknown;
  readonly body: (seed: number, lines: number) => unknown;
}

type Compare = (rows: Row[], what: string, candidates: readonly Candidate[]) => Promise<Measured[]>;

/** P1 and P2 for Zoom and Fathom: an event of 1 KB, and one of 64 KB (Fathom's holds a transcript). */
export async function compareMeetings(rows: Row[], compare: Compare): Promise<Record<string, number>> {
  const ratios: Record<string, number> = {};
  for (const scheme of [zoom, fathom]) {
    const small = samples(scheme, 1);
    const large = samples(scheme, scheme === zoom ? 118 : 420);
    const of = (measured: readonly Measured[], name: string) =>
      measured.find((one) => one.name === name)?.ofFirst ?? Number.NaN;
    const p1 = await compare(rows, `${scheme.name}: verify 1 KB`, verifying(scheme, small));
    const p2 = await compare(rows, `${scheme.name}: verify + parse 1 KB`, parsing(scheme, small));
    const p2Large = await compare(rows, `${scheme.name}: verify + parse 64 KB`, parsing(scheme, large));
    const vendor = scheme.name.toLowerCase();
    ratios[`P1.${vendor}`] = of(p1, "Halo verify");
    ratios[`P2.${vendor}`] = of(p2, "Halo receive");
    ratios[`P2.${vendor}.64KB`] = of(p2Large, "Halo receive");
    ratios[`P2.${vendor}.64KB.capped`] = ofCapped(p2Large);
  }
  return ratios;
}

const zoom: Scheme = {
  name: "Zoom",
  prefix: (timestamp) => `v0:${timestamp}:`,
  key: ZOOM_SECRET,
  encoding: "hex",
  headers: (timestamp, signature) => ({
    "x-zm-request-id": "6009d653_d487_445d_8406_42b654974899",
    "x-zm-request-timestamp": timestamp,
    "x-zm-signature": `v0=${signature}`,
    "x-zm-trackingid": "WEB_6009d653d487445d840642b654974899",
  }),
  verify: ({ body, headers, now }) => verifyZoomWebhook({ body, headers, now, secret: ZOOM_SECRET }),
  receive: ({ body, headers, now }) => receiveZoomWebhook({ body, headers, now, secret: ZOOM_SECRET }),
  body: (seed, files) => ({
    event: "recording.transcript_completed",
    event_ts: 1_795_219_199_000 + seed,
    download_token: "eyJhbGciOiJIUzUxMiJ9.".repeat(4),
    payload: {
      account_id: "AAAAAABBBB",
      object: {
        uuid: `/4444AAAiAAAA//iAi${seed}==`,
        id: 1_234_567_890,
        host_id: "x1yCzABCDEfg23HiJKl4mN",
        topic: "Quarterly review — Zoë & Søren",
        type: 2,
        start_time: "2026-11-20T15:00:00Z",
        timezone: "Europe/Zurich",
        host_email: "host@example.test",
        duration: 31,
        total_size: 529_758,
        recording_count: files,
        share_url: "https://zoom.us/rec/share/abc",
        recording_files: Array.from({ length: files }, (_, at) => ({
          id: `bd5b3ea6-7dd6-484d-9125-b297e0a2f${at}`,
          meeting_id: `/4444AAAiAAAA//iAi${seed}==`,
          recording_start: "2026-11-20T15:00:11Z",
          recording_end: "2026-11-20T15:31:02Z",
          file_type: "TRANSCRIPT",
          file_size: 14_200,
          file_extension: "VTT",
          play_url: `https://zoom.us/rec/play/${"Qg75t7xZBtEbAkjdlgbfdngBBBB".repeat(3)}`,
          download_url: `https://zoom.us/rec/webhook_download/${"Qg75t7xZBtEbAkjdlgbfdngBBBB".repeat(3)}`,
          status: "completed",
          recording_type: "audio_transcript",
        })),
      },
    },
  }),
};

const fathom: Scheme = {
  name: "Fathom",
  prefix: (timestamp) => `${ID}.${timestamp}.`,
  // As bytes, createHmac would make a key object of it each time, for three times the whole cost.
  key: createSecretKey(FATHOM_KEY),
  encoding: "base64",
  headers: (timestamp, signature) => ({
    "webhook-id": ID,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${signature}`,
  }),
  verify: ({ body, headers, now }) => verifyFathomWebhook({ body, headers, now, secret: FATHOM_SECRET }),
  receive: ({ body, headers, now }) => receiveFathomWebhook({ body, headers, now, secret: FATHOM_SECRET }),
  body: (seed, lines) => ({
    title: "Quarterly Business Review",
    meeting_title: "QBR 2026 Q4",
    meeting_type: null,
    recording_id: 123_456_789 + seed,
    url: "https://fathom.video/calls/610313346",
    share_url: "https://fathom.video/share/xyz123",
    created_at: "2026-11-20T17:01:30Z",
    recording_start_time: "2026-11-20T16:01:12Z",
    recording_end_time: "2026-11-20T17:00:55Z",
    calendar_invitees_domains_type: "one_or_more_external",
    transcript_language: "en",
    transcript: Array.from({ length: lines }, (_, at) => ({
      speaker: { display_name: "Zoë Example", matched_calendar_invitee_email: "zoe@client.test" },
      text: `Let’s revisit the budget, line ${at}.`,
      timestamp: "00:05:32",
    })),
    default_summary: { template_name: "general", markdown_formatted: "## Summary\nReviewed Q4.\n" },
    action_items: [],
    calendar_invitees: [
      { name: "Zoë Example", email: "zoe@client.test", email_domain: "client.test", is_external: true },
    ],
    recorded_by: {
      name: "Alice Johnson",
      email: "alice@acme.test",
      email_domain: "acme.test",
      team: "Sales",
    },
  }),
};

/** Different deliveries, used in turn: a single one would have its numbers and strings cached. */
function samples(scheme: Scheme, size: number): () => Sample {
  const all = Array.from({ length: 32 }, (_, seed) => sample(scheme, size, seed));
  let next = 0;
  return () => all[next++ % all.length] as Sample;
}

function sample(scheme: Scheme, size: number, seed: number): Sample {
  const now = 1_795_219_200_000 + seed * 1_000;
  const timestamp = String(now / 1_000 - 1);
  const body = Buffer.from(JSON.stringify(scheme.body(seed, size)));
  const signature = createHmac("sha256", scheme.key)
    .update(scheme.prefix(timestamp))
    .update(body)
    .digest(scheme.encoding);
  const headers = {
    host: "halo.example.com",
    "user-agent": "a vendor's",
    "content-length": String(body.length),
    accept: "*/*",
    "content-type": "application/json; charset=utf-8",
    "x-forwarded-for": "54.174.59.10",
    "x-forwarded-proto": "https",
    ...scheme.headers(timestamp, signature),
  };
  return { body, timestamp, now, signature, headers };
}

const verifying = (scheme: Scheme, next: () => Sample): Candidate[] => [
  { name: "floor", run: () => floor(scheme, next()) },
  { name: "Halo verify", run: () => scheme.verify(next()) },
];

const parsing = (scheme: Scheme, next: () => Sample): Candidate[] => [
  {
    name: "floor + JSON.parse",
    run: () => {
      const one = next();
      return floor(scheme, one) && JSON.parse(one.body.toString());
    },
  },
  { name: "Halo receive", run: () => scheme.receive(next()) },
  capped(() => {
    const one = next();
    return floor(scheme, one) && JSON.parse(one.body.toString());
  }),
];

/** The least that verifies: no window, no headers, no rotation. */
function floor({ encoding, key, prefix }: Scheme, { body, signature, timestamp }: Sample): boolean {
  const mac = createHmac("sha256", key).update(prefix(timestamp)).update(body).digest();
  return timingSafeEqual(mac, Buffer.from(signature, encoding));
}
