import { http, type RequestHandler } from "msw";

export const API_ORIGIN = "https://api.hubapi.com";
export const APP_ORIGIN = "https://app.hubspot.com";

/** Every request to the vendor's two hosts goes to the emulator. */
export function mswHandlers(emulator: { fetch(request: Request): Promise<Response> }): RequestHandler[] {
  return [API_ORIGIN, "https://api.hubspot.com", APP_ORIGIN].map((origin) =>
    http.all(`${origin}/*`, ({ request }) => emulator.fetch(request)),
  );
}
