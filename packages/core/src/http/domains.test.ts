import { describe, expect, it } from "vitest";
import { fixedAuthorization } from "../connect/tokens.ts";
import type { HttpDefinition } from "../define/http.ts";
import { systemClock } from "../ports/clock.ts";
import { silentLogger } from "../ports/logger.ts";
import type { VendorCall } from "../ports/vendor-http.ts";
import { createUrlPolicy } from "./url-policy.ts";
import { createVendorHttp } from "./vendor-http.ts";

const definition: HttpDefinition = {
  baseUrl: "https://api.vendor.test",
  domains: ["vendor.test"],
  budgets: [],
  classify: ({ status }) =>
    status === 401 ? { kind: "unauthorized" } : { kind: status < 300 ? "ok" : "failed" },
};

/** What goes out, and answers in turn: a text, or where it redirects to. */
async function calls(
  url: string,
  answers: readonly (string | { readonly to: string } | { readonly status: number })[],
  call: VendorCall = {},
  authorization = fixedAuthorization("connection-token"),
) {
  const seen: { readonly url: string; readonly authorization: string | null }[] = [];
  const http = createVendorHttp({
    definition,
    authorization,
    clock: systemClock,
    logger: silentLogger,
    fetch: async (input, init) => {
      const request = new Request(input, init);
      const answer = answers[seen.length] ?? "";
      seen.push({ url: request.url, authorization: request.headers.get("authorization") });
      if (typeof answer === "string") return new Response(answer);
      if ("to" in answer) return new Response(null, { status: 302, headers: { location: answer.to } });
      return Response.json({}, { status: answer.status });
    },
  });
  const outcome = await http.get(url, { answer: "text", followRedirects: true, ...call }).then(
    (text) => ({ text }),
    (error: { code: string }) => ({ code: error.code }),
  );
  return { seen, outcome };
}

describe("a domain of the vendor's", () => {
  const { resolve } = createUrlPolicy(definition);

  it.each([
    "https://vendor.test/rec/1",
    "https://eu02.vendor.test/rec/1",
    "https://acme.vendor.test:443/rec/1",
    "https://a.b.vendor.test/rec/1?x=1",
    "https://API.vendor.test/x",
  ])("T20 may be called at %s", (url) => {
    expect(() => resolve(url)).not.toThrow();
  });

  it.each([
    "http://vendor.test/rec/1",
    "http://api.vendor.test/rec/1",
    "https://vendor.test:8443/rec/1",
    "https://evilvendor.test/rec/1",
    "https://vendor.test.evil.test/rec/1",
    "https://evil.test/vendor.test",
    "https://evil.test?vendor.test",
    "https://vendor.test@evil.test/",
    "https://a:b@vendor.test/",
    "https://evil.test#.vendor.test",
    "https://evil.test\\.vendor.test/",
    "https://vendor.test./rec/1",
    "https://vendor。test/rec/1",
    "https://127.0.0.1/rec/1",
    "https://[::1]/rec/1",
    "https://test/",
    "ftp://vendor.test/x",
    "data:text/plain,x",
    "//vendor.test/rec/1",
  ])("T20 is none, and nothing is called, at %s", (url) => {
    expect(() => resolve(url)).toThrow(expect.objectContaining({ code: "vendor_url_refused" }));
  });

  it.each(["test", "", "Vendor.test", "https://vendor.test", "vendor.test/", "*.vendor.test"])(
    "is not written as %j",
    (domain) => {
      expect(() => createUrlPolicy({ ...definition, domains: [domain] })).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "domains" }),
      );
    },
  );

  it("takes the credential along where a call begins", async () => {
    const { outcome, seen } = await calls("https://eu02.vendor.test/rec/1", ["WEBVTT"]);
    expect(outcome).toEqual({ text: "WEBVTT" });
    expect(seen).toEqual([
      { url: "https://eu02.vendor.test/rec/1", authorization: "Bearer connection-token" },
    ]);
  });

  it("T21 does not take it along to another of its hosts that a redirect leads to, nor back again", async () => {
    const to = (host: string) => ({ to: `https://${host}/rec/2` });
    const { seen } = await calls("https://eu02.vendor.test/rec/1", [to("files.vendor.test"), "WEBVTT"]);
    expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer connection-token", null]);
    const same = await calls("https://eu02.vendor.test/rec/1", [to("eu02.vendor.test"), "WEBVTT"]);
    expect(same.seen.map(({ authorization }) => authorization)).toEqual(
      Array(2).fill("Bearer connection-token"),
    );
  });

  it("T21 is left by no redirect", async () => {
    for (const host of ["evil.test", "vendor.test.evil.test", "127.0.0.1"]) {
      const { outcome, seen } = await calls("https://vendor.test/rec/1", [{ to: `https://${host}/x` }]);
      expect(outcome).toEqual({ code: "vendor_url_refused" });
      expect(seen).toHaveLength(1);
    }
  });
});

describe("a token of one call", () => {
  it("goes out instead of the connection's", async () => {
    const { seen } = await calls("https://vendor.test/rec/1", ["WEBVTT"], { token: "of-the-event" });
    expect(seen[0]?.authorization).toBe("Bearer of-the-event");
  });

  it("T21 is dropped on another host, as the connection's is", async () => {
    const answers = [{ to: "https://files.vendor.test/x" }, "WEBVTT"];
    const { seen } = await calls("https://vendor.test/rec/1", answers, { token: "of-the-event" });
    expect(seen.map(({ authorization }) => authorization)).toEqual(["Bearer of-the-event", null]);
  });

  it("says nothing of the connection when it is refused: no credential is renewed or given up", async () => {
    const authorization = {
      ...fixedAuthorization("connection-token"),
      renew: () => expect.unreachable(),
      refused: () => expect.unreachable(),
    };
    const { outcome, seen } = await calls(
      "https://vendor.test/rec/1",
      [{ status: 401 }],
      { token: "of-the-event" },
      authorization,
    );
    expect(outcome).toEqual({ code: "vendor_failed" });
    expect(seen).toHaveLength(1);
  });
});
