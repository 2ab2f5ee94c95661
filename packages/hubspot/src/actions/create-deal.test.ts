import { describe, expect, it } from "vitest";
import { ADA, actionWorld } from "../../test/action-world.ts";
import { createDeal } from "./index.ts";

const input = {
  name: "Renewal of 20 seats",
  amount: 1_200.5,
  close_date: "2026-12-31",
  description: "Wants SSO & <b>.",
};

describe("create_deal", () => {
  it("opens a deal in the configured pipeline and stage, associated with the customer's contact in one call", async () => {
    const world = actionWorld();
    const [owner] = world.portal.portal.owners;
    const config = {
      pipeline: "912345",
      stage: "1790002",
      owner_id: owner!.id,
      deal_type: "existingbusiness",
    };
    const outcome = await world.run(createDeal, input, { config, idempotencyKey: "k1" });
    expect(outcome).toMatchObject({
      status: "succeeded",
      output: { contact_id: world.ada.id, contact: "associated" },
    });
    const [effect, ...others] = world.effects();
    expect(others).toEqual([]);
    const deal = world.record("deals", effect!.id);
    expect(deal.fields).toEqual({
      dealname: "Renewal of 20 seats",
      amount: "1200.5",
      closedate: "2026-12-31T12:00:00.000Z",
      description: `Wants SSO & <b>.\n\nRef. ${effect!.mark}`,
      pipeline: "912345",
      dealstage: "1790002",
      hubspot_owner_id: owner!.id,
      dealtype: "existingbusiness",
      hs_is_closed: "false",
      hs_is_closed_won: "false",
    });
    expect(deal.links).toEqual([{ type: "contacts", id: world.ada.id, types: [3] }]);
  });

  it("needs no configuration: HubSpot's own pipeline and its first stage", async () => {
    const world = actionWorld();
    await world.run(createDeal, { name: "Renewal" });
    expect(world.record("deals", world.effects()[0]!.id).fields).toMatchObject({
      pipeline: "default",
      dealstage: "appointmentscheduled",
    });
  });

  it("finds the contact by a second address, and by one of a contact that was merged", async () => {
    const world = actionWorld();
    const other = world.portal.create("contacts", { email: "byron@example.com" });
    world.portal.merge("contacts", world.ada.id, other.id);
    const outcome = await world.run(
      createDeal,
      { name: "Renewal" },
      { subject: { email: "byron@example.com" } },
    );
    expect(outcome).toMatchObject({ output: { contact_id: world.ada.id } });
  });

  it.each(["unknown", "archived"])(
    "makes the deal without a contact, and says so, if the contact is %s",
    async (state) => {
      const world = actionWorld();
      if (state === "archived") world.portal.archive("contacts", world.ada.id);
      const subject = { email: state === "archived" ? ADA : "nobody@example.com" };
      const outcome = await world.run(createDeal, { name: "Renewal" }, { subject });
      expect(outcome).toMatchObject({ output: { contact_id: null, contact: "not_found" } });
      expect(world.record("deals", world.effects()[0]!.id).links).toEqual([]);
    },
  );

  it("refuses an unmatched address if the configuration asks for a contact, and makes nothing", async () => {
    const world = actionWorld();
    const run = world.run(
      createDeal,
      { name: "Renewal" },
      { subject: { email: "nobody@example.com" }, config: { require_contact: true } },
    );
    await expect(run).rejects.toMatchObject({ code: "not_found", path: "context.customer" });
    expect(world.effects()).toEqual([]);
  });

  it.each([
    ["config.stage", { stage: "contractsigned" }, "INVALID_OPTION"],
    ["config.stage", { pipeline: "912345" }, "INVALID_OPTION"],
    ["config.owner_id", { owner_id: "1" }, "INVALID_OWNER_ID"],
    ["config.deal_type", { deal_type: "Jane's big one" }, "INVALID_OPTION"],
  ])("tells which of the configured ids HubSpot does not know: %s of %j", async (path, config, reason) => {
    const world = actionWorld();
    const run = world.run(createDeal, { name: "Jane's secret plan" }, { config });
    const error = await run.catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "input_invalid", path, reason });
    expect(String((error as Error).message)).toContain("An admin has to correct it");
    expect(JSON.stringify([error, (error as Error).message])).not.toContain("Jane");
    expect(world.effects()).toEqual([]);
  });

  it("names the pipeline first where both it and the stage are unknown", async () => {
    const world = actionWorld();
    const run = world.run(createDeal, { name: "Renewal" }, { config: { pipeline: "gone", stage: "gone" } });
    await expect(run).rejects.toMatchObject({ code: "input_invalid", path: "config.pipeline" });
  });

  it.each([
    [{ name: "" }],
    [{ name: "  " }],
    [{ name: "x".repeat(201) }],
    [{ name: "x", amount: -1 }],
    [{ name: "x", amount: Number.POSITIVE_INFINITY }],
    [{ name: "x", close_date: "tomorrow" }],
    [{ name: "x", description: "x".repeat(5_001) }],
    [{ name: "x", dealstage: "closedwon" }],
    [{ name: "x", contact: "someone@else.example" }],
  ])("refuses the input %j before HubSpot is asked", async (bad) => {
    const world = actionWorld();
    await expect(world.run(createDeal, bad as never)).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });

  it.each([{ stages: "x" }, { pipeline: "" }, { require_contact: "yes" }])(
    "refuses the configuration %j",
    async (config) => {
      const world = actionWorld();
      await expect(world.run(createDeal, { name: "x" }, { config })).rejects.toMatchObject({
        code: expect.stringMatching(/^(configuration|input)_invalid$/),
      });
      expect(world.emulator.ledger.requests).toEqual([]);
    },
  );

  it("is closed by a missing scope, which it names", async () => {
    const world = actionWorld({ scopes: ["oauth", "crm.objects.contacts.read"] });
    await expect(world.run(createDeal, { name: "Renewal" })).rejects.toMatchObject({
      code: "gate_closed",
      gate: "scope:crm.objects.deals.write",
    });
    expect(world.effects()).toEqual([]);
  });

  it("F94 waits when HubSpot asks for fewer calls, and makes one deal", async () => {
    const world = actionWorld();
    world.emulator.faults.add({
      match: { kind: "create" },
      times: 2,
      effect: { type: "status", status: 429, retryAfter: 5 },
    });
    await expect(world.run(createDeal, { name: "Renewal" })).resolves.toMatchObject({ status: "succeeded" });
    expect(world.effects()).toHaveLength(1);
    expect(world.emulator.ledger.count({ kind: "create" })).toBe(3);
  });

  it("F94 ends as rate_limited when HubSpot never has room, and nothing is made", async () => {
    const world = actionWorld();
    world.emulator.faults.add({
      match: { kind: "create" },
      effect: { type: "status", status: 429, retryAfter: 600 },
    });
    await expect(world.run(createDeal, { name: "Renewal" })).rejects.toMatchObject({ code: "rate_limited" });
    expect(world.effects()).toEqual([]);
  });
});
