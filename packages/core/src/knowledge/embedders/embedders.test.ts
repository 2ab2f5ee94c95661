import { embedMany } from "ai";
import { MockEmbeddingModelV4 } from "ai/test";
import * as vitest from "vitest";
import type { Embedder } from "../../ports/embedder.ts";
import { embedderContract } from "../../testing/embedder-contract.ts";
import { cutForModel } from "./embed-in-pieces.ts";
import {
  aiSdkEmbedder,
  checkedEmbedder,
  embedInPieces,
  hashingEmbedder,
  openAICompatibleEmbedder,
} from "./index.ts";

const { describe, expect, it } = vitest;
const kind = "document" as const;
const local = hashingEmbedder({ dimensions: 32 });
const key = "sk-canary-1234567890";
const customerText = "Jane's card was declined";

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  readonly body: { readonly input: string[]; readonly model: string; readonly dimensions?: number };
}

/** A server of OpenAI's shape that answers from the local embedder, or as `answer` says for the n-th call. */
function server(
  answer: (call: Call, n: number) => Response | Promise<Response> | undefined = () => undefined,
) {
  const calls: Call[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    const call: Call = { url, init, body: JSON.parse(init.body as string) };
    calls.push(call);
    return (await answer(call, calls.length)) ?? Response.json(await embeddings(call.body.input));
  }) as typeof globalThis.fetch;
  return { calls, fetch };
}

async function embeddings(input: readonly string[]) {
  const data = (await local.embed(input, { kind })).map((vector, index) => ({
    object: "embedding",
    index,
    embedding: [...vector],
  }));
  return { object: "list", data: data.reverse() };
}

