import { argumentsHash, canonicalArguments, hexDigest } from "../actions/canonical.ts";
import type { VendorAccount } from "../define/auth.ts";
import { isHaloError } from "../errors.ts";
import type { ActionCall } from "../ports/action-store.ts";
import type { Approval, Proposal } from "../ports/approval-store.ts";

/** The account that a call is bound to: its id, and whether it is the vendor's test or live side where it says so (T09). */
export function accountText({ details, id }: VendorAccount): string {
  const livemode = details?.["livemode"];
  return livemode === undefined ? id : `${id} ${livemode === "true" ? "live" : "test"}`;
}

/** What a decision names: the exact arguments (A2), and all that is shown beside them or compared later. */
export function proposalHash(
  proposal: Omit<Proposal, "hash" | "expiresAt">,
  { agentId, argumentsHash: exact, conversationId }: ActionCall,
): string {
  const { account, customer, id, money, needed, orgId, preview, requestedBy, sources, state } = proposal;
  const { text } = canonicalArguments({
    about: [orgId, id, exact, account, agentId],
    conversationId,
    customer,
    money: money && { ...money },
    needed,
    preview: { ...preview, changes: preview.changes?.map((change) => ({ ...change })) },
    requestedBy,
    sources,
    state,
  });
  return hexDigest(`halo.approval.1\n${text}`);
}

/** Whether what is stored is what was proposed (F92): a row that somebody edited has another hash. */
export function isUntouched({ call, proposal }: Approval): boolean {
  try {
    const exact = argumentsHash(
      {
        orgId: call.orgId,
        connectionId: call.connectionId ?? "",
        account: proposal.account,
        integration: call.integration,
        action: call.action,
        version: call.version,
        subject: call.subject,
      },
      canonicalArguments(call.input),
    );
    return exact === call.argumentsHash && proposalHash(proposal, call) === proposal.hash;
  } catch (error) {
    if (isHaloError(error, "input_invalid")) return false;
    throw error;
  }
}
