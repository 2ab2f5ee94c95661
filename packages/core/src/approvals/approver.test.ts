import { describe, expect, it } from "vitest";
import type { ActionCall, Approval, Person } from "../index.ts";
import { refusedPerson, whyNoApprover, whyNobody } from "./approver.ts";
import { approvalPolicy } from "./policy.ts";

const policy = approvalPolicy();
const grace: Person = { id: "grace", kind: "human", roles: ["viewer", "approver"] };
const own = /^Whoever asked for it, or whom it is about, cannot /;

/** What whyNoApprover looks at, and nothing else. */
const approval = (subject: ActionCall["subject"], requestedBy?: string): Approval =>
  ({ call: { agentId: "support", subject }, proposal: { requestedBy } }) as Approval;

const about = { email: "ada@example.com", endUserId: "u1", ids: { acme: "cus_1", other: "7" } };

describe("T39 A6 who may approve", () => {
  it.each<[string, Person]>([
    ["who has one of the roles among others", grace],
    ["with an address of their own", { ...grace, email: "grace@example.com" }],
    ["whose id is an address of their own", { ...grace, id: "grace@example.com" }],
    ["whose id is that of the customer in other letters", { ...grace, id: "U1" }],
  ])("is a person %s", (_, person) => {
    expect(whyNoApprover(policy, approval(about, "staff@example.com"), person)).toBeUndefined();
    expect(whyNoApprover(policy, approval(undefined), person)).toBeUndefined();
    expect(whyNobody(policy, person)).toBeUndefined();
  });

  it.each<[string, Partial<Person>]>([
    ["who asked for it", { id: "staff@example.com" }],
    ["who asked for it, by an address in other letters", { id: "Staff@Example.com" }],
    ["who asked for it, by the address beside their id", { email: "<STAFF@example.com>" }],
    ["whom it is about, by their address", { email: "Ada@example.com" }],
    ["whom it is about, by an address as their id", { id: "ADA@example.com" }],
    ["whom it is about, by their id", { id: "u1" }],
    ["whom it is about, by an id at a vendor", { id: "cus_1" }],
    ["whom it is about, by an id at another vendor", { id: "7" }],
    ["who is called like the agent", { id: "support" }],
  ])("is nobody %s", (_, person) => {
    const why = whyNoApprover(policy, approval(about, "staff@example.com"), { ...grace, ...person });
    expect(why).toMatch(own);
  });

  it("is nobody who asked under an address in other letters than theirs", () => {
    const why = whyNoApprover(policy, approval(undefined, "Staff@Example.com"), {
      ...grace,
      email: "staff@example.com",
    });
    expect(why).toMatch(own);
  });

  it("is nobody whose broken address is the one that was given for who asked", () => {
    const asked = approval(undefined, "staff@");
    expect(whyNoApprover(policy, asked, { ...grace, email: "staff@" })).toMatch(own);
    expect(whyNoApprover(policy, asked, { ...grace, email: "other@" })).toBeUndefined();
  });

  it.each<[string, Partial<Person>, RegExp]>([
    ["no person", { kind: "service" }, /^Only a person can decide this\.$/],
    ["a person without a role", { roles: [] }, /^This needs a role that may approve\.$/],
    ["a person with other roles", { roles: ["viewer", "approvers"] }, /^This needs a role/],
  ])("is nobody who is %s", (_, person, words) => {
    expect(whyNobody(policy, { ...grace, ...person })).toMatch(words);
    expect(whyNoApprover(policy, approval(about), { ...grace, ...person })).toMatch(words);
  });

  it("hears why, as a closed gate", () => {
    const refusal = { code: "gate_closed", gate: "approver", message: "Not you." };
    expect(refusedPerson("Not you.")).toMatchObject(refusal);
  });
});
