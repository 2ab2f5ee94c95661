import type { HubSpotEmulator, ObjectType } from "@halo/emulators/hubspot";
import { ENGAGEMENT_TYPES } from "../src/streams/engagements/record.ts";
import { OBJECT_TYPES } from "../src/streams/object-type.ts";
import type { Mirror } from "./mirror.ts";

/** What the stream's rows must be: id to content, by the emulator's own account of itself. */
export function expectedContents(emulator: HubSpotEmulator, stream: string): Map<string, string> {
  const snapshot = emulator.snapshot();
  const expected = new Map<string, string>();
  const add = (type: keyof typeof OBJECT_TYPES, keyOf: (id: string) => string) => {
    for (const [id, record] of snapshot.records[type as ObjectType]) {
      const names = OBJECT_TYPES[type].properties.filter((name) => record.properties[name]);
      const properties = Object.fromEntries(names.map((name) => [name, record.properties[name]]));
      const associations = OBJECT_TYPES[type].associations.map((to) => [
        to,
        (record.associations[to] ?? []).map((end) => end.id),
      ]);
      expected.set(keyOf(id), JSON.stringify({ properties, associations }));
    }
  };
  if (stream !== "engagements") {
    add(stream as ObjectType as "contacts", (id) => id);
    return expected;
  }
  for (const [kind, type] of Object.entries(ENGAGEMENT_TYPES)) add(type, (id) => `${kind}:${id}`);
  for (const [id, { submittedAt, values, pageUrl, formId, formName }] of snapshot.submissions) {
    const said = values.map(({ name, value }) => ({ name, value }));
    const content = { submittedAt, values: said, pageUrl, formId, formName };
    expected.set(`form_submission:${id}`, JSON.stringify(content));
  }
  return expected;
}

export function storedContents(mirror: Mirror, stream: string): Map<string, string> {
  return new Map([...mirror.rows.get(stream)!].map(([key, row]) => [key, row.content]));
}

/** Ids that differ, so that a failure says which and not how long both maps are. */
export function differences(emulator: HubSpotEmulator, mirror: Mirror, stream: string): string[] {
  const expected = expectedContents(emulator, stream);
  const stored = storedContents(mirror, stream);
  const keys = new Set([...expected.keys(), ...stored.keys()]);
  return [...keys].filter((key) => expected.get(key) !== stored.get(key));
}
