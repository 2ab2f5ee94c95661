import { describe, expect, it } from "vitest";
import { ADA, actionWorld } from "../../test/action-world.ts";
import { createDeal, hubspotActions, runHubSpotAction } from "./index.ts";

function tools(world: ReturnType<typeof actionWorld>, more = {}) {
  const { accessToken, clock, fetch } = world;
  return hubspotActions({ accessToken, clock, fetch, subject: { email: ADA }, ...more });
}

const named = (all: ReturnType<typeof tools>, name: string) => all.find((tool) => tool.name === name)!;

describe("hubspotActions", () => {
  it("makes a tool of each action, and says which of them ask the user", () => {
    const shown = tools(actionWorld()).map(({ name, asks, destructive }) => [name, asks, destructive]);
    expect(shown).toEqual([
      ["hubspot_create_deal", "nobody", true],
      ["hubspot_update_contact", "user", true],
      ["hubspot_log_activity", "nobody", true],
      ["hubspot_create_note", "nobody", true],
    ]);
  });

  it("acts about the customer that the host named, with each action's configuration", async () => {
    const world = actionWorld();
    const config = { create_deal: { stage: "contractsent" } };
    const tool = named(tools(world, { config }), "hubspot_create_deal");
    const outcome = await world.clock.run(tool.invoke({ name: "Renewal" }));
    expect(outcome).toMatchObject({ status: "succeeded", output: { contact_id: world.ada.id } });
    expect(world.record("deals", world.effects()[0]!.id).fields.dealstage).toBe("contractsent");
  });

  it("acts once for a tool call that the framework repeats", async () => {
    const world = actionWorld();
    const tool = named(tools(world), "hubspot_create_note");
    for (const repeated of [false, true]) {
      const outcome = await world.clock.run(tool.invoke({ body: "Hi" }, { idempotencyKey: "call_1" }));
      expect(outcome).toMatchObject({ status: "succeeded", repeated });
    }
    expect(world.effects()).toHaveLength(1);
  });

  it("asks the user before it changes a contact, and takes the yes from the host", async () => {
    const world = actionWorld();
    const tool = named(tools(world), "hubspot_update_contact");
    const input = { property: "jobtitle", value: "CTO" };
    const asked = await world.clock.run(tool.invoke(input));
    expect(asked.status).toBe("needs_confirmation");
    const confirmation = asked.status === "needs_confirmation" ? asked.confirmation : "";
    await expect(world.clock.run(tool.invoke(input, { confirmation }))).resolves.toMatchObject({
      status: "succeeded",
    });
    await expect(world.clock.run(tool.invoke(input, { confirmation }))).rejects.toMatchObject({
      code: "approval_stale",
    });
  });

  it("speaks the version of the API that is asked for", async () => {
    const world = actionWorld();
    const tool = named(tools(world, { apiVersion: "2026-03" }), "hubspot_create_note");
    await world.clock.run(tool.invoke({ body: "Hi" }));
    const asked = world.emulator.ledger.requests.map(({ path }) => path);
    expect(asked.every((path) => path.startsWith("/crm/objects/2026-03/"))).toBe(true);
  });

  it("can be narrowed, and knows its own actions only", () => {
    expect(tools(actionWorld(), { only: ["create_note"] })).toHaveLength(1);
    expect(() => tools(actionWorld(), { only: ["refund"] })).toThrow(
      expect.objectContaining({ code: "configuration_invalid" }),
    );
  });
});

describe("runHubSpotAction", () => {
  it("runs one action with a token of the host's own, which may be fetched each time", async () => {
    const world = actionWorld();
    const { clock, fetch } = world;
    const accessToken = async () => world.accessToken;
    const outcome = await clock.run(
      runHubSpotAction(createDeal, {
        accessToken,
        clock,
        fetch,
        subject: { email: ADA },
        input: { name: "Renewal" },
      }),
    );
    expect(outcome.status === "succeeded" && outcome.output.contact).toBe("associated");
  });

  it("T17 says that a token is no longer good without showing it", async () => {
    const world = actionWorld();
    const { clock, fetch } = world;
    const accessToken = "pat-na1-wrong-and-secret";
    const run = clock.run(
      runHubSpotAction(createDeal, {
        accessToken,
        clock,
        fetch,
        subject: { email: ADA },
        input: { name: "x" },
      }),
    );
    const error = (await run.catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "reconnect_required" });
    expect(JSON.stringify([error.message, error])).not.toContain("secret");
  });

  it("goes to the origin that is given, and to no other", async () => {
    const asked: string[] = [];
    const { clock } = actionWorld();
    const fetch: typeof globalThis.fetch = async (input, init) => {
      asked.push(new Request(input, init).url);
      return new Response("{}", { status: 404 });
    };
    const origins = { api: "https://eu.example.com" };
    const options = {
      accessToken: "t",
      clock,
      fetch,
      origins,
      subject: { email: ADA },
      input: { name: "x" },
    };
    await expect(clock.run(runHubSpotAction(createDeal, options))).rejects.toMatchObject({
      code: "vendor_failed",
    });
    expect(new Set(asked.map((url) => new URL(url).origin))).toEqual(new Set([origins.api]));
  });
});
