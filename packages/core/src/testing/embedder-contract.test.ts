import * as vitest from "vitest";
import { hashingEmbedder } from "../knowledge/embedders/hashing-embedder.ts";
import type { Embedder } from "../ports/embedder.ts";
import { embedderContract, embedderPromises } from "./embedder-contract.ts";

const { expect, it } = vitest;

embedderContract("hashing", () => hashingEmbedder(), { vitest });
embedderContract("hashing, 64 dimensions", () => hashingEmbedder({ dimensions: 64 }), { vitest });

const right = hashingEmbedder();
type Embed = Embedder["embed"];
const random: Embed = async (texts) =>
  texts.map((text) => {
    let seed = [...text].reduce((sum, c) => Math.imul(sum, 31) + c.charCodeAt(0), 7);
    return Float32Array.from({ length: 384 }, () => {
      seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
      return seed / 2 ** 31;
    });
  });

/** Each broken in one respect, and the promise that must notice. */
const broken: readonly (readonly [title: string, promise: RegExp, change: Partial<Embedder>])[] = [
  ["whose space is nameless", /names its space/, { space: "" }],
  ["without a limit", /names its space/, { maxInputCharacters: Number.NaN }],
  ["of unknown quality", /names its space/, { quality: "good" as "semantic" }],
  ["with vectors of other dimensions", /finite vector/, { dimensions: 128 }],
  [
    "with numbers that are none",
    /finite vector/,
    { embed: async (texts) => texts.map(() => new Float32Array(384).fill(Number.NaN)) },
  ],
  [
    "with plain arrays",
    /finite vector/,
    { embed: (async (texts: readonly string[]) => texts.map(() => Array(384).fill(1))) as unknown as Embed },
  ],
  [
    "that drops a vector",
    /finite vector/,
    { embed: async (texts, options) => (await right.embed(texts, options)).slice(0, 3) },
  ],
  [
    "that answers in another order",
    /order of the texts/,
    { embed: async (texts, options) => (await right.embed(texts, options)).reverse() },
  ],
  [
    "that answers differently each time",
    /same vector/,
    {
      embed: async (texts) => texts.map(() => Float32Array.from({ length: 384 }, () => Math.random() - 0.5)),
    },
  ],
  [
    "that gives all texts one vector",
    /apart/,
    { embed: async (texts) => texts.map(() => new Float32Array(384).fill(1)) },
  ],
  ["whose vectors have nothing to do with the texts", /part of it/, { embed: random }],
  [
    "that answers something to nothing",
    /nothing to nothing/,
    {
      embed: async (texts, options) =>
        texts.length === 0 ? [new Float32Array(384)] : right.embed(texts, options),
    },
  ],
  [
    "that cuts texts unseen",
    /longest|limit/,
    {
      embed: (texts, options) =>
        right.embed(
          texts.map((text) => text.slice(0, 500)),
          options,
        ),
    },
  ],
  [
    "that does not listen to its signal",
    /signal/,
    { embed: (texts, { kind }) => right.embed(texts, { kind }) },
  ],
];

it.each(broken)("notices an embedder %s", async (_, promise, change) => {
  const failed: string[] = [];
  for (const [title, check] of embedderPromises)
    await check({ ...right, ...change }).catch(() => failed.push(title));
  expect(failed.join("; ")).toMatch(promise);
});
