import { describe, expect, it } from "vitest";
import { learningBench } from "../../test/learning-bench.ts";

const staff = { kind: "staff" } as const;

/** Sections of the length of a passage, of which only some name a word. */
const section = (name: string, word = "") =>
  `${name} begins here. ${`Nothing of interest is said in ${name}. `.repeat(40)}${word}`;

async function searched(notes: Readonly<Record<string, string>>) {
  const bench = await learningBench();
  await bench.put(notes);
  await bench.work();
  return bench;
}

describe("search", () => {
  it("tells once what stands word for word in several documents, and what stands in a better hit", async () => {
    const bench = await searched({});
    for (const [key, text] of Object.entries({
      x: "The renewal is due in May.",
      y: "The  renewal is due\nin May.",
      z: "Ann wrote to Ben: The renewal is due in May. Call her.",
    }))
      await bench.put({ [key]: text }, { title: "" });
    await bench.work();
    const ask = async (query: string) =>
      (await bench.knowledge.search({ orgId: bench.orgId, query, scope: staff })).map(({ text }) => text);
    expect(await ask("Ann Ben call renewal")).toEqual([
      "Ann wrote to Ben: The renewal is due in May. Call her.",
    ]);
    expect(await ask("renewal")).toHaveLength(2);
  });

  it("fills up with what else was found, up to the limit", async () => {
    const bench = await searched({});
    for (const [at, text] of [
      "Renewal in May.",
      "Renewal in May.",
      "Renewal in May.",
      "Renewal in June, by post.",
    ].entries())
      await bench.put({ [`k${at}`]: text }, { title: "" });
    await bench.work();
    const hits = await bench.knowledge.search({
      orgId: bench.orgId,
      query: "renewal",
      scope: staff,
      limit: 2,
    });
    expect(hits.map(({ text }) => text).sort()).toEqual(["Renewal in June, by post.", "Renewal in May."]);
  });

  it("brings what stands around a hit where it was asked for, of its own document only", async () => {
    const parts = ["one", "two", "three", "four", "five"].map((name) =>
      section(name, name === "three" ? "The password is marmalade." : ""),
    );
    const { knowledge, orgId } = await searched({ a: parts.join("\n\n"), b: section("other") });
    const ask = (around?: number) =>
      knowledge.search({ orgId, query: "marmalade", scope: staff, ...(around !== undefined && { around }) });
    const [plain] = await ask();
    expect(plain?.surroundings).toBeUndefined();
    const [hit] = await ask(1);
    expect(hit?.text).toBe(plain?.text);
    const { end, start, text } = hit?.surroundings ?? { text: "", start: 0, end: 0 };
    expect(text).toContain(hit?.text);
    for (const name of ["two", "three", "four"]) expect(text).toContain(`in ${name}.`);
    expect(text).not.toContain("in other.");
    expect(start).toBeLessThan(hit?.start ?? 0);
    expect(end).toBeGreaterThan(hit?.end ?? 0);
    const [wide] = await ask(5);
    expect(wide?.surroundings?.start).toBe(0);
    for (const name of ["one", "five"]) expect(wide?.surroundings?.text).toContain(`${name} begins here.`);
  });

  it.each([-1, 6, 0.5])("refuses to bring %j passages around a hit", async (around) => {
    const { knowledge, orgId } = await learningBench();
    await expect(knowledge.search({ orgId, query: "x", scope: staff, around })).rejects.toMatchObject({
      code: "input_invalid",
      path: "around",
    });
  });

  it("finds nothing for a question without words, and nobody's for an unknown org", async () => {
    const { knowledge, orgId } = await searched({ a: "The renewal is due." });
    expect(await knowledge.search({ orgId, query: "what is it?", scope: staff })).toEqual([]);
    expect(await knowledge.search({ orgId: "another", query: "renewal", scope: staff })).toEqual([]);
  });
});
