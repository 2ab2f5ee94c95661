import type { Child } from "./child.ts";

/** Lets a stopped worker go on, and resolves with what became of its late write; undefined when it says nothing in time. */
export async function thaw<Told extends { readonly told: string }>(
  worker: Child<Told>,
  ms = 15_000,
): Promise<Told | undefined> {
  const late = worker.next(({ told }) => told === "late", ms);
  // It says that it stops before it does: let go on too early, it would stop for good.
  const timer = setInterval(() => worker.signal("SIGCONT"), 100);
  worker.signal("SIGCONT");
  try {
    return await late;
  } finally {
    clearInterval(timer);
  }
}
