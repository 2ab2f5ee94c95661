import { streamContract } from "@halo/core/testing";
import { hubspotEmulator } from "@halo/emulators/hubspot";
import { Mirror } from "./mirror.ts";

const kinds = { emails: "email", notes: "note", calls: "call", meetings: "meeting" } as const;

/** An account large enough for several pages of each kind, small enough to be read many times over. */
function underTest(id: string) {
  const emulator = hubspotEmulator({
    seed: 11,
    limits: "none",
    size: { companies: 120, contacts: 260, deals: 120, engagements: 700 },
  });
  const { http, scopes, refs } = new Mirror(emulator).scope();
  const snapshot = () => emulator.snapshot();
  return {
    http,
    refs,
    ...(scopes ? { scopes } : {}),
    ...(id === "engagements" ? { unknownKey: "note:999999999999999" } : {}),
    keys: () => {
      const { records, submissions } = snapshot();
      if (id !== "engagements") return [...records[id as "contacts" | "companies" | "deals"].keys()];
      return [
        ...Object.entries(kinds).flatMap(([kind, name]) =>
          [...records[kind as keyof typeof kinds].keys()].map((key) => `${name}:${key}`),
        ),
        ...[...submissions.keys()].map((key) => `form_submission:${key}`),
      ];
    },
    change: () => {
      const type = id === "engagements" ? "notes" : (id as "contacts" | "companies" | "deals");
      const property = {
        contacts: "jobtitle",
        companies: "city",
        deals: "description",
        notes: "hs_note_body",
      }[type];
      const keys = [...snapshot().records[type].keys()].slice(3, 9);
      for (const key of keys) emulator.portal.update(type, key, { [property]: "Changed" });
      return keys.map((key) => (id === "engagements" ? `note:${key}` : key));
    },
    close: () => emulator.close(),
  };
}

for (const stream of new Mirror(hubspotEmulator({ seed: 11 })).integration.streams) {
  streamContract(stream, () => underTest(stream.id));
}
