import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, describe, expect, it } from "vitest";
import {
  notificationSinkContract,
  type OpenedSink,
  sinkRequest,
} from "../testing/notification-sink-contract.ts";
import { consoleSink, mailSink, webhookSink } from "./index.ts";

const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
const other = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;

interface Call {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function receiver() {
  const calls: Call[] = [];
  let answer: readonly [status: number, headers: Record<string, string>] = [200, {}];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const [status, headers] = answer;
      answer = [200, {}];
      if (status < 300) calls.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(status, headers).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return {
    calls,
    target: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    answer: (status: number, headers: Record<string, string> = {}) => {
      answer = [status, headers];
    },
  };
}

const shown = ({ body }: Call) =>
  (JSON.parse(body) as { data: { message: { title: string } } }).data.message.title;

notificationSinkContract("webhook", async (): Promise<OpenedSink> => {
  const { answer, calls, target } = await receiver();
  return {
    sink: webhookSink({ secret, unsafeLoopback: true }),
    target,
    badTarget: "ftp://example.com",
    arrived: () => calls.map(shown),
    fail: (how) => answer({ rate_limited: 429, retryable: 500, ended: 410 }[how]),
  };
});

notificationSinkContract("mail", () => {
  const sent: string[] = [];
  return {
    sink: mailSink({
      send: async ({ signal, subject, text }) => {
        signal.throwIfAborted();
        sent.push(`${subject}\n${text}`);
      },
    }),
    target: "team@example.com",
    badTarget: "team@example.com, other@example.com",
    arrived: () => sent,
  };
});

notificationSinkContract("console", () => {
  const written: string[] = [];
  return {
    sink: consoleSink({ write: (text) => written.push(text) }),
    target: "here",
    arrived: () => written,
  };
});

describe("the webhook sink", () => {
  it("signs so that the scheme's own library accepts it, under each of two secrets, and under no third", async () => {
    const { calls, target } = await receiver();
    const request = sinkRequest(target, {
      event: { type: "new_ticket", key: "k-1", data: { ü: "ß" }, at: new Date(0) },
    });
    await webhookSink({ secret: [secret, other], unsafeLoopback: true }).send(request);
    const { body, headers } = calls[0] as Call;
    for (const one of [secret, other])
      expect(new Webhook(one).verify(body, headers as Record<string, string>)).toMatchObject({
        type: "new_ticket",
        timestamp: "1970-01-01T00:00:00.000Z",
        data: { key: "k-1", event: { ü: "ß" } },
      });
    const third = `whsec_${Buffer.alloc(32, 1).toString("base64")}`;
    expect(() => new Webhook(third).verify(body, headers as Record<string, string>)).toThrow();
    expect(headers["webhook-id"]).toBe(request.deliveryKey);
  });

  it("takes each receiver's own secret", async () => {
    const { calls, target } = await receiver();
    await webhookSink({ secret: async () => other, unsafeLoopback: true }).send(sinkRequest(target));
    const { body, headers } = calls[0] as Call;
    expect(() => new Webhook(other).verify(body, headers as Record<string, string>)).not.toThrow();
  });

  it.each([
    ["none", undefined],
    ["an empty one", ""],
    ["an empty list", []],
    ["one of a list that is empty", [secret, ""]],
    ["a prefix without bytes", "whsec_"],
    ["too few bytes", `whsec_${Buffer.alloc(23).toString("base64")}`],
    ["too many bytes", `whsec_${Buffer.alloc(65).toString("base64")}`],
    ["one without its prefix", secret.slice(6)],
    ["what is no base64", "whsec_????????????????????????????????????????????"],
  ])("refuses to work with a secret that is %s", async (_, wrong) => {
    const code = { code: "configuration_invalid" };
    expect(() => webhookSink({ secret: wrong as never })).toThrow(expect.objectContaining(code));
    const { calls, target } = await receiver();
    const late = webhookSink({ secret: () => wrong as never, unsafeLoopback: true });
    await expect(late.send(sinkRequest(target))).rejects.toMatchObject(code);
    expect(calls).toEqual([]);
  });

  it.each([
    ["http://127.0.0.1:1/", "loopback, unless that is allowed"],
    ["http://example.com/", "plain http"],
    ["https://user:password@example.com/", "a user name"],
    ["nonsense", "no URL"],
  ])("refuses %s as a target: %s", async (target) => {
    const sink = webhookSink({ secret });
    expect(() => sink.checkTarget?.(target)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    await expect(sink.send(sinkRequest(target))).rejects.toMatchObject({ code: "input_invalid" });
  });

  it("T20 calls no address inside, whatever name leads there", async () => {
    for (const address of ["10.0.0.1", "169.254.169.254", "127.0.0.1", "192.168.1.1"]) {
      const sink = webhookSink({ secret, resolve: async () => [{ address, family: 4 }] });
      await expect(sink.send(sinkRequest("https://hooks.example.com/"))).rejects.toMatchObject({
        code: "vendor_url_refused",
        retryable: false,
      });
    }
  });

  it("tries again what a receiver refuses for a while, as late as it asks, and ends with 410", async () => {
    const { answer, target } = await receiver();
    const sink = webhookSink({
      secret,
      unsafeLoopback: true,
      clock: { now: () => 1_000, sleep: async () => {} },
    });
    const told = async (status: number, headers: Record<string, string> = {}) => {
      answer(status, headers);
      return await sink.send(sinkRequest(target)).catch((error: unknown) => error);
    };
    expect(await told(404)).toMatchObject({ code: "vendor_failed", retryable: true, reason: "status_404" });
    expect(await told(429, { "retry-after": "7" })).toMatchObject({ code: "rate_limited", retryAt: 8_000 });
    expect(await told(429)).toMatchObject({ code: "rate_limited", retryAt: 11_000 });
    expect(await told(503, { "retry-after": "999999" })).toMatchObject({ retryAt: 1_000 + 60 * 60_000 });
    expect(await told(410)).toMatchObject({ code: "vendor_failed", retryable: false });
    expect(await told(302, { location: "http://127.0.0.1/" })).toMatchObject({ code: "vendor_url_refused" });
    const gone = webhookSink({ secret, unsafeLoopback: true });
    await expect(gone.send(sinkRequest("http://127.0.0.1:1/"))).rejects.toMatchObject({
      code: "vendor_failed",
      retryable: true,
      reason: "unreachable",
    });
  });
});

describe("the mail sink", () => {
  it("hands over one address, a subject of one line, and text with all of the message", async () => {
    const mails: unknown[] = [];
    const sink = mailSink({ send: async (mail) => mails.push(mail) });
    await sink.send(sinkRequest("team@example.com", { deliveryKey: "d-1", repeated: true }));
    expect(mails).toMatchObject([
      {
        to: "team@example.com",
        subject: expect.stringMatching(/^New ticket: [^\r\n]+$/),
        messageId: "d-1",
        text: expect.stringContaining("From: Ada *Lovelace* _(ada@example.com)_"),
      },
    ]);
    expect(JSON.stringify(mails)).toContain("may have reached you before");
  });

  it.each(["", "nobody", "a@b\r\nBcc: c@d", "Ada <a@b>", "a@b;c@d", `${"a".repeat(320)}@b`])(
    "refuses %j as a target",
    (target) => {
      const { checkTarget } = mailSink({ send: async () => {} });
      expect(() => checkTarget?.(target)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    },
  );

  it("needs the host's own send", () => {
    expect(() => mailSink({} as never)).toThrow(expect.objectContaining({ code: "configuration_invalid" }));
  });
});
