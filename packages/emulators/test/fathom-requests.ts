import {
  type FathomEmulator,
  type FathomEmulatorOptions,
  fathomEmulator,
  manualClock,
} from "../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
export type FathomAnswer = { status: number; headers: Headers; body: any };

/** An emulator with a clock that stands still, its owner's key, and a way to ask. */
export function setUpFathom(options: FathomEmulatorOptions = {}) {
  const clock = manualClock();
  const emulator = fathomEmulator({ seed: 5, clock, limits: "none", ...options });
  const key = emulator.issueKey();
  const ask = fathomAsker(emulator, { "x-api-key": key });
  return { clock, emulator, key, ask, all: allMeetings(ask), account: emulator.account };
}

export type FathomAsk = ReturnType<typeof fathomAsker>;

export function fathomAsker(emulator: FathomEmulator, credential: Readonly<Record<string, string>>) {
  return async (path: string, init: RequestInit & { json?: unknown } = {}): Promise<FathomAnswer> => {
    const { json, ...rest } = init;
    const body = json === undefined ? rest.body : JSON.stringify(json);
    const request = new Request(`https://api.fathom.ai/external/v1${path}`, {
      ...rest,
      ...(body !== undefined && { body }),
      headers: { ...credential, ...rest.headers },
    });
    const answer = await emulator.fetch(request);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** Every meeting of every page. */
export const allMeetings =
  (ask: FathomAsk) =>
  async (query = ""): Promise<FathomAnswer["body"][]> => {
    const items: FathomAnswer["body"][] = [];
    for (let cursor = ""; ; ) {
      const { body, status } = await ask(`/meetings?${query}${cursor && `&cursor=${cursor}`}`);
      if (status !== 200) throw new Error(`status ${status}`);
      items.push(...body.items);
      if (body.next_cursor === null) return items;
      cursor = body.next_cursor;
    }
  };
