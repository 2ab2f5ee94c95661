import type { Halo } from "@halo/core";

/** What a person sees: headings, lines, tables, and one live line that plain lines replace where there is no terminal. */
export interface Screen {
  heading(text: string): void;
  line(text: string): void;
  live(text: string): void;
  table(rows: readonly (readonly [string, string])[]): void;
}

const plainEveryMs = 5_000;

export function createScreen(out: NodeJS.WriteStream): Screen {
  let shown = false;
  let lastPlain = 0;
  const clear = () => {
    if (shown) out.write("\r\u001b[K");
    shown = false;
  };
  return {
    heading(text) {
      clear();
      out.write(`\n${out.isTTY ? `\u001b[1m${text}\u001b[0m` : text}\n`);
    },
    line(text) {
      clear();
      out.write(`  ${text}\n`);
    },
    live(text) {
      if (out.isTTY) {
        out.write(`\r\u001b[K  ${text.slice(0, Math.max(20, out.columns - 3))}`);
        shown = true;
      } else if (Date.now() - lastPlain >= plainEveryMs) {
        lastPlain = Date.now();
        out.write(`  ${text}\n`);
      }
    },
    table(rows) {
      clear();
      const width = Math.max(...rows.map(([name]) => name.length));
      for (const [name, value] of rows) out.write(`  ${name.padEnd(width)}  ${value}\n`);
    },
  };
}

/** Shows how a sync goes on: records, rate, waiting for the vendor's limit, time left. Returns how to stop. */
export function showProgress(halo: Halo, screen: Screen, orgId: string, expected: number): () => void {
  const began = Date.now();
  const counts = new Map<string, number>();
  let waitingUntil = 0;
  const progressed = halo.on("run.progressed", ({ run, read }) => {
    counts.set(run.stream, (counts.get(run.stream) ?? 0) + read);
  });
  const finished = halo.on("run.finished", ({ run }) => {
    screen.line(`✓ ${run.stream}: ${run.counters.written.toLocaleString("en")} records, ${run.status}`);
  });
  const waits = halo.on("vendor.waiting", ({ untilMs }) => {
    waitingUntil = Math.max(waitingUntil, untilMs);
  });
  const timer = setInterval(async () => {
    const read = [...counts.values()].reduce((sum, count) => sum + count, 0);
    const seconds = (Date.now() - began) / 1_000;
    const rate = read / Math.max(seconds, 1);
    const left = rate > 0 ? Math.max(0, (expected - read) / rate) : Number.NaN;
    const wait = waitingUntil > Date.now() ? " · waiting for HubSpot's limit" : "";
    const index = await halo.knowledge.counts(orgId).catch(() => undefined);
    const indexed = index ? ` · ${index.indexed.toLocaleString("en")} indexed` : "";
    const remaining = Number.isFinite(left) ? ` · about ${Math.ceil(left)} s left` : "";
    screen.live(`${read.toLocaleString("en")} records · ${Math.round(rate)}/s${indexed}${remaining}${wait}`);
  }, 250);
  return () => {
    clearInterval(timer);
    progressed();
    finished();
    waits();
  };
}
