import { describe, expect, it } from "vitest";
import { actionWorld } from "../../test/action-world.ts";
import { logActivity } from "./index.ts";

describe("log_activity", () => {
  it("makes a task on the customer's contact, as the agent names it", async () => {
    const world = actionWorld();
    const [owner] = world.portal.portal.owners;
    const input = { title: "Call back", body: "About <SSO>", type: "CALL" as const, due_in_days: 3 };
    const outcome = await world.run(logActivity, input, {
      config: { priority: "HIGH", owner_id: owner!.id },
    });
    const [effect] = world.effects();
    expect(outcome).toMatchObject({ output: { task_id: effect!.id, contact_id: world.ada.id } });
    const task = world.record("tasks", effect!.id);
    expect(task.fields).toEqual({
      hs_timestamp: "2026-11-24T09:10:00.000Z",
      hs_task_subject: "Call back",
      hs_task_body: `About &lt;SSO&gt;<br><br>Ref. ${effect!.mark}`,
      hs_task_status: "NOT_STARTED",
      hs_task_type: "CALL",
      hs_task_priority: "HIGH",
      hubspot_owner_id: owner!.id,
    });
    expect(task.links).toEqual([{ type: "contacts", id: world.ada.id, types: [204] }]);
  });

  it("takes type, priority and due date from the configuration where the agent names none", async () => {
    const world = actionWorld();
    const config = { task_type: "EMAIL", priority: "LOW", due_in_days: 7 };
    await world.run(logActivity, { title: "Follow up" }, { config });
    expect(world.record("tasks", world.effects()[0]!.id).fields).toMatchObject({
      hs_timestamp: "2026-11-28T09:10:00.000Z",
      hs_task_type: "EMAIL",
      hs_task_priority: "LOW",
    });
  });

  it("needs no configuration: a to-do of medium priority for tomorrow", async () => {
    const world = actionWorld();
    await world.run(logActivity, { title: "Follow up" });
    const { fields } = world.record("tasks", world.effects()[0]!.id);
    expect(fields).toMatchObject({
      hs_timestamp: "2026-11-22T09:10:00.000Z",
      hs_task_type: "TODO",
      hs_task_priority: "MEDIUM",
    });
    expect(fields).not.toHaveProperty("hubspot_owner_id");
  });

  it("is due today for 0 days", async () => {
    const world = actionWorld();
    await world.run(logActivity, { title: "Now", due_in_days: 0 });
    expect(world.record("tasks", world.effects()[0]!.id).fields.hs_timestamp).toBe(
      "2026-11-21T09:10:00.000Z",
    );
  });

  it("F13 a second attempt asks for the same due date as the first, however late it is", async () => {
    const world = actionWorld();
    const at = new Date(Date.UTC(2026, 10, 21, 9, 5));
    await world.clock.advance(86_400_000);
    await world.attempt(logActivity, "some-key", { title: "Follow up" }, { at });
    expect(world.record("tasks", world.effects()[0]!.id).fields.hs_timestamp).toBe(
      "2026-11-22T09:05:00.000Z",
    );
  });

  it("tells that the configured owner is not there", async () => {
    const world = actionWorld();
    const run = world.run(logActivity, { title: "x" }, { config: { owner_id: "1" } });
    await expect(run).rejects.toMatchObject({ code: "input_invalid", path: "config.owner_id" });
  });

  it("writes nothing for an address that no contact has", async () => {
    const world = actionWorld();
    const run = world.run(logActivity, { title: "x" }, { subject: { email: "nobody@example.com" } });
    await expect(run).rejects.toMatchObject({ code: "not_found" });
    expect(world.effects()).toEqual([]);
  });

  it.each([
    [{ title: "" }],
    [{ title: "x".repeat(201) }],
    [{ title: "x", body: "x".repeat(5_001) }],
    [{ title: "x", type: "MEETING" }],
    [{ title: "x", due_in_days: -1 }],
    [{ title: "x", due_in_days: 366 }],
    [{ title: "x", due_in_days: 0.5 }],
    [{ title: "x", priority: "HIGH" }],
  ])("refuses the input %j", async (bad) => {
    const world = actionWorld();
    await expect(world.run(logActivity, bad as never)).rejects.toMatchObject({ code: "input_invalid" });
    expect(world.emulator.ledger.requests).toEqual([]);
  });
});
