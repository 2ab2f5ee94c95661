import { expect, it } from "vitest";
import { customerSays, world } from "../test/tools.ts";
import { callTool } from "./call-tool.ts";
import { inputJsonSchema } from "./input-json-schema.ts";

function named(name: string) {
  const here = world();
  const tool = here.tools.find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  return { ...here, tool };
}
const input = { name: "x" };

it("answers with what a performed action returned", async () => {
  const { tool, performed } = named("acme_create_deal");
  const answer = await callTool(tool, input, { idempotencyKey: "call-1" });
  expect(answer).toMatchObject({ status: "succeeded", isError: false, data: { output: { id: "42" } } });
  expect(JSON.parse(answer.text)).toEqual({ status: "succeeded", output: { id: "42" } });
  expect(performed).toEqual([{ tool: "create_deal", input, idempotencyKey: "call-1" }]);
});

it.each([
  ["acme_create_note", "refused", "gate_closed", "not enabled"],
  ["acme_post_message", "outcome_unknown", "outcome_unknown", "not known"],
  ["acme_break", "failed", "internal", "can be tried again"],
])("tells the model of %s that it was %s", async (name, status, code, words) => {
  const { tool, performed } = named(name);
  const answer = await callTool(tool, input);
  expect(answer).toMatchObject({ status, isError: true, data: { code } });
  expect(answer.text).toContain(words);
  expect(performed).toEqual([]);
});

it("names the field that does not fit", async () => {
  const answer = await callTool(named("acme_create_deal").tool, { name: 7 });
  expect(answer).toMatchObject({ status: "refused", data: { code: "input_invalid" } });
  expect(answer.text).toContain("name");
});

it("T17 shows nothing of an error that is none of Halo's, but hands it to the host", async () => {
  const seen: unknown[] = [];
  const answer = await callTool(named("acme_break").tool, input, { onError: (error) => seen.push(error) });
  expect(JSON.stringify(answer)).not.toContain("hunter2");
  expect(seen).toHaveLength(1);
});

it("waits for the user when nobody was asked, and hands no confirmation to the model", async () => {
  const { tool, performed } = named("acme_update_contact");
  const answer = await callTool(tool, input);
  expect(answer.status).toBe("needs_confirmation");
  expect(answer.text).toContain("Sets jobtitle to CTO.");
  expect(JSON.stringify(answer)).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4/);
  expect(performed).toEqual([]);
});

it.each([
  [true, "succeeded", 1],
  [false, "needs_confirmation", 0],
])("goes by what the user says: %s", async (says, status, times) => {
  const { tool, performed } = named("acme_update_contact");
  const asked: string[] = [];
  const answer = await callTool(tool, input, {
    confirm: ({ preview }) => {
      asked.push(preview.summary);
      return says;
    },
  });
  expect([answer.status, performed.length, asked]).toEqual([status, times, ["Sets jobtitle to CTO."]]);
});

it("performs nothing when asking the user failed", async () => {
  const { tool, performed } = named("acme_update_contact");
  const answer = await callTool(tool, input, {
    confirm: () => {
      throw new Error("the page is gone");
    },
  });
  expect([answer.status, performed.length]).toEqual(["failed", 0]);
});

it("says of an action that waits for a person that it waits", async () => {
  const answer = await callTool(named("acme_refund").tool, input);
  expect(answer).toMatchObject({ status: "pending_approval", isError: false, data: { approvalId: "a1" } });
  expect(answer.text).toContain("waiting for approval");
});

it("hands over what a reading tool found as it labelled it", async () => {
  const answer = await callTool(named("search_knowledge").tool, { query: "refund" });
  expect(answer.text).toBe(`<untrusted source="hubspot:email:1">${customerSays}</untrusted>`);
});

it("rejects when the caller gave up", async () => {
  const stop = new AbortController();
  stop.abort(new Error("gone"));
  const { tool } = named("acme_break");
  await expect(callTool(tool, input, { signal: stop.signal })).rejects.toThrow("gone");
});

it("shows a model what a tool takes, and that nothing else is taken", () => {
  expect(inputJsonSchema(named("acme_create_deal").tool)).toEqual({
    type: "object",
    properties: {
      name: { type: "string", minLength: 1, description: "Its name" },
      size: {
        type: "integer",
        minimum: Number.MIN_SAFE_INTEGER,
        maximum: Number.MAX_SAFE_INTEGER,
      },
    },
    required: ["name"],
    additionalProperties: false,
  });
});

it("keeps refusals from the host's error reporting", async () => {
  const seen: unknown[] = [];
  await callTool(named("acme_create_note").tool, input, { onError: (error) => seen.push(error) });
  expect(seen).toEqual([]);
});
