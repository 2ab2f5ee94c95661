import { beforeAll, describe, expect, it } from "vitest";
import { agentId, deskWorld, orgId } from "../../test/acme-actions.ts";

beforeAll(async () => {
  // Loaded late by the client; a clock that stands still must not run ahead meanwhile.
  await Promise.all([import("ky"), import("p-retry"), import("@opentelemetry/api")]);
});

describe("invoke", () => {
  it("performs an action, answers with its output, and writes down who did what", async () => {
    const { desk, halo, invoke, told } = await deskWorld();
    const outcome = await invoke("create_ticket", { title: "Help" });
    expect(outcome).toMatchObject({ status: "succeeded", output: { id: "e1" }, repeated: false });
    expect(desk.ledger).toMatchObject([
      { body: { title: "Help", email: "ada@example.com", marker: outcome.callId } },
    ]);
    expect(await halo.actions.calls.get(orgId, outcome.callId)).toMatchObject({
      state: "succeeded",
      agentId,
      attempts: 1,
      input: { title: "Help" },
      subject: { email: "ada@example.com" },
    });
    expect(await halo.actions.calls.audit(orgId, outcome.callId)).toMatchObject([
      { seq: 1, to: "executing", actor: { kind: "agent", id: agentId } },
      { seq: 2, from: "executing", to: "succeeded" },
    ]);
    expect(told).toMatchObject([{ name: "succeeded", callId: outcome.callId, action: "create_ticket" }]);
  });
});
