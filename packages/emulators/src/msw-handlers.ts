import { http, type RequestHandler } from "msw";

/** Every request to these origins goes to the emulator. */
export function mswHandlers(
  origins: readonly string[],
  emulator: { fetch(request: Request): Promise<Response> },
): RequestHandler[] {
  return origins.map((origin) => http.all(`${origin}/*`, ({ request }) => emulator.fetch(request)));
}
