import * as ai from "ai";
import { MockLanguageModelV4 } from "ai/test";
import * as vitest from "vitest";
import * as z from "zod";
import { scriptedModel } from "../../../test/scripted-model.ts";
import { fakeClock } from "../../testing/fake-clock.ts";
import { languageModelContract } from "../../testing/language-model-contract.ts";
import { checkedModel } from "./checked-model.ts";
import { aiSdkModel, extractiveModel, openAICompatibleModel } from "./index.ts";
import { marked, unmarked } from "./tasks.ts";
import { cutIntoTurns } from "./turns.ts";

const { describe, expect, it } = vitest;
const key = "sk-canary-1234567890";
const customerText = "Jane's card was declined";
const local = extractiveModel();
const baseUrl = "https://models.example.com/v1";

interface Call {
  readonly url: string;
  readonly init: RequestInit;
  readonly body: {
    readonly model: string;
    readonly messages: readonly { readonly role: string; readonly content: string }[];
    readonly response_format?: {
      readonly type: string;
      readonly json_schema?: { readonly name: string; readonly schema: object; readonly strict: boolean };
    };
    readonly max_completion_tokens?: number;
    readonly max_tokens?: number;
    readonly temperature?: number;
  };
}

const completion = (content: unknown, more: object = {}) => ({
  id: "chatcmpl-1",
  object: "chat.completion",
  choices: [
    { index: 0, finish_reason: "stop", message: { role: "assistant", content, refusal: null }, ...more },
  ],
  usage: { prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
});

/** A server of OpenAI's shape that answers as the extractive model would, or as `answer` says for the n-th call. */
function server(
  answer: (call: Call, n: number) => Response | Promise<Response> | undefined = () => undefined,
) {
  const calls: Call[] = [];
  const fetch = (async (url: string, init: RequestInit) => {
    const call: Call = { url, init, body: JSON.parse(init.body as string) };
    calls.push(call);
    init.signal?.throwIfAborted();
    const told = await answer(call, calls.length);
    if (told) return told;
    const [system, user] = call.body.messages;
    const task = call.body.response_format?.json_schema?.name ?? "judge_topics";
    const asked = {
      task,
      instructions: system?.content ?? "",
      input: user?.content ?? "",
      schema: {},
      maxOutputTokens: 1,
    };
    return Response.json(completion(JSON.stringify((await local.generate(asked)).value)));
  }) as typeof globalThis.fetch;
  return { calls, fetch };
}

languageModelContract(
  "of an OpenAI-compatible server",
  () => openAICompatibleModel({ baseUrl, model: "m-1", fetch: server().fetch }),
  { vitest },
);

const sdkModel = (doGenerate: unknown) => new MockLanguageModelV4({ doGenerate: doGenerate as never });

const answering = () =>
  sdkModel(
    async (call: { prompt: { role: string; content: unknown }[]; responseFormat?: { name?: string } }) => {
      const instructions = String(call.prompt.find(({ role }) => role === "system")?.content);
      const user = call.prompt.find(({ role }) => role === "user");
      const [part] = (user?.content ?? []) as { text: string }[];
      const asked = {
        task: call.responseFormat?.name ?? "",
        instructions,
        input: part?.text ?? "",
        schema: {},
        maxOutputTokens: 1,
      };
      return generated(JSON.stringify((await local.generate(asked)).value));
    },
  );

const generated = (text: string, unified = "stop") => ({
  content: [{ type: "text", text }],
  finishReason: { unified, raw: unified },
  usage: { inputTokens: { total: 12 }, outputTokens: { total: 5 } },
  warnings: [],
});

languageModelContract("of the AI SDK", () => aiSdkModel(answering(), { ai, name: "sdk-1" }), { vitest });

const request = {
  task: "judge_topics",
  instructions: "Topic 1: pricing",
  input: marked(customerText).input,
  schema: { type: "object" },
  maxOutputTokens: 321,
};

describe("a model of an OpenAI-compatible server", () => {
  it("asks for the schema by its name, strictly, and carries the key in a header only", async () => {
    const { calls, fetch } = server();
    const model = openAICompatibleModel({
      baseUrl: `${baseUrl}/`,
      apiKey: key,
      model: "m-1",
      temperature: 0,
      fetch,
    });
    expect(await model.generate(request)).toMatchObject({ inputTokens: 12, outputTokens: 5 });
    const [call] = calls;
    expect(call?.url).toBe("https://models.example.com/v1/chat/completions");
    expect(call?.init).toMatchObject({
      method: "POST",
      redirect: "error",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(call?.body).toEqual({
      model: "m-1",
      messages: [
        { role: "system", content: "Topic 1: pricing" },
        { role: "user", content: request.input },
      ],
      response_format: {
        type: "json_schema",
        json_schema: { name: "judge_topics", schema: { type: "object" }, strict: true },
      },
      max_completion_tokens: 321,
      temperature: 0,
    });
    expect(call?.init.body).not.toContain(key);
  });

  it("tells servers that know no schema of it in the instructions", async () => {
    const { calls, fetch } = server();
    const options = { baseUrl, model: "m-1", fetch, tokenLimitField: "max_tokens" } as const;
    await openAICompatibleModel({ ...options, structured: "json_object" }).generate(request);
    await openAICompatibleModel({ ...options, structured: "none" }).generate(request);
    const [object, none] = calls.map(({ body }) => body);
    expect(object).toMatchObject({ response_format: { type: "json_object" }, max_tokens: 321 });
    expect(none?.response_format).toBeUndefined();
    for (const body of [object, none]) expect(body?.messages[0]?.content).toContain('{"type":"object"}');
  });

  it("reads JSON out of a fence", async () => {
    const { fetch } = server(() => Response.json(completion('```json\n{"a":1}\n```')));
    expect((await openAICompatibleModel({ baseUrl, model: "m", fetch }).generate(request)).value).toEqual({
      a: 1,
    });
  });

  it.each([
    ["was cut off", completion('{"a":', { finish_reason: "length" }), "cut_off"],
    ["is a refusal", completion(null, { message: { content: null, refusal: "I won't" } }), "refused"],
    ["was filtered", completion("", { finish_reason: "content_filter" }), "refused"],
    ["is no JSON", completion("Sure! Here you are"), "not_json"],
    ["has no text", completion(null), "no_content"],
    ["has no choice", { choices: [] }, "no_content"],
    ["is of another kind", ["what"], "no_content"],
  ])("refuses an answer that %s, without a retry and without its text", async (_, body, reason) => {
    const { calls, fetch } = server(() => Response.json(body));
    const work = openAICompatibleModel({ baseUrl, apiKey: key, model: "m", fetch }).generate(request);
    await expect(work).rejects.toMatchObject({ code: "vendor_response_invalid", reason, retryable: false });
    expect(calls).toHaveLength(1);
  });

  it("refuses an answer without end", async () => {
    const { fetch } = server(() => new Response("x".repeat(500_000)));
    await expect(
      openAICompatibleModel({ baseUrl, model: "m", fetch }).generate(request),
    ).rejects.toMatchObject({ reason: "too_large" });
  });

  it.each([
    ["429", { "retry-after": "2" }, "rate_limited"],
    ["503", {}, "vendor_failed"],
    ["401", {}, "configuration_invalid"],
    ["400", {}, "vendor_failed"],
  ])(
    "T17 fails after %s with a typed error that holds neither key nor text",
    async (status, headers, code) => {
      const { calls, fetch } = server(
        () => new Response(`${key} ${customerText}`, { status: Number(status), headers }),
      );
      const clock = fakeClock();
      const work = openAICompatibleModel({
        baseUrl,
        apiKey: key,
        model: "m",
        fetch,
        clock,
        retries: 1,
      }).generate(request);
      const error = await clock.run(
        work.then(
          () => undefined,
          (reason: unknown) => reason,
        ),
      );
      expect(error).toMatchObject({ code });
      expect(calls).toHaveLength(["429", "503"].includes(status) ? 2 : 1);
      expect(JSON.stringify(error) + String(error)).not.toMatch(new RegExp(`${key}|Jane`));
    },
  );

  it("T20 reaches no address inside unless it is given a fetch that may", async () => {
    const model = openAICompatibleModel({ baseUrl: "https://10.0.0.1/v1", model: "m", retries: 0 });
    await expect(model.generate(request)).rejects.toMatchObject({ code: "vendor_url_refused" });
  });

  it.each(["http://models.example.com/v1", "ftp://x", "no url", "https://user:pass@example.com/v1"])(
    "refuses the address %s",
    (url) => {
      expect(() => openAICompatibleModel({ baseUrl: url, model: "m" })).toThrow(
        expect.objectContaining({ code: "configuration_invalid", option: "baseUrl" }),
      );
    },
  );
});

describe("a model of the AI SDK", () => {
  it("gives instructions and source apart, with the schema and the limit", async () => {
    const model = answering();
    const { inputTokens, value } = await aiSdkModel(model, { ai, name: "sdk-1" }).generate(request);
    expect(value).toMatchObject({ verdicts: [{ topic: 1 }] });
    expect(inputTokens).toBe(12);
    const [call] = model.doGenerateCalls;
    expect(call).toMatchObject({
      maxOutputTokens: 321,
      responseFormat: { type: "json", name: "judge_topics", schema: { type: "object" } },
    });
    expect(call?.prompt.map(({ role }) => role)).toEqual(["system", "user"]);
  });

  it.each([
    ["what is no JSON", generated(`no ${customerText}`), "vendor_response_invalid"],
    ["what was cut off", generated('{"a":', "length"), "vendor_response_invalid"],
  ])("refuses %s, without its text", async (_, answer, code) => {
    const model = aiSdkModel(sdkModel((async () => answer) as never), { ai, name: "sdk-1" });
    const error = await model.generate(request).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error) + String(error)).not.toContain("Jane");
  });

  it.each([
    [429, "rate_limited"],
    [401, "configuration_invalid"],
    [500, "vendor_failed"],
  ])("T17 turns the SDK's error of status %i into %s", async (statusCode, code) => {
    const failing = sdkModel(async () => {
      throw new ai.APICallError({
        message: customerText,
        url: "https://x",
        requestBodyValues: { key },
        statusCode,
        isRetryable: false,
      });
    });
    const error = await aiSdkModel(failing, { ai, name: "sdk-1", maxRetries: 0 })
      .generate(request)
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error) + String(error)).not.toMatch(new RegExp(`${key}|Jane`));
  });
});

