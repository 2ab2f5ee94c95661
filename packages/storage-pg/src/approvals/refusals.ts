import { ConflictError, ValidationError } from "@halo/core";

export function stale(current: string): ConflictError {
  return new ConflictError("The approval does not stand any more: read it again.", {
    code: "approval_stale",
    current,
  });
}

export function noApproval(): ValidationError {
  return new ValidationError("There is no such approval: list the org's approvals.", {
    code: "not_found",
    path: "approvalId",
    reason: "unknown",
  });
}
