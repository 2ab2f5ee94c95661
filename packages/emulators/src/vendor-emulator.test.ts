import { describe, expect, it } from "vitest";
import { manualClock } from "./clock.ts";
import { Refusal } from "./refusal.ts";
import { jsonReply, type Reply } from "./reply.ts";
import { emulatorOf, groundOf, type VendorEmulator } from "./vendor-emulator.ts";

interface Acme extends VendorEmulator {
  consent: { approve: boolean };
  readonly webhooks: { close(): void };
  readonly behaviour: { slow: boolean };
  readonly limits: { perHour: number } | undefined;
  readonly visits: number;
}

/** An emulator of no vendor, and what ended with it. */
function acme(answer: () => Reply = () => jsonReply(200, {})) {
  const ended: string[] = [];
  const oauth = { consent: { approve: true } };
  const own = {
    get visits() {
      return emulator.ledger.count({});
    },
  };
  const emulator: Acme = emulatorOf<Acme>(
    groundOf({ clock: manualClock() }, 1),
    {
      vendor: {
        describe: () => {},
        answer,
        cursorOf: () => undefined,
        page: {} as never,
        answers: {} as never,
        drift: () => {},
      },
      origins: ["https://acme.test"],
      oauth,
      webhooks: { close: () => void ended.push("webhooks") },
      behaviour: { slow: false },
      limits: { values: { perHour: 9 } },
      control: async (asked) => Response.json({ same: asked === emulator }),
      closing: () => void ended.push("the rest"),
    },
    own,
  );
  return { emulator, ended, oauth };
}

const ask = (emulator: Acme) => emulator.fetch(new Request("https://acme.test/things"));

describe("an emulator", () => {
  it("answers, and keeps what is its vendor's own as it changes", async () => {
    const { emulator } = acme();
    expect(emulator.visits).toBe(0);
    expect((await ask(emulator)).status).toBe(200);
    expect(emulator.visits).toBe(1);
    expect(emulator.limits).toEqual({ perHour: 9 });
  });

  it("answers with a refusal that is thrown, and hides no bug of its own", async () => {
    const refusing = acme(() => {
      throw new Refusal(jsonReply(418, { error: "no" }));
    });
    expect((await ask(refusing.emulator)).status).toBe(418);
    const broken = acme(() => {
      throw new RangeError("a bug");
    });
    await expect(ask(broken.emulator)).rejects.toThrow("a bug");
  });

  it("hands the person's consent to the consent page, and tells the one that is in force", () => {
    const { emulator, oauth } = acme();
    emulator.consent = { approve: false };
    expect(oauth.consent).toEqual({ approve: false });
    oauth.consent = { approve: true };
    expect(emulator.consent).toEqual({ approve: true });
  });

  it("is controlled as itself, and ends its webhooks and all else when it is closed", async () => {
    const { emulator, ended } = acme();
    const told = await emulator.control(new Request("https://acme.test/_emulator/app"));
    expect(await told?.json()).toEqual({ same: true });
    emulator.close();
    expect(ended).toEqual(["webhooks", "the rest"]);
  });
});