/** Time that passes only by waiting. */
function fakeClock() {
  const waits: number[] = [];
  let now = 1_000_000;
  return {
    waits,
    now: () => now,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}

const remote = (fetch: typeof globalThis.fetch, options: object = {}): Embedder =>
  openAICompatibleEmbedder({
    baseUrl: "https://embed.test/v1/",
    apiKey: key,
    model: "m-1",
    dimensions: 32,
    fetch,
    clock: fakeClock(),
    ...options,
  });

const model = () =>
  new MockEmbeddingModelV4({
    maxEmbeddingsPerCall: 2,
    doEmbed: async ({ values, abortSignal }) => {
      abortSignal?.throwIfAborted();
      return { embeddings: (await local.embed(values, { kind })).map((v) => [...v]), warnings: [] };
    },
  });
const sdk = (of = model()): Embedder =>
  aiSdkEmbedder(of, {
    embedMany,
    space: "mock@32",
    dimensions: 32,
    maxInputCharacters: 1_000,
    maxRetries: 0,
  });

embedderContract("OpenAI-compatible", () => remote(server().fetch), { vitest });
embedderContract("AI SDK", () => sdk(), { vitest });
embedderContract("checked", () => checkedEmbedder(local), { vitest });

describe("the hashing embedder", () => {
  it("gives the same numbers everywhere", async () => {
    const [vector] = await hashingEmbedder({ dimensions: 16 }).embed(["The renewal of the contract"], {
      kind,
    });
    expect([...(vector ?? [])].map((x) => Number(x.toFixed(4)))).toMatchInlineSnapshot(`
      [
        0,
        0,
        0,
        0.9598,
        0,
        0,
        -0.2807,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ]
    `);
  });

  it("gives unit vectors, and the zero vector for a text without words", async () => {
    const [some, none] = await local.embed(["a renewal in March", "?!"], { kind });
    expect(Math.hypot(...(some ?? []))).toBeCloseTo(1, 5);
    expect(none?.every((x) => x === 0)).toBe(true);
  });

  it("says that it is no model", () => {
    expect(local.quality).toBe("lexical");
    expect(local.space).not.toBe(hashingEmbedder({ dimensions: 64 }).space);
  });

  it.each([0, 15, 4097, 20.5])("refuses %d dimensions", (dimensions) => {
    expect(() => hashingEmbedder({ dimensions })).toThrow(
      expect.objectContaining({ code: "configuration_invalid" }),
    );
  });
});

describe("the OpenAI-compatible embedder", () => {
  it("posts texts and model with the key to /embeddings, and follows no redirect", async () => {
    const { calls, fetch } = server();
    await remote(fetch).embed(["a", "b"], { kind });
    expect(calls[0]).toMatchObject({
      url: "https://embed.test/v1/embeddings",
      body: { model: "m-1", input: ["a", "b"] },
      init: { redirect: "error" },
    });
    expect(new Headers(calls[0]?.init.headers).get("authorization")).toBe(`Bearer ${key}`);
    expect(calls[0]?.body.dimensions).toBeUndefined();
    await remote(fetch, { requestDimensions: true }).embed(["a"], { kind });
    expect(calls[1]?.body.dimensions).toBe(32);
  });

  it("F77 refuses a changed dimension, a missing, doubled or non-numeric vector, and never retries it", async () => {
    for (const [reason, data] of [
      ["dimensions", [{ index: 0, embedding: Array(31).fill(1) }]],
      ["count", []],
      ["count", [{ index: 1, embedding: Array(32).fill(1) }]],
      ["not_finite", [{ index: 0, embedding: Array(32).fill(null) }]],
      ["dimensions", [{ index: 0 }]],
    ] as const) {
      const { calls, fetch } = server(() => Response.json({ data }));
      await expect(remote(fetch).embed(["a"], { kind })).rejects.toMatchObject({
        code: "vendor_response_invalid",
        reason,
      });
      expect(calls).toHaveLength(1);
    }
  });

  it("F26 refuses an answer that is no JSON, and one too large to be an answer", async () => {
    await expect(
      remote(server(() => new Response("<html>")).fetch).embed(["a"], { kind }),
    ).rejects.toMatchObject({ reason: "not_json" });
    await expect(
      remote(server(() => new Response("x".repeat(200_000))).fetch).embed(["a"], { kind }),
    ).rejects.toMatchObject({ reason: "too_large" });
  });

  it("F20 waits as long as a 429 asks, then succeeds", async () => {
    const clock = fakeClock();
    const { fetch } = server((_, n) =>
      n === 1 ? new Response("", { status: 429, headers: { "retry-after": "7" } }) : undefined,
    );
    await expect(remote(fetch, { clock }).embed(["a"], { kind })).resolves.toHaveLength(1);
    expect(clock.waits).toEqual([7_000]);
  });

  it("F22 gives up on a 429 that asks for too long, and on one that never ends", async () => {
    const long = server(() => new Response("", { status: 429, headers: { "retry-after": "3600" } }));
    await expect(remote(long.fetch).embed(["a"], { kind })).rejects.toMatchObject({
      code: "rate_limited",
      retryAt: 1_000_000 + 3_600_000,
    });
    expect(long.calls).toHaveLength(1);
    const endless = server(() => new Response("", { status: 429 }));
    await expect(remote(endless.fetch).embed(["a"], { kind })).rejects.toMatchObject({
      code: "rate_limited",
    });
    expect(endless.calls).toHaveLength(4);
  });

  it("F23 makes sporadic 5xx and lost connections invisible", async () => {
    const clock = fakeClock();
    const { calls, fetch } = server((_, n) => {
      if (n === 1) return new Response("", { status: 503 });
      if (n === 2) throw new TypeError("fetch failed");
      return undefined;
    });
    await expect(remote(fetch, { clock }).embed(["a"], { kind })).resolves.toHaveLength(1);
    expect([calls.length, clock.waits]).toEqual([3, [500, 1_000]]);
  });

  it.each([
    [400, "vendor_failed"],
    [404, "vendor_failed"],
    [401, "configuration_invalid"],
    [403, "configuration_invalid"],
  ])("does not repeat a %d", async (status, code) => {
    const { calls, fetch } = server(() => new Response("", { status }));
    await expect(remote(fetch).embed(["a"], { kind })).rejects.toMatchObject({ code });
    expect(calls).toHaveLength(1);
  });

  it("F25 ends a call that does not end", async () => {
    const { fetch } = server(
      ({ init }) =>
        new Promise((_, reject) => init.signal?.addEventListener("abort", () => reject(init.signal?.reason))),
    );
    await expect(remote(fetch, { timeoutMs: 20, retries: 0 }).embed(["a"], { kind })).rejects.toMatchObject({
      code: "vendor_timeout",
      retryable: true,
    });
  });

  it("is cancelled by its signal during a call and during a wait", async () => {
    const controller = new AbortController();
    const hanging = server(({ init }) => {
      queueMicrotask(() => controller.abort());
      return new Promise((_, reject) =>
        init.signal?.addEventListener("abort", () => reject(init.signal?.reason)),
      );
    });
    await expect(
      remote(hanging.fetch).embed(["a"], { kind, signal: controller.signal }),
    ).rejects.toMatchObject({ code: "cancelled" });
    const late = new AbortController();
    const failing = server(() => {
      late.abort();
      return new Response("", { status: 503 });
    });
    await expect(remote(failing.fetch).embed(["a"], { kind, signal: late.signal })).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(failing.calls).toHaveLength(1);
  });

  it("T17 names neither key, text nor answer in any error", async () => {
    const echo =
      (status: number) =>
      ({ body }: Call) =>
        new Response(`${key} ${body.input}`, { status });
    for (const answer of [
      echo(200),
      echo(400),
      echo(401),
      echo(429),
      echo(500),
      () => {
        throw new Error(`${key} ${customerText}`);
      },
    ]) {
      const error = await remote(server(answer).fetch)
        .embed([customerText], { kind })
        .catch((reason: unknown) => reason);
      const shown = `${error} ${JSON.stringify(error)} ${(error as Error).stack} ${String((error as Error).cause)}`;
      expect(error).toBeInstanceOf(Error);
      expect(shown).not.toContain(key);
      expect(shown).not.toContain(customerText);
    }
  });

  it.each(["http://embed.test/v1", "ftp://embed.test", "embed.test", "https://user:pass@embed.test"])(
    "T21 refuses the address %s",
    (baseUrl) => {
      expect(() => openAICompatibleEmbedder({ baseUrl, model: "m", dimensions: 32 })).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "baseUrl" }),
      );
    },
  );

  it("takes a model on this machine without https", () => {
    expect(
      openAICompatibleEmbedder({ baseUrl: "http://localhost:11434/v1", model: "m", dimensions: 32 }).space,
    ).toBe("m@32");
  });
});

