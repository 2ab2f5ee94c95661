import { http, type RequestHandler } from "msw";

export const SLACK_ORIGIN = "https://slack.com";

/** Every request to the vendor's hosts goes to the emulator. */
export function mswHandlers(emulator: { fetch(request: Request): Promise<Response> }): RequestHandler[] {
  return [SLACK_ORIGIN, "https://www.slack.com", "https://hooks.slack.com"].map((origin) =>
    http.all(`${origin}/*`, ({ request }) => emulator.fetch(request)),
  );
}
