// The sender's side of webhook-servers.ts, in a process of its own: signed deliveries over N connections that are kept open,
// one request at a time on each. Raw sockets: node's own client costs more than the servers that are measured.
import { createHmac } from "node:crypto";
import { connect, type Socket } from "node:net";

export interface Load {
  readonly vendor: "hubspot" | "slack";
  readonly port: number;
  readonly connections: number;
  readonly requests: number;
  readonly publicUrl: string;
  /** One is taken in turn. */
  readonly paths: readonly string[];
  readonly secret: string;
  /** The first event's id; each request has its own. */
  readonly firstEvent: number;
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx. */
  readonly refused: number;
}

process.on("message", (load: Load) => {
  run(load).then(
    (result) => process.send?.(result),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
process.on("disconnect", () => process.exit(0));

async function run(load: Load): Promise<LoadResult> {
  // Signed before the clock starts: what is measured is the receiver.
  const requests = Array.from({ length: load.requests }, (_, at) => requestBytes(load, at));
  const sockets = await Promise.all(Array.from({ length: load.connections }, () => open(load.port)));
  const times = new Float64Array(requests.length);
  let next = 0;
  let refused = 0;
  const began = performance.now();
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve, reject) => {
          let at = -1;
          let sentAt = 0;
          const send = () => {
            at = next++;
            if (at >= requests.length) {
              socket.off("close", lost);
              socket.destroy();
              resolve();
              return;
            }
            sentAt = performance.now();
            socket.write(requests[at] as Buffer);
          };
          const lost = () => reject(new Error("the server closed a connection"));
          socket.on("close", lost);
          answers(socket, (ok) => {
            times[at] = performance.now() - sentAt;
            if (!ok) refused += 1;
            send();
          });
          send();
        }),
    ),
  );
  const seconds = (performance.now() - began) / 1_000;
  times.sort();
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(times.length * q))] ?? 0;
  return { perSecond: requests.length / seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), refused };
}

interface Signed {
  readonly agent: string;
  readonly body: string;
  /** What tells the sender apart from any other, a header a line. */
  readonly headers: string;
}

function requestBytes(load: Load, at: number): Buffer {
  const path = load.paths[at % load.paths.length] as string;
  const { agent, body, headers } = signed[load.vendor](load, path, at);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: ${new URL(load.publicUrl).host}\r\nuser-agent: ${agent}\r\ncontent-length: ${Buffer.byteLength(body)}\r\naccept: */*\r\ncontent-type: application/json\r\nx-forwarded-for: 54.174.59.10\r\nx-forwarded-proto: https\r\n${headers}accept-encoding: gzip,deflate\r\n\r\n${body}`,
  );
}

const signed: { readonly [vendor in Load["vendor"]]: (load: Load, path: string, at: number) => Signed } = {
  /** One event of about 1 KB, as HubSpot words and signs it (v3). */
  hubspot({ firstEvent, paths, publicUrl, secret }, path, at) {
    const body = JSON.stringify([
      {
        eventId: firstEvent + at,
        subscriptionId: 2_001_337,
        portalId: 62_515_000 + (at % paths.length),
        appId: 1_160_452,
        occurredAt: Date.now(),
        subscriptionType: "object.propertyChange",
        attemptNumber: 0,
        objectId: 101_234_567_890 + at * 271,
        objectTypeId: "0-46",
        propertyName: "hs_note_body",
        propertyValue: "Met Zoë, asks for usage-based pricing; budget 40k €. ".repeat(14),
        changeSource: "CRM_UI",
      },
    ]);
    const timestamp = String(Date.now());
    const signature = createHmac("sha256", secret)
      .update(`POST${publicUrl}${path}${body}${timestamp}`)
      .digest("base64");
    return {
      agent: "HubSpot Connect 2.0 (http://dev.hubspot.com/) - WebhooksExecutorDaemon-executor",
      body,
      headers: `x-hubspot-request-timestamp: ${timestamp}\r\nx-hubspot-signature-v3: ${signature}\r\nx-hubspot-timeout-millis: 20000\r\n`,
    };
  },
  /** One message of about 1 KB, as Slack words and signs it (v0). */
  slack({ firstEvent, secret }, _path, at) {
    const seconds = Math.floor(Date.now() / 1_000);
    const ts = `${seconds - 1}.${String((firstEvent + at) % 1_000_000).padStart(6, "0")}`;
    const body = JSON.stringify({
      token: "verification-token",
      team_id: "T0HALO001",
      context_team_id: "T0HALO001",
      context_enterprise_id: null,
      api_app_id: "A0HALO001",
      event: {
        user: "U0HALO001",
        type: "message",
        ts,
        client_msg_id: "6f0c1a3e-5b2f-4d6e-a36c-1c6a8f0b7d11",
        text: "Met Zoë, asks for usage-based pricing; budget 40k €. ".repeat(6),
        team: "T0HALO001",
        channel: "C0HALO001",
        event_ts: ts,
        channel_type: "channel",
      },
      type: "event_callback",
      event_id: `Ev${String(firstEvent + at).padStart(9, "0")}`,
      event_time: seconds - 1,
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
      event_context: `4-${"eyJldCI6Im1lc3NhZ2UiLCJ0aWQiOiJUMEhBTE8wMDEi".repeat(3)}`,
    });
    const signature = createHmac("sha256", secret).update(`v0:${seconds}:${body}`).digest("hex");
    return {
      agent: "Slackbot 1.0 (+https://api.slack.com/robots)",
      body,
      headers: `x-slack-request-timestamp: ${seconds}\r\nx-slack-signature: v0=${signature}\r\n`,
    };
  },
};

function open(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
  });
}

/** Calls back at each whole answer, with whether it was a 2xx. The heads of one server's 2xx are all of one length. */
function answers(socket: Socket, answered: (ok: boolean) => void): void {
  let text = "";
  let expected = 0;
  socket.on("data", (chunk: Buffer) => {
    // Nothing is looked at twice: a sender that costs as much as a server would be what is measured.
    if (text === "" && chunk.length === expected && chunk[9] === TWO) {
      answered(true);
      return;
    }
    text += chunk.toString("latin1");
    const head = text.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1];
    const whole = length ? text.length >= head + 4 + Number(length) : text.endsWith("\r\n0\r\n\r\n");
    if (!whole) return;
    const ok = text.charCodeAt(9) === TWO;
    if (ok && length) expected = text.length;
    text = "";
    answered(ok);
  });
}

const TWO = "2".charCodeAt(0);
