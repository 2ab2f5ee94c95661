import { VerificationError } from "@halo/core/signing";
import { describe, expect, it } from "vitest";
import { createHandler } from "../src/index.ts";

const base = "/api/integrations";

/** A handler before a Halo that takes the clicks of "chat" whose body is "genuine". */
function clicked() {
  const received: { readonly integration: string; readonly pathAndQuery: string; readonly body: string }[] =
    [];
  const halo = {
    integrations: [],
    knowledge: {},
    base,
    publicUrl: "https://halo.example.com",
    clicks: {
      async receive(call: { integration: string; pathAndQuery: string; body: Uint8Array }) {
        const body = new TextDecoder().decode(call.body);
        if (call.integration !== "chat" || body !== "genuine") throw new VerificationError("no_match");
        received.push({ integration: call.integration, pathAndQuery: call.pathAndQuery, body });
      },
    },
  };
  const handler = createHandler(halo as never, { authorize: () => null });
  const post = (path: string, body = "genuine", method = "POST") =>
    handler(
      new Request(`https://halo.example.com${base}${path}`, {
        method,
        ...(method === "POST" && {
          body,
          headers: { "content-type": "application/x-www-form-urlencoded" },
        }),
      }),
    );
  return { post, received };
}

describe("clicks", () => {
  it("are handed over with their raw body, and answered with 200 and nothing", async () => {
    const { post, received } = clicked();
    for (const path of ["/chat/interactivity", "/chat/interactivity/", "/chat/interactivity?a=1"]) {
      const response = await post(path);
      expect([response.status, await response.text()]).toEqual([200, ""]);
    }
    expect(received.map(({ pathAndQuery }) => pathAndQuery)).toEqual([
      `${base}/chat/interactivity`,
      `${base}/chat/interactivity/`,
      `${base}/chat/interactivity?a=1`,
    ]);
  });

  it("T45 F53 that are forged look like those of an integration that is not there", async () => {
    const { post, received } = clicked();
    const answers = await Promise.all(
      [post("/chat/interactivity", "forged"), post("/nobody/interactivity")].map(async (answer) => {
        const response = await answer;
        return [response.status, await response.text()];
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(401);
    expect(received).toEqual([]);
  });

  it("come by POST, and at no other address", async () => {
    const { post, received } = clicked();
    expect((await post("/chat/interactivity", "", "GET")).status).toBe(405);
    expect((await post("/chat/interactivity/more")).status).toBe(404);
    expect(received).toEqual([]);
  });

  it("F58 larger than a webhook may be are refused unread", async () => {
    const { post, received } = clicked();
    expect((await post("/chat/interactivity", "x".repeat(2 * 1024 * 1024))).status).toBe(413);
    expect(received).toEqual([]);
  });
});
