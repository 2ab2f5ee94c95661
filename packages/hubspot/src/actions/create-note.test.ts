import { describe, expect, it } from "vitest";
import { ADA, actionWorld } from "../../test/action-world.ts";
import { createNote } from "./index.ts";

describe("create_note", () => {
  it("attaches a note to the customer's contact, as the text that was written", async () => {
    const world = actionWorld();
    const outcome = await world.run(createNote, { body: "Asked for <SSO>\n& SCIM" });
    const [effect] = world.effects();
    expect(outcome).toMatchObject({ output: { note_id: effect!.id, contact_id: world.ada.id } });
    const note = world.record("notes", effect!.id);
    expect(note.fields).toEqual({
      hs_timestamp: "2026-11-21T09:10:00.000Z",
      hs_note_body: `Asked for &lt;SSO&gt;<br>&amp; SCIM<br><br>Ref. ${effect!.mark}`,
    });
    expect(note.links).toEqual([{ type: "contacts", id: world.ada.id, types: [202] }]);
  });

  it("puts the configured prefix before every note, escaped too", async () => {
    const world = actionWorld();
    await world.run(createNote, { body: "Hi" }, { config: { body_prefix: "From <Halo>:" } });
    expect(world.record("notes", world.effects()[0]!.id).fields.hs_note_body).toMatch(
      /^From &lt;Halo&gt;:<br>Hi<br>/,
    );
  });

  it.each(["unknown", "archived"])("writes nothing if the contact is %s", async (state) => {
    const world = actionWorld();
    if (state === "archived") world.portal.archive("contacts", world.ada.id);
    const subject = { email: state === "archived" ? ADA : "nobody@example.com" };
    const run = world.run(createNote, { body: "Hi" }, { subject });
    await expect(run).rejects.toMatchObject({ code: "not_found", path: "context.customer" });
    expect(world.effects()).toEqual([]);
  });

  it.each([
    [undefined],
    [{}],
    [{ email: "" }],
    [{ email: "ada" }],
    [{ email: "../deals" }],
    [{ email: "a b@example.com" }],
    [{ email: `${"a".repeat(250)}@example.com` }],
  ])("asks HubSpot nothing without an address, such as for %j", async (subject) => {
    const world = actionWorld();
    const run = world.run(createNote, { body: "Hi" }, { subject: subject as never });
    await expect(run).rejects.toMatchObject({ code: "input_invalid", path: "context.customer" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });

  it.each([
    undefined,
    {},
    { email: "ada" },
    { email: "../deals" },
    { email: `${"a".repeat(250)}@example.com` },
  ])("asks HubSpot nothing about %j, whoever runs it", async (subject) => {
    const world = actionWorld();
    const attempt = world.attempt(createNote, "some-key", { body: "Hi" }, { subject });
    await expect(attempt).rejects.toMatchObject({ code: "input_invalid", path: "context.customer" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });

  it("T17 asks for the contact by an address with a slash without leaving the path, and shows it in no error", async () => {
    const world = actionWorld();
    const run = world.run(createNote, { body: "Hi" }, { subject: { email: "a/../b?c=d@example.com" } });
    const error = (await run.catch((caught: unknown) => caught)) as Error;
    expect(error).toMatchObject({ code: "not_found" });
    expect(world.emulator.ledger.requests.map(({ kind, objectType }) => [kind, objectType])).toEqual([
      ["get", "contacts"],
    ]);
    expect(error.message).not.toContain("example.com");
  });

  it.each([
    [{ body: "" }],
    [{ body: " \n" }],
    [{ body: "x".repeat(8_001) }],
    [{ text: "x" }],
    [{ body: "x", contact_id: "1" }],
  ])("refuses the input %j", async (bad) => {
    const world = actionWorld();
    await expect(world.run(createNote, bad as never)).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });

  it("is closed by a missing scope, which it names", async () => {
    const world = actionWorld({ scopes: ["oauth", "crm.objects.contacts.read"] });
    await expect(world.run(createNote, { body: "Hi" })).rejects.toMatchObject({
      code: "gate_closed",
      gate: "scope:crm.objects.contacts.write",
    });
  });
});
