import { describe, expect, it } from "vitest";
import { ADA, actionWorld } from "../../test/action-world.ts";
import { updateContact } from "./index.ts";

type World = ReturnType<typeof actionWorld>;

/** Asks, says yes for the user, and asks again. */
async function confirmed(world: World, property: string, value: string, more = {}) {
  const asked = await world.run(updateContact, { property, value }, more);
  if (asked.status !== "needs_confirmation") throw new Error(asked.status);
  const { confirmation } = asked;
  return await world.run(updateContact, { property, value }, { ...more, confirmation });
}

describe("update_contact", () => {
  it("first shows what would change, from and to, and changes nothing", async () => {
    const world = actionWorld();
    const asked = await world.run(updateContact, { property: "jobtitle", value: "CTO" });
    expect(asked).toMatchObject({
      status: "needs_confirmation",
      preview: {
        summary: "Sets jobtitle of ada@example.com to CTO.",
        changes: [{ field: "jobtitle", from: "Engineer", to: "CTO" }],
      },
    });
    expect(world.effects()).toEqual([]);
  });

  it("changes one property once the user confirmed it, and nothing else", async () => {
    const world = actionWorld();
    const before = { ...world.ada.fields };
    const outcome = await confirmed(world, "jobtitle", "CTO");
    expect(outcome).toMatchObject({
      status: "succeeded",
      output: { contact_id: world.ada.id, property: "jobtitle", value: "CTO", set: true },
    });
    expect(world.record("contacts", world.ada.id).fields).toEqual({ ...before, jobtitle: "CTO" });
  });

  it("takes no confirmation for another value", async () => {
    const world = actionWorld();
    const asked = await world.run(updateContact, { property: "jobtitle", value: "CTO" });
    const confirmation = asked.status === "needs_confirmation" ? asked.confirmation : "";
    const run = world.run(updateContact, { property: "jobtitle", value: "CEO" }, { confirmation });
    await expect(run).rejects.toMatchObject({ code: "approval_stale" });
    expect(world.effects()).toEqual([]);
  });

  it("shows an unset property without a from, and clears with an empty value", async () => {
    const world = actionWorld();
    const unset = await world.run(updateContact, { property: "phone", value: "+44 20 1" });
    expect(unset).toMatchObject({ preview: { changes: [{ field: "phone", to: "+44 20 1" }] } });
    const cleared = await confirmed(world, "jobtitle", "");
    expect(cleared).toMatchObject({ output: { value: "", set: true } });
    expect(world.record("contacts", world.ada.id).fields.jobtitle).toBe("");
    const asked = await world.run(updateContact, { property: "phone", value: "" });
    expect(asked).toMatchObject({ preview: { summary: "Clears phone of ada@example.com." } });
  });

  it.each(["lifecyclestage", "hs_lead_status", "jobtitle", "phone"])(
    "may change %s unless told otherwise",
    async (property) => {
      const world = actionWorld();
      const asked = await world.run(updateContact, { property, value: "customer" });
      expect(asked.status).toBe("needs_confirmation");
    },
  );

  it.each(["email", "hubspot_owner_id", "hs_object_id"])(
    "refuses %s, which is not in the allow-list, and asks HubSpot nothing",
    async (property) => {
      const world = actionWorld();
      const run = world.run(updateContact, { property, value: "x" });
      await expect(run).rejects.toMatchObject({ code: "gate_closed", gate: "permit" });
      await expect(run).rejects.toThrow(`${property} is not in allowed_properties`);
      expect(world.emulator.ledger.requests).toEqual([]);
    },
  );

  it("follows the configured allow-list, an empty one too", async () => {
    const world = actionWorld();
    const config = { allowed_properties: ["city"] };
    const allowed = await world.run(updateContact, { property: "city", value: "Turin" }, { config });
    expect(allowed.status).toBe("needs_confirmation");
    const [jobtitle, nothing] = [{ config }, { config: { allowed_properties: [] } }];
    for (const more of [jobtitle, nothing]) {
      const run = world.run(updateContact, { property: "jobtitle", value: "x" }, more);
      await expect(run).rejects.toMatchObject({ code: "gate_closed" });
    }
  });

  it.each([
    [{ property: "Job title", value: "x" }],
    [{ property: "../deals", value: "x" }],
    [{ property: "jobtitle", value: "x".repeat(1_001) }],
    [{ property: "jobtitle" }],
    [{ property: "jobtitle", value: "x", id: "1" }],
  ])("refuses the input %j", async (bad) => {
    const world = actionWorld();
    await expect(world.run(updateContact, bad as never)).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });

  it("moves the lifecycle stage forward; set back, it says that HubSpot kept the old one, and how to go on", async () => {
    const world = actionWorld();
    const forward = await confirmed(world, "lifecyclestage", "customer");
    expect(forward).toMatchObject({ output: { value: "customer", set: true } });
    const asked = await world.run(updateContact, { property: "lifecyclestage", value: "lead" });
    expect(asked).toMatchObject({ preview: { summary: expect.stringContaining("forward only") } });
    const back = await confirmed(world, "lifecyclestage", "lead");
    expect(back).toMatchObject({
      output: { value: "customer", set: false, note: expect.stringContaining("Clear it first") },
    });
    await confirmed(world, "lifecyclestage", "");
    expect(await confirmed(world, "lifecyclestage", "lead")).toMatchObject({
      output: { value: "lead", set: true },
    });
  });

  it("tells what HubSpot refused, without the value", async () => {
    const world = actionWorld();
    const run = confirmed(world, "lifecyclestage", "best friend of Jane");
    const error = (await run.catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "input_invalid", path: "value", reason: "INVALID_OPTION" });
    expect(error.message).not.toContain("Jane");
  });

  it("tells that a property is none of the account's", async () => {
    const world = actionWorld();
    const config = { allowed_properties: ["shoe_size"] };
    const run = confirmed(world, "shoe_size", "43", { config });
    await expect(run).rejects.toMatchObject({ code: "input_invalid", reason: "PROPERTY_DOESNT_EXIST" });
  });

  it.each(["unknown", "archived"])("changes nothing if the contact is %s", async (state) => {
    const world = actionWorld();
    if (state === "archived") world.portal.archive("contacts", world.ada.id);
    const subject = { email: state === "archived" ? ADA : "nobody@example.com" };
    const run = world.run(updateContact, { property: "jobtitle", value: "CTO" }, { subject });
    await expect(run).rejects.toMatchObject({ code: "not_found" });
  });

  it("changes the contact that one with this address was merged into", async () => {
    const world = actionWorld();
    const winner = world.portal.create("contacts", { email: "winner@example.com" });
    world.portal.merge("contacts", winner.id, world.ada.id);
    expect(await confirmed(world, "jobtitle", "CTO")).toMatchObject({ output: { contact_id: winner.id } });
  });

  it("F94 is sent again after a failure, since setting it twice is setting it once", async () => {
    const world = actionWorld();
    world.emulator.faults.add({
      match: { kind: "update" },
      times: 2,
      effect: { type: "status", status: 502, executed: true },
    });
    expect(await confirmed(world, "jobtitle", "CTO")).toMatchObject({ output: { value: "CTO", set: true } });
    expect(world.record("contacts", world.ada.id).fields.jobtitle).toBe("CTO");
  });

  it("F94 ends as outcome_unknown when HubSpot never answers", async () => {
    const world = actionWorld();
    world.emulator.faults.add({ match: { kind: "update" }, effect: { type: "status", status: 503 } });
    await expect(confirmed(world, "jobtitle", "CTO")).rejects.toMatchObject({ code: "outcome_unknown" });
  });

  it("is closed by a missing scope, which it names", async () => {
    const world = actionWorld({ scopes: ["oauth", "crm.objects.contacts.read"] });
    await expect(confirmed(world, "jobtitle", "CTO")).rejects.toMatchObject({
      code: "gate_closed",
      gate: "scope:crm.objects.contacts.write",
    });
  });
});
