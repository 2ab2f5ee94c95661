import type { Reply } from "../reply.ts";
import { type RollingWindow, rollingWindow } from "../rolling-window.ts";
import { errorReply } from "./errors.ts";

/** Of each credential (vendors/fathom.md, Rate limits). */
export interface FathomLimitValues {
  readonly requests: number;
  /** guess: transcripts, summaries, and lists that hold them. */
  readonly heavy: number;
  readonly windowMs: number;
}

export const FATHOM_LIMITS: FathomLimitValues = { requests: 60, heavy: 30, windowMs: 60_000 };

export interface Admission {
  readonly refused: Reply | undefined;
  /** What is told of the limit that is nearest. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface FathomLimits {
  /** Undefined: every request passes. */
  readonly values: FathomLimitValues | undefined;
  admit(credential: string, heavy: boolean, now: number): Admission;
}

export function createLimits(settings: Partial<FathomLimitValues> | "none"): FathomLimits {
  if (settings === "none") return { values: undefined, admit: () => ({ refused: undefined, headers: {} }) };
  const values = { ...FATHOM_LIMITS, ...settings };
  const all = rollingWindow(values.requests, values.windowMs);
  const heavyOnes = rollingWindow(values.heavy, values.windowMs);
  const headersOf = (window: RollingWindow, key: string, now: number) => {
    const left = window.remaining(key, now);
    // guess: whole seconds until a place is free, or of the whole window while there are some.
    const resetMs = left > 0 ? values.windowMs : window.freeAt(key, now) - now;
    return {
      "ratelimit-limit": String(window.max),
      "ratelimit-remaining": String(left),
      "ratelimit-reset": String(Math.max(1, Math.ceil(resetMs / 1_000))),
    };
  };
  return {
    values,
    admit(credential, heavy, now) {
      const windows = heavy ? [all, heavyOnes] : [all];
      const full = windows.find((window) => window.remaining(credential, now) === 0);
      if (full) {
        const refused = errorReply(429, "Rate limit exceeded. Please try again later.");
        return { refused, headers: headersOf(full, credential, now) };
      }
      for (const window of windows) window.take(credential, now);
      return { refused: undefined, headers: headersOf(heavy ? heavyOnes : all, credential, now) };
    },
  };
}
