import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type HubSpotEmulator, hubspotEmulator } from "@halo/emulators";
import { type Served, serve } from "@halo/emulators/serve";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const main = fileURLToPath(new URL("main.ts", import.meta.url));
const email = "ada@example.com";
const scopes = ["crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.deals.write"];

let emulator: HubSpotEmulator;
let served: Served;
let contactId: string;

beforeEach(async () => {
  emulator = hubspotEmulator({
    size: { companies: 1, contacts: 1, deals: 1, engagements: 1 },
    searchLagMs: 0,
  });
  served = await serve(emulator);
  contactId = emulator.portal.create("contacts", { email, jobtitle: "Engineer" }).id;
});
afterEach(async () => {
  emulator.close();
  await served.close();
});

/** Runs the program as a person does. */
async function run(token: string, ...args: string[]) {
  const child = spawn(process.execPath, ["--conditions=@halo/source", main, ...args], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, HUBSPOT_TOKEN: token, HUBSPOT_ORIGIN: served.url },
  });
  child.stdin.end("n\n");
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

const effects = () =>
  emulator.ledger.requests.flatMap(({ effect, objectType }) =>
    effect ? [`${effect.operation} ${objectType}`] : [],
  );

describe("HubSpot's actions in an agent framework of one's own", () => {
  it("open a deal for the host's customer, refuse what is not allowed, and change what the user agreed to", async () => {
    const { code, output } = await run(emulator.issueKey({ scopes }), email, "--yes");
    expect(code, output).toBe(0);
    expect(effects()).toEqual(["create deals", "update contacts"]);
    const [deal] = emulator.ledger.requests.flatMap(({ effect }) => effect ?? []);
    expect(emulator.portal.find("deals", deal?.id ?? "")?.links.map(({ id }) => id)).toEqual([contactId]);
    expect(emulator.portal.find("contacts", contactId)?.fields["jobtitle"]).toBe("Head of Aviation");
    expect(output).toContain("Refused: ");
    expect(output).toContain("salary is not in allowed_properties");
  });

  it("change nothing that the user did not agree to", async () => {
    const { code, output } = await run(emulator.issueKey({ scopes }), email);
    expect(code, output).toBe(0);
    expect(output).toContain(`Sets jobtitle of ${email} to Head of Aviation.`);
    expect(output).toContain("waits until the user confirms it");
    expect(effects()).toEqual(["create deals"]);
  });

  it("T17 tell the model what is wrong with a token, and never the token", async () => {
    const { code, output } = await run("pat-na1-nobodys", email, "--yes");
    expect(code, output).toBe(0);
    expect(output).toMatch(/Failed: .+/);
    expect(output).not.toContain("nobodys");
    expect(effects()).toEqual([]);
  });

  it("need a customer and a token", async () => {
    await expect(run("", email)).resolves.toMatchObject({ code: 2 });
    await expect(run("t")).resolves.toMatchObject({ code: 2 });
  });
});