describe("the AI SDK's embedder", () => {
  it("lets the SDK batch by the model's own limit, in order", async () => {
    const mock = model();
    const vectors = await sdk(mock).embed(["a1", "b2", "c3", "d4", "e5"], { kind });
    expect(mock.doEmbedCalls.map(({ values }) => values.length)).toEqual([2, 2, 1]);
    expect(vectors).toEqual(await local.embed(["a1", "b2", "c3", "d4", "e5"], { kind }));
  });

  it("T17 fails with a typed error that quotes nothing", async () => {
    const failing = new MockEmbeddingModelV4({
      doEmbed: async () => {
        throw Object.assign(new Error(`${key} ${customerText}`), { statusCode: 400 });
      },
    });
    const error = await sdk(failing)
      .embed([customerText], { kind })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "vendor_failed", status: 400, retryable: false });
    expect(`${error} ${(error as Error).stack}`).not.toMatch(new RegExp(`${key}|${customerText}`));
  });
});

describe("a checked embedder", () => {
  const answering = (vectors: unknown): Embedder =>
    checkedEmbedder({ ...local, embed: async () => vectors as Float32Array[] });

  it.each([
    ["count", []],
    ["count", "no array"],
    ["dimensions", [new Float32Array(31)]],
    ["dimensions", [Array(32).fill(0)]],
    ["not_finite", [new Float32Array(32).fill(Number.NaN)]],
    ["not_finite", [new Float32Array(32).fill(Number.POSITIVE_INFINITY)]],
  ])("F77 refuses an answer with wrong %s", async (reason, vectors) => {
    await expect(answering(vectors).embed(["a"], { kind })).rejects.toMatchObject({
      code: "vendor_response_invalid",
      reason,
      retryable: false,
    });
  });

  it("refuses a text beyond the limit, which a model would cut unseen", async () => {
    const short = checkedEmbedder({ ...local, maxInputCharacters: 40 });
    await expect(short.embed(["x".repeat(41)], { kind })).rejects.toMatchObject({ reason: "input_too_long" });
  });

  it.each([
    ["space", { space: "a b" }],
    ["dimensions", { dimensions: 0 }],
    ["maxInputCharacters", { maxInputCharacters: 3 }],
    ["batchSize", { batchSize: 0 }],
  ])("refuses an embedder with an impossible %s", (option, change) => {
    expect(() => checkedEmbedder({ ...local, ...change })).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: `embedder.${option}` }),
    );
  });
});

describe("embedding in pieces", () => {
  const emoji = Array.from({ length: 999 }, (_, i) => String.fromCodePoint(0x1f000 + i)).join("");

  it("embeds long texts in pieces within the limit and batches, and gives each text its own", async () => {
    const sizes: number[] = [];
    const small: Embedder = {
      ...local,
      maxInputCharacters: 100,
      batchSize: 3,
      embed: (texts, options) => {
        sizes.push(texts.length);
        for (const text of texts) expect(text.length).toBeLessThanOrEqual(100);
        return local.embed(texts, options);
      },
    };
    const long = "renewal of the contract ".repeat(20).trim();
    const vectors = await embedInPieces(checkedEmbedder(small), ["short", long, "other"], { kind });
    expect(vectors.map((own) => own.length)).toEqual([1, cutForModel(long, 100).length, 1]);
    expect(vectors[2]?.[0]).toEqual((await local.embed(["other"], { kind }))[0]);
    expect(Math.max(...sizes)).toBe(3);
  });

  it.each([
    Array.from({ length: 500 }, (_, i) => `word${i}`).join(" "),
    Array.from({ length: 900 }, (_, i) => i.toString(36).padStart(3, "0")).join(""),
    emoji,
    `a${emoji}`,
  ])("leaves out nothing and parts no character", (text) => {
    const pieces = cutForModel(text, 100);
    let at = 0;
    for (const piece of pieces) {
      expect(piece.length).toBeLessThanOrEqual(100);
      expect(piece.isWellFormed()).toBe(true);
      const found = text.indexOf(piece);
      expect(found).toBeLessThanOrEqual(at);
      at = found + piece.length;
    }
    expect(at).toBe(text.length);
  });
});
