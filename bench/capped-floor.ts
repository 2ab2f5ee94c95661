import type { Candidate, Measured } from "./measure.ts";

const CAPPED = "floor + JSON.parse + depth cap";
const LEVELS = 64;

/** The least code that refuses what T23 wants refused, beside P2's floor, which takes any depth. */
export const capped = (parsed: () => unknown): Candidate => ({
  name: CAPPED,
  run: () => {
    const value = parsed();
    if (isDeeper(value, LEVELS)) throw new Error("too deep");
    return value;
  },
});

/** Halo's speed against that: what is left of P2's distance once both do the same work. */
export function ofCapped(measured: readonly Measured[]): number {
  const of = (name: string) => measured.find((one) => one.name === name)?.ofFirst ?? Number.NaN;
  return of("Halo receive") / of(CAPPED);
}

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (levels === 0) return true;
  if (Array.isArray(value)) {
    for (const one of value) if (isDeeper(one, levels - 1)) return true;
    return false;
  }
  for (const key in value) {
    if (isDeeper((value as Readonly<Record<string, unknown>>)[key], levels - 1)) return true;
  }
  return false;
}
