import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { type Chunk, chunkInput, chunkText } from "./chunk-text.ts";

const sentence = (i: number): string => `Sentence number ${i} says something about the renewal.`;
const paragraph = (i: number, sentences = 4): string =>
  Array.from({ length: sentences }, (_, s) => sentence(i * 10 + s)).join(" ");
const paragraphs = Array.from({ length: 40 }, (_, i) => paragraph(i)).join("\n\n");
const turns = Array.from(
  { length: 120 },
  (_, i) => `${["Ann Lee", "Bob", "Professor E"][i % 3]}: ${paragraph(i, 1 + (i % 5))}`,
);
const transcript = turns.join("\n");

/** What holds for every text: exact offsets, order, size, whole characters, nothing but blanks lost. */
function expectSound(text: string, chunks: readonly Chunk[], size: number, overlap = 0): void {
  let end = 0;
  for (const [i, chunk] of chunks.entries()) {
    expect(chunk.index).toBe(i);
    expect(chunk.text).toBe(text.slice(chunk.start, chunk.end));
    expect(chunk.text.length).toBeGreaterThan(0);
    expect(chunk.text.length).toBeLessThanOrEqual(size);
    if (text.isWellFormed()) expect(chunk.text.isWellFormed()).toBe(true);
    if (chunk.start > end) expect(text.slice(end, chunk.start).trim()).toBe("");
    else expect(end - chunk.start).toBeLessThanOrEqual(overlap);
    expect(chunk.end).toBeGreaterThan(end);
    end = chunk.end;
  }
  expect(text.slice(end).trim()).toBe("");
}

it.each([
  ["paragraphs", paragraphs],
  ["a transcript", transcript],
  ["a wall of words", "wall ".repeat(5_000)],
  ["one word without end", "x".repeat(10_000)],
  ["emoji without blanks", "\u{1f600}".repeat(5_001)],
  ["an emoji at odd places", `a${"\u{1f600}".repeat(5_001)}`],
  ["Chinese", "续约对我们来说没问题。".repeat(900)],
  ["blank lines", `${"\n".repeat(3_000)}a${" \n".repeat(3_000)}b`],
  ["Windows line ends", paragraphs.replaceAll("\n", "\r\n")],
])("cuts %s at exact offsets and loses nothing but blanks", (_, text) => {
  for (const [size, overlap] of [
    [64, 0],
    [64, 31],
    [500, 0],
    [500, 100],
    [2_000, 0],
    [2_000, 999],
  ] as const)
    expectSound(text, chunkText(text, { size, overlap }), size, overlap);
});

it("is sound for random structure too", () => {
  const parts = [
    "\n",
    "\n\n",
    " ",
    ". ",
    "# T\n",
    "Ann: ",
    "Bob: hi\n",
    "- item\n",
    "word ",
    "\u{1f600}",
    "longerword",
    "。",
    "\t",
  ];
  let seed = 42;
  for (let run = 0; run < 400; run++) {
    let text = "";
    for (let i = 0; i < 300; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      text += parts[(seed >>> 8) % parts.length];
    }
    expectSound(text, chunkText(text, { size: 100, overlap: run % 2 === 0 ? 0 : 40 }), 100, 40);
  }
});

it("gives no chunks for nothing", () => {
  expect(chunkText("")).toEqual([]);
  expect(chunkText(" \n\t ")).toEqual([]);
});

it("gives a short text as it stands, without the blanks around it", () => {
  expect(chunkText("  a b \n")).toMatchObject([{ index: 0, start: 2, end: 5, text: "a b" }]);
});

it("keeps paragraphs whole where they fit", () => {
  const whole = new Set(paragraphs.split("\n\n"));
  for (const { text } of chunkText(paragraphs, { size: 1_000 }))
    for (const part of text.split("\n\n")) expect(whole).toContain(part);
});

it("keeps a paragraph whole that fits, even if the chunk before it stays short", () => {
  const text = `${sentence(1)}\n\n${paragraph(2, 9)}\n\n${paragraph(3, 2)}`;
  expect(chunkText(text, { size: 520 })[0]?.text).toBe(sentence(1));
});

