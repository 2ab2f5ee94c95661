import type { Halo } from "@halo/core";
import { describe, expect, it } from "vitest";
import { createHandler, type HandlerOptions } from "./index.ts";

const halo = { integrations: [], base: "/api/integrations", publicUrl: "https://halo.example.com" };
const authorize = () => null;

describe("createHandler", () => {
  it.each<[string, Partial<Halo> | object, Partial<HandlerOptions> | undefined, string]>([
    ["without options", {}, undefined, "authorize"],
    ["without authorize", {}, {}, "authorize"],
    ["with an authorize that is no function", {}, { authorize: true as never }, "authorize"],
    ["for a Halo without a public address", { publicUrl: undefined }, { authorize }, "publicUrl"],
    ["with a base that ends in a slash", {}, { authorize, base: "/api/" }, "base"],
    [
      "with an integration that is called like a route",
      { integrations: [{ id: "runs" }] },
      { authorize },
      "integrations",
    ],
    ["with a limit that is none", {}, { authorize, limits: { webhookBytes: 0 } }, "limits.webhookBytes"],
    ["with more time for a body than 10 s", {}, { authorize, limits: { bodyMs: 10_001 } }, "limits.bodyMs"],
  ])("T52 refuses to start %s", (_, more, options, option) => {
    expect(() => createHandler({ ...halo, ...more } as Halo, options as HandlerOptions)).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option }),
    );
  });

  it("answers what it does not know with 404, and asks nobody about it", async () => {
    const handler = createHandler(halo as never, {
      authorize: () => {
        throw new Error("asked");
      },
    });
    for (const path of ["/", "/api", "/api/integrationsx/hubspot/webhook", "/api/integrations/a/b/c/d"]) {
      expect((await handler(new Request(`https://halo.example.com${path}`))).status).toBe(404);
    }
  });
});
