import { manualClock, type ZoomEmulator, type ZoomEmulatorOptions, zoomEmulator } from "../src/index.ts";

// biome-ignore lint/suspicious/noExplicitAny: answers are read freely in tests
export type ZoomAnswer = { status: number; headers: Headers; body: any };

/** An emulator with a clock that stands still, a token of its owner, and a way to ask. */
export function setUpZoom(options: ZoomEmulatorOptions = {}) {
  const clock = manualClock();
  const emulator = zoomEmulator({ seed: 5, clock, limits: "none", ...options });
  const token = emulator.issueAccessToken();
  return { clock, emulator, token, ask: zoomAsker(emulator, token), account: emulator.account };
}

export function zoomAsker(emulator: ZoomEmulator, token: string) {
  return async (path: string, init: RequestInit & { json?: unknown } = {}): Promise<ZoomAnswer> => {
    const { json, ...rest } = init;
    const body = json === undefined ? rest.body : JSON.stringify(json);
    const request = new Request(new URL(path, "https://api.zoom.us"), {
      ...rest,
      ...(body !== undefined && { body }),
      headers: { authorization: `Bearer ${token}`, ...rest.headers },
    });
    const answer = await emulator.fetch(request);
    const text = await answer.text();
    const isJson = answer.headers.get("content-type")?.startsWith("application/json");
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  };
}

/** A UUID as it must stand in a path. */
export const inPath = (uuid: string): string => encodeURIComponent(encodeURIComponent(uuid));
