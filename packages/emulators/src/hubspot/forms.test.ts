import { expect, it } from "vitest";
import { setUp } from "../../test/requests.ts";

it("submissions come newest first in pages of at most 50, and a new one on top moves no cursor", async () => {
  const { ask, emulator } = setUp({ size: { engagements: 20_000, contacts: 50, companies: 5, deals: 0 } });
  const form = emulator.portal.portal.forms.find((f) => f.submissions.length > 60);
  const path = `/form-integrations/v1/submissions/forms/${form?.id}`;
  expect((await ask("GET", `${path}?limit=51`)).status).toBe(400);
  const expected = form?.submissions.map((s) => s.conversionId) ?? [];
  const first = await ask("GET", `${path}?limit=50`);
  emulator.portal.submitForm(form?.id ?? "", { email: "x@example.com", message: "hello" });
  const second = await ask("GET", `${path}?limit=50&after=${first.body.paging.next.after}`);
  const read = [...first.body.results, ...second.body.results].map(
    (s: { conversionId: string }) => s.conversionId,
  );
  expect(read).toEqual(expected.slice(0, read.length));
});