it("never leaves a heading at the end of a chunk", () => {
  const text = Array.from({ length: 30 }, (_, i) => `# Part ${i}\n\n${paragraph(i)}`).join("\n\n");
  for (const { text: chunk } of chunkText(text, { size: 700 }))
    expect(chunk).not.toMatch(/(?:^|\n)# Part \d+$/);
});

it("cuts long paragraphs between sentences", () => {
  for (const { text } of chunkText(paragraph(1, 60), { size: 500 }))
    expect(text).toMatch(/^Sentence .*renewal\.$/);
});

it("keeps list items whole", () => {
  const list = Array.from({ length: 60 }, (_, i) => `- item ${i}, ${"and more ".repeat(i % 6)}`.trim()).join(
    "\n",
  );
  const items = new Set(list.split("\n"));
  for (const { text } of chunkText(list, { size: 400 }))
    for (const line of text.split("\n")) expect(items).toContain(line);
});

describe("of a transcript", () => {
  it("keeps turns whole where they fit, with their speakers", () => {
    const whole = new Set(turns);
    for (const { text, label } of chunkText(transcript, { size: 600 })) {
      expect(label).toBeUndefined();
      for (const line of text.split("\n")) expect(whole).toContain(line);
    }
  });

  it("labels the rest of a turn that fits into no chunk with its speaker, through all of its chunks", () => {
    const long = `Ann: hello\nBob: ${paragraph(1, 60)}\nAnn: bye\nBob: bye`;
    const chunks = chunkText(long, { size: 500 });
    expect(chunks.length).toBeGreaterThan(4);
    expect(chunks[0]?.label).toBeUndefined();
    for (const chunk of chunks.slice(1)) expect(chunk.label).toBe("Bob");
    expect(chunkInput({ text: "x", label: "Bob" })).toBe("Bob: x");
  });

  it("reads names with titles, initials and time stamps", () => {
    const long = paragraph(1, 30);
    for (const [line, speaker] of [
      ["[00:01:02] Dr. Ann O'Neil: ", "Dr. Ann O'Neil"],
      ["00:01:02 Ann: ", "Ann"],
      ["Ann Lee (12:30): ", "Ann Lee"],
      ["María-José: ", "María-José"],
    ] as const) {
      const text = `${line}${long}\n${line}yes\n${line}no\n${line}ok`;
      expect(chunkText(text, { size: 500 })[1]?.label).toBe(speaker);
    }
  });

  it("takes a colon in prose for no speaker", () => {
    const text = `Note: ${paragraph(1, 30)}\n\nNext steps: ${paragraph(2, 30)}`;
    for (const chunk of chunkText(text, { size: 500 })) expect(chunk.label).toBeUndefined();
  });
});

it("labels what stands under a heading of an earlier chunk", () => {
  const chunks = chunkText(`# Pricing\n\n${paragraph(1, 30)}`, { size: 500 });
  expect(chunks[0]?.label).toBeUndefined();
  expect(chunks[1]?.label).toBe("Pricing");
});

it("repeats up to the overlap, from a sentence's beginning", () => {
  const chunks = chunkText(paragraph(1, 60), { size: 500, overlap: 150 });
  for (const [i, chunk] of chunks.entries()) {
    const previous = chunks[i - 1];
    if (previous === undefined) continue;
    expect(previous.end - chunk.start).toBeGreaterThan(40);
    expect(chunk.text).toMatch(/^Sentence/);
  }
});

it("hashes what is indexed: SHA-256 of the text, label included", () => {
  const chunks = chunkText(`# Pricing\n\n${paragraph(1, 30)}`, { size: 500 });
  for (const chunk of chunks)
    expect(chunk.hash).toBe(createHash("sha256").update(chunkInput(chunk)).digest("hex"));
  expect(chunkText(transcript)).toEqual(chunkText(transcript));
});

it.each([
  ["size", { size: 63 }],
  ["size", { size: 100.5 }],
  ["size", { size: Number.NaN }],
  ["overlap", { size: 100, overlap: 50 }],
  ["overlap", { overlap: -1 }],
])("refuses a %s that cannot work", (option, options) => {
  expect(() => chunkText("a", options)).toThrow(
    expect.objectContaining({ code: "configuration_invalid", option }),
  );
});
