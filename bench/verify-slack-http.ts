import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { type Halo, isHaloError } from "@halo/core";
import { createHandler } from "@halo/server";
import { toNodeListener } from "@halo/server/node";
import { slack } from "@halo/slack";
import { type SlackDelivery, verifySlackWebhook } from "@halo/slack/webhooks";
import type { BenchContext, Row } from "./bench.ts";
import {
  drain,
  type Listeners,
  listening,
  measureServers,
  report,
  startSender,
  withBody,
} from "./webhook-servers.ts";

const SECRET = "5d8e0f7a1b2c4d3e9f60718293a4b5c6";
const PUBLIC_URL = "https://halo.example.com";
const PATH = "/api/integrations/slack/webhook";

/** P3 for Slack: messages of 1 KB over HTTP, verified and not stored. Its own table, since its figures are of servers. */
export async function compareSlackServers(
  context: BenchContext,
  rows: Row[],
): Promise<Record<string, number>> {
  const sender = startSender();
  try {
    const target = { vendor: "slack", publicUrl: PUBLIC_URL, paths: [PATH], secret: SECRET } as const;
    const measured = await measureServers(context, sender, target, 32, await listening(servers()));
    report(rows, "Slack: verified over HTTP, 32 connections", measured);
    return {
      "P3.slack.verifier": measured.ratio("verifier in node:http", "drain"),
      "P3.slack.createHandler": measured.ratio("createHandler", "drain"),
      "P3.slack.verifier.cpu": measured.cpuRatio("verifier in node:http", "drain"),
      "P3.slack.floor.cpu": measured.cpuRatio("floor verify", "drain"),
      "P3.slack.createHandler.cpu": measured.cpuRatio("createHandler", "drain"),
    };
  } finally {
    sender.disconnect();
  }
}

function servers(): Listeners {
  const { webhooks } = slack({ signingSecrets: [SECRET] });
  return {
    drain,
    "floor verify": (request, response) =>
      withBody(request, (body) => {
        response.statusCode = floor(request, body) ? 200 : 401;
        response.end("ok");
      }),
    "verifier in node:http": (request, response) =>
      withBody(request, (body) => {
        response.statusCode = verified({ body, headers: request.headers, secret: SECRET }) ? 200 : 401;
        response.end("ok");
      }),
    createHandler: through((delivery) => verifySlackWebhook({ ...delivery, secret: SECRET })),
    "createHandler, parsed into events": through(({ body, headers }) => {
      const events = webhooks?.receive({
        method: "POST",
        url: PUBLIC_URL + PATH,
        headers: headers as IncomingMessage["headers"],
        body: body as Uint8Array,
        secret: webhooks.secrets ?? [],
        now: Date.now(),
      });
      if (events?.length !== 1) throw new Error("no event");
    }),
  };
}

/** The whole handler over a Halo that looks at a delivery and keeps nothing of it. */
function through(look: (delivery: Pick<SlackDelivery, "body" | "headers">) => unknown) {
  const halo = {
    integrations: [],
    base: "/api/integrations",
    publicUrl: PUBLIC_URL,
    deliveries: {
      async receive({ body, headers }: Parameters<Halo["deliveries"]["receive"]>[0]) {
        look({ body, headers });
        return { accepted: 0, duplicates: 0, skipped: 0, unrouted: 0 };
      },
    },
  } as unknown as Halo;
  return toNodeListener(createHandler(halo, { authorize: () => null }));
}

function verified(delivery: SlackDelivery): boolean {
  try {
    verifySlackWebhook(delivery);
    return true;
  } catch (error) {
    if (isHaloError(error, "webhook_unverified")) return false;
    throw error;
  }
}

/** The least that verifies: no window, no checks of headers. */
function floor({ headers }: IncomingMessage, body: Buffer): boolean {
  const mac = createHmac("sha256", SECRET)
    .update(`v0:${headers["x-slack-request-timestamp"]}:`)
    .update(body)
    .digest();
  const given = Buffer.from(String(headers["x-slack-signature"]).slice(3), "hex");
  return given.length === mac.length && timingSafeEqual(mac, given);
}
