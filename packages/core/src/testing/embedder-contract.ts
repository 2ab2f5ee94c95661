import type { Embedder } from "../ports/embedder.ts";

type Vitest = Pick<typeof import("vitest"), "describe" | "it" | "expect">;

export interface EmbedderContractOptions {
  /** Test functions of the host's own vitest, so that this module loads without it. */
  readonly vitest: Vitest;
}

/** Each promise of the `Embedder` port; throws where an embedder breaks it. */
export const embedderPromises: readonly (readonly [
  title: string,
  check: (embedder: Embedder) => Promise<void>,
])[] = [
  [
    "names its space, dimensions, limit and quality",
    async (embedder) => {
      hold(/^[\w.:@/+-]{1,120}$/.test(embedder.space), "space is 1 to 120 letters, digits or _.:@/+-");
      hold(Number.isInteger(embedder.dimensions) && embedder.dimensions > 0, "dimensions is a whole number");
      hold(embedder.maxInputCharacters >= 32, "maxInputCharacters is at least 32");
      hold(["semantic", "lexical"].includes(embedder.quality), "quality is semantic or lexical");
      hold(
        embedder.weight === undefined || (embedder.weight >= 0 && embedder.weight <= 1),
        "weight is between 0 and 1",
      );
    },
  ],
  [
    "answers with one finite vector of its dimensions for each text",
    async (embedder) => {
      for (const kind of ["document", "query"] as const) {
        const vectors = await embedder.embed(samples, { kind });
        hold(vectors.length === samples.length, "as many vectors as texts");
        for (const vector of vectors) {
          hold(vector instanceof Float32Array, "vectors are Float32Array");
          hold(vector.length === embedder.dimensions, "vectors have the space's dimensions");
          hold(vector.every(Number.isFinite), "all numbers are finite");
        }
      }
    },
  ],
  [
    "answers in the order of the texts, whatever else is in the batch",
    async (embedder) => {
      const together = await embedder.embed(samples, { kind: "document" });
      for (const [i, text] of samples.entries()) {
        const [alone] = await embedder.embed([text], { kind: "document" });
        hold(
          alone !== undefined && cosine(alone, together[i]) > 0.999,
          `text ${i} has the same vector alone and in a batch`,
        );
      }
    },
  ],
  [
    "gives the same text the same vector",
    async (embedder) => {
      const [a, b] = await embedder.embed([sample(0), sample(0)], { kind: "document" });
      hold(cosine(a, b) > 0.999, "equal texts are nearest to each other");
    },
  ],
  [
    "tells different texts apart",
    async (embedder) => {
      const [a, b] = await embedder.embed([sample(0), sample(1)], { kind: "document" });
      hold(cosine(a, b) < 0.999, "different texts have different vectors");
    },
  ],
  [
    "finds a text by a part of it, among others",
    async (embedder) => {
      const documents = await embedder.embed(samples, { kind: "document" });
      for (const [i, part] of parts.entries()) {
        const [query] = await embedder.embed([part], { kind: "query" });
        const nearest = documents.map((vector) => cosine(query, vector));
        hold(nearest.indexOf(Math.max(...nearest)) === i, `text ${i} is nearest to its own words`);
      }
    },
  ],
  [
    "answers nothing to nothing",
    async (embedder) => {
      hold((await embedder.embed([], { kind: "document" })).length === 0, "no texts, no vectors");
    },
  ],
  [
    "takes a text as long as its limit, and reads its end",
    async (embedder) => {
      const filler = "and so on and so forth ".repeat(Math.ceil(embedder.maxInputCharacters / 23));
      const ending = " submarine volcano";
      const full = filler.slice(0, Math.min(embedder.maxInputCharacters, 20_000) - ending.length);
      const [plain, ended] = await embedder.embed([full, full + ending], { kind: "document" });
      hold(cosine(plain, ended) < 0.9999999, "what stands at the end of the longest text changes the vector");
    },
  ],
  [
    "is stopped by its signal",
    async (embedder) => {
      const signal = AbortSignal.abort(new Error("stopped"));
      const outcome = await embedder.embed([sample(0)], { kind: "document", signal }).then(
        () => "answered",
        () => "rejected",
      );
      hold(outcome === "rejected", "an aborted signal rejects");
    },
  ],
];

/** Checks an embedder against the port's promises, each as a test: `embedderContract("mine", () => mine(), { vitest })`. */
export function embedderContract(
  name: string,
  open: () => Embedder | Promise<Embedder>,
  { vitest: { describe, it } }: EmbedderContractOptions,
): void {
  describe(`embedder ${name}`, () => {
    for (const [title, check] of embedderPromises) it(title, async () => check(await open()));
  });
}

const samples = [
  "The customer renews the contract in March for two more years.",
  "Our invoice of last month is still unpaid and the card was declined.",
  "Password reset mails never arrive because the domain blocks them.",
  "The warehouse ships spare parts to Norway every second Tuesday.",
];
const parts = [
  "renews the contract in March",
  "invoice unpaid, card declined",
  "password reset mails never arrive",
  "warehouse ships spare parts to Norway",
];

function sample(i: number): string {
  return samples[i] ?? "";
}

function hold(holds: boolean, promise: string): void {
  if (!holds) throw new Error(`Broken promise: ${promise}.`);
}

function cosine(a: Float32Array | undefined, b: Float32Array | undefined): number {
  if (a === undefined || b === undefined || a.length !== b.length) return Number.NaN;
  let dot = 0;
  let aa = 0;
  let bb = 0;
  for (const [i, x] of a.entries()) {
    const y = b[i] ?? 0;
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return aa === 0 || bb === 0 ? 0 : dot / Math.sqrt(aa * bb);
}
