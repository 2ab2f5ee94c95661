import type { IntegrationDefinition } from "../define/integration.ts";
import type { Click, InteractivityDefinition, SeenPerson } from "../define/interactivity.ts";
import type { Engine } from "../engine/engine.ts";
import { isHaloError, VerificationError } from "../errors.ts";
import { modeIsOn } from "../gate/modes.ts";
import type { Approvals, Person } from "../halo/approvals-surface.ts";
import type { ReceivedWebhook } from "../halo/surface.ts";
import { withDeadline } from "../notify/with-deadline.ts";
import type { Connection } from "../ports/connection-store.ts";

/** Vendors wait three seconds for an answer; what takes longer goes on behind it. */
const answerMs = 2_000;
/** Of everything that follows from one click. */
const deadlineMs = 20_000;
const never = new AbortController().signal;

/** Somebody who clicked, for the host to say who that is. */
export interface ClickedBy extends SeenPerson {
  readonly orgId: string;
  readonly integration: string;
  /** The vendor's account, and the person's id there. */
  readonly account: string;
  readonly user: string;
  readonly email: string;
}

export interface Clicks {
  /** Resolves once it may be answered, and never later than in two seconds. Throws `webhook_unverified`. */
  receive(webhook: Omit<ReceivedWebhook, "routeKey">): Promise<void>;
  settled(): Promise<void>;
}

/** Buttons under a proposal in a vendor's own pages: verified, led back to a person of the host, then decided as anywhere. */
export function createClicks(engine: Engine, approvals: Pick<Approvals, "approve" | "reject">): Clicks {
  const running = new Set<Promise<void>>();
  return {
    async receive(webhook) {
      const integration = engine.integrations.get(webhook.integration);
      const interactivity = integration?.interactivity;
      if (!integration || !interactivity || interactivity.secrets.length === 0) {
        throw new VerificationError("no such integration");
      }
      const { body, headers, method, pathAndQuery } = webhook;
      const clicks = interactivity.receive({
        method,
        url: `${engine.publicUrl ?? ""}${pathAndQuery}`,
        headers,
        body,
        secret: interactivity.secrets,
        now: engine.clock.now(),
      });
      const work = Promise.all(
        clicks.map((click) => decideByClick(engine, approvals, integration, interactivity, click)),
      )
        .then(() => {})
        .finally(() => running.delete(work));
      running.add(work);
      const answered = new AbortController();
      await Promise.race([work, engine.clock.sleep(answerMs, answered.signal).catch(() => {})]);
      answered.abort();
    },
    async settled() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

/** Never rejects: what cannot be done is said to whoever clicked, and to nobody else. */
async function decideByClick(
  engine: Engine,
  approvals: Pick<Approvals, "approve" | "reject">,
  integration: IntegrationDefinition,
  { whisper, whois }: InteractivityDefinition,
  click: Click,
): Promise<void> {
  const { logger } = engine;
  try {
    const place = await placeOf(engine, integration, click);
    if (!place) {
      logger.warn("A click of an account without a connection was dropped", { integration: integration.id });
      return;
    }
    const { http } = engine.sessions.open(place.connection);
    await withDeadline(engine.clock, never, deadlineMs, async (signal) => {
      const asking = { http, click, signal };
      const why = await refusal(engine, approvals, integration, click, place, () => whois(asking));
      if (why === undefined) return;
      logger.warn("A click decided nothing", { call: click.approvalId, reason: why.reason });
      await whisper({ ...asking, text: why.text });
    });
  } catch (error) {
    logger.error("A click could not be worked on", {
      call: click.approvalId,
      error: isHaloError(error) ? error.code : error instanceof Error ? error.name : "unknown",
    });
  }
}

interface Place {
  readonly connection: Connection;
  /** False: the account is connected, and none of its orgs has the proposal. */
  readonly known: boolean;
}

/** Of the orgs that share the account, the one whose proposal it is. */
async function placeOf(
  { storage }: Engine,
  integration: IntegrationDefinition,
  { account, approvalId }: Click,
): Promise<Place | undefined> {
  let any: Place | undefined;
  for (const route of await storage.connections.route(integration.id, account)) {
    const connection = await storage.connections.get(route.orgId, route.connectionId);
    if (connection?.state !== "connected" || !modeIsOn(integration, connection, "notifications")) continue;
    if (await storage.approvals.get(route.orgId, approvalId)) return { connection, known: true };
    any ??= { connection, known: false };
  }
  return any;
}

interface Refusal {
  readonly reason: string;
  readonly text: string;
}

/** Decides, or says why not. */
async function refusal(
  engine: Engine,
  approvals: Pick<Approvals, "approve" | "reject">,
  integration: IntegrationDefinition,
  { account, approvalId, hash, kind, user }: Click,
  { connection, known }: Place,
  whois: () => Promise<SeenPerson | undefined>,
): Promise<Refusal | undefined> {
  const no = (reason: string, text: string) => ({ reason, text: `Nothing was decided. ${text}` });
  const elsewhere = "Decide it in the product's own queue.";
  if (!known) return no("unknown", "There is no such proposal any more.");
  const seen = await whois();
  if (!seen || seen.outside || seen.email === undefined) {
    return no(
      "outside",
      `${integration.name} shows no address of a member of this team for you. ${elsewhere}`,
    );
  }
  const { orgId } = connection;
  const about: ClickedBy = { ...seen, email: seen.email, orgId, integration: integration.id, account, user };
  let person: Person | undefined;
  try {
    const found = await engine.approvals.personOf?.(about);
    person = found ? { email: about.email, ...found, kind: "human" } : undefined;
  } catch (error) {
    engine.logger.error("approvals.personOf failed", {
      error: error instanceof Error ? error.name : "unknown",
    });
  }
  if (!person) return no("unmapped", `Your address leads to nobody who may decide here. ${elsewhere}`);
  try {
    await approvals[kind]({ orgId, approvalId, hash, actor: person });
    return undefined;
  } catch (error) {
    if (isHaloError(error, "gate_closed") || isHaloError(error, "approval_stale")) {
      return no(error.code, error.message);
    }
    engine.logger.error("A click's decision failed", {
      call: approvalId,
      error: isHaloError(error) ? error.code : "unknown",
    });
    return no("failed", `It did not work just now: click again, or decide it in the product's own queue.`);
  }
}
