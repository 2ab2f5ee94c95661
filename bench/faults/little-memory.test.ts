import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, inject, it } from "vitest";
import { freshDatabase } from "../../packages/storage-pg/test/support/open.ts";

const server = inject("postgres18");
/** 200,000 take a minute and more; `HALO_F80_ROWS=200000` asks for them. */
const rows = Number(process.env.HALO_F80_ROWS ?? 30_000);

describe.skipIf(server === undefined)("a process with 128 MB for its objects", () => {
  it(`F80 takes in ${rows} rows, and needs no more memory for them than for a tenth`, async () => {
    const url = await freshDatabase(server ?? "");
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [
        "--conditions=@halo/source",
        "--max-old-space-size=128",
        join(import.meta.dirname, "little-memory-process.ts"),
        url,
        String(rows),
      ],
      { timeout: 290_000 },
    );
    const said = JSON.parse(stdout) as { peakMiB: number; earlyMiB: number };
    expect(said).toMatchObject({ status: "succeeded", written: rows, live: rows });
    expect(said.peakMiB - said.earlyMiB).toBeLessThan(120);
    expect(said.peakMiB).toBeLessThan(400);
  }, 300_000);
});
