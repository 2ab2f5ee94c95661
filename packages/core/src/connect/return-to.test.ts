import { describe, expect, it } from "vitest";
import { checkReturnTo } from "./return-to.ts";

describe("where a user is sent back to", () => {
  it.each(["/", "/settings", "/settings/integrations?tab=crm&x=%20y", "/a-b_c.d/~e?next=/f#done"])(
    "%s is a path of the site",
    (path) => expect(checkReturnTo(path, ["/"])).toBe(path),
  );

  it.each([
    "",
    "settings",
    "https://evil.test",
    "http:evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "\t//evil.test",
    " //evil.test",
    "/%09/evil.test",
    "/%2f/evil.test",
    "/%2fevil.test",
    "/%5cevil.test",
    "/a/..//evil.test",
    "/./",
    "/../x",
    "/a/%2e%2e/x",
    "/a//b",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "/ü",
    "/a b",
    "/a\u0000b",
    "/a\u202eb",
    "?next=x",
    "#x",
    "mailto:a@b.c",
    "/x\\..\\y",
    "/%0d%0aset-cookie:a",
    `/${"a".repeat(3000)}`,
  ])("T13 %j is refused", (path) => {
    expect(() => checkReturnTo(path, ["/"])).toThrow(
      expect.objectContaining({ code: "input_invalid", path: "returnTo" }),
    );
  });

  it("T13 only what is below an allowed path is taken", () => {
    const allowed = ["/app", "/admin/"];
    for (const path of ["/app", "/app/x", "/app?y", "/admin/z"])
      expect(checkReturnTo(path, allowed)).toBe(path);
    for (const path of ["/", "/application", "/admins", "/other/app"]) {
      expect(() => checkReturnTo(path, allowed)).toThrow(expect.objectContaining({ code: "input_invalid" }));
    }
  });
});