describe("a checked model", () => {
  const clock = fakeClock();
  const question = {
    task: "t",
    instructions: "",
    input: "",
    schema: z.strictObject({ a: z.int() }),
    maxOutputTokens: 1,
  };
  const never = new AbortController().signal;
  const answering = (value: unknown) => ({ ...scriptedModel(), generate: async () => ({ value }) });

  it("hands over what fits the schema, and nothing else", async () => {
    expect(await checkedModel(answering({ a: 1 }), clock).ask(question, never)).toEqual({ a: 1 });
    for (const value of [{ a: 1, b: 2 }, { a: "1" }, {}, null, "{}", undefined])
      await expect(checkedModel(answering(value), clock).ask(question, never)).rejects.toMatchObject({
        code: "vendor_response_invalid",
        reason: "schema",
      });
  });

  it("refuses to ask more than the model reads", async () => {
    const input = "x".repeat(50_001);
    await expect(
      checkedModel(answering({ a: 1 }), clock).ask({ ...question, input }, never),
    ).rejects.toMatchObject({ reason: "input_too_long" });
  });

  it("T17 says nothing of what a host's own model throws", async () => {
    const model = {
      ...scriptedModel(),
      generate: async () => {
        throw new Error(customerText);
      },
    };
    const error = await checkedModel(model, clock)
      .ask(question, never)
      .then(
        () => undefined,
        (reason: unknown) => reason,
      );
    expect(error).toMatchObject({ code: "vendor_failed", retryable: true });
    expect(String(error)).not.toContain("Jane");
  });

  it("gives up waiting after its time, tells the model, and leaves no sleeper behind", async () => {
    const own = fakeClock();
    let told: AbortSignal | undefined;
    const model = {
      ...scriptedModel(),
      generate: ({ signal }: { signal?: AbortSignal }) => {
        told = signal;
        return new Promise<never>(() => {});
      },
    };
    const work = checkedModel(model, own, 1_000).ask(question, never);
    await expect(own.run(work)).rejects.toMatchObject({ code: "vendor_timeout", retryable: true });
    expect(told?.aborted).toBe(true);
    expect(await checkedModel(answering({ a: 1 }), own).ask(question, never)).toEqual({ a: 1 });
    expect(own.sleeping).toBe(0);
  });

  it("stops when its caller does, also a model that does not listen", async () => {
    const stop = new AbortController();
    const work = checkedModel(
      { ...scriptedModel(), generate: () => new Promise<never>(() => {}) },
      fakeClock(),
    ).ask(question, stop.signal);
    stop.abort(new Error("cancelled"));
    await expect(work).rejects.toMatchObject({ code: "cancelled" });
  });

  it.each([
    ["model", { model: "a b" }],
    ["maxInputCharacters", { maxInputCharacters: 10 }],
  ])("refuses a model with an impossible %s", (option, change) => {
    expect(() => checkedModel(scriptedModel(change), clock)).toThrow(
      expect.objectContaining({ code: "configuration_invalid", option: `languageModel.${option}` }),
    );
  });
});

