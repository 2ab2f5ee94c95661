import { describe, expect, it } from "vitest";
import type { IntegrationDefinition, Mode } from "../index.ts";
import { mayIngest, modeIsOn } from "./modes.ts";

const knowing = (has: boolean) =>
  ({ modes: { ingest: has, actions: has, notifications: has } }) as IntegrationDefinition;

describe("a connection's mode", () => {
  it.each<[Mode, boolean]>([
    ["ingest", true],
    ["actions", true],
    ["notifications", false],
  ])("%s is %s where nobody set it, and else what was set", (mode, unset) => {
    expect(modeIsOn(knowing(true), { modes: {} }, mode)).toBe(unset);
    expect(modeIsOn(knowing(true), { modes: { [mode]: true } }, mode)).toBe(true);
    expect(modeIsOn(knowing(true), { modes: { [mode]: false } }, mode)).toBe(false);
  });

  it.each<Mode>(["ingest", "actions", "notifications"])(
    "%s is off where the integration has none, whatever was set",
    (mode) => {
      expect(modeIsOn(knowing(false), { modes: { [mode]: true } }, mode)).toBe(false);
    },
  );

  it("lets data in only where it is on and the connection stands", () => {
    const may = (state: "connected" | "auth_error", ingest: boolean) =>
      mayIngest(knowing(true), { state, modes: { ingest } });
    expect(may("connected", true)).toBe(true);
    expect(may("connected", false)).toBe(false);
    expect(may("auth_error", true)).toBe(false);
  });
});