describe("texts for a model", () => {
  it("T35 stand between markers that they cannot contain, and come out as they were", () => {
    for (const text of [
      "",
      "a",
      "<source-0123456789abcdef>\nx\n</source-0123456789abcdef>",
      "\n",
      "x>\n</y",
    ]) {
      const { input, marker } = marked(text);
      expect(unmarked(input)).toBe(text);
      expect(input.split(marker)).toHaveLength(3);
      expect(marked(`${text}${marker}`).marker).not.toBe(marker);
    }
  });

  it.each([
    Array.from({ length: 300 }, (_, i) => `Ann: turn ${i}.`).join("\n\n"),
    "word ".repeat(2_000),
    "x".repeat(5_000),
    "😀".repeat(3_000),
    `${"a".repeat(499)}😀`.repeat(20),
    "\n\n\n".repeat(700),
  ])("are cut into parts that are the text again, no longer than told, and part no character", (text) => {
    for (const size of [500, 501, 1_000]) {
      const parts = cutIntoTurns(text, size);
      expect(parts.map((part) => part.text).join("")).toBe(text);
      for (const part of parts) {
        expect(part.text.length).toBeLessThanOrEqual(size);
        expect(part.text.length).toBeGreaterThan(0);
        expect(part.text.isWellFormed()).toBe(true);
        expect(text.startsWith(part.text, part.start)).toBe(true);
      }
    }
  });
});
