import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { contractSetup } from "@halo/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { pgStorage } from "../src/index.ts";
import { asLogin } from "./support/sql.ts";

let parent: string;
let holder: ChildProcess | undefined;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "halo-embedded-"));
});
afterEach(async () => {
  // A test that broke off leaves it opening, or writing, in the folder that goes now.
  await kill(holder);
  holder = undefined;
  await rm(parent, { recursive: true, force: true });
});

/** Another process that has the folder; resolves once it has. */
async function holdFolder(folder: string): Promise<ChildProcess> {
  const child = spawn(
    process.execPath,
    ["--conditions=@halo/source", join(import.meta.dirname, "support", "hold-folder.ts"), folder],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  holder = child;
  await new Promise<void>((resolve, reject) => {
    child.stdout.once("data", () => resolve());
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the holder ended early, with ${code}`)));
  });
  return child;
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

// A folder is made, opened and recovered, by processes that start: most of a minute where the processors are taken. Whoever
// needs the second try is named at the end of the run.
describe("an embedded store's folder", { retry: 1, timeout: 120_000 }, () => {
  it("T52 is refused when it holds something else, and left as it is", async () => {
    await writeFile(join(parent, "photo.jpg"), "x");
    await expect(pgStorage(parent).open(contractSetup)).rejects.toMatchObject({
      code: "store_unsuitable",
      option: "storage",
    });
    expect(await readFile(join(parent, "photo.jpg"), "utf8")).toBe("x");
  });

  it("T52 is refused when it is a file", async () => {
    const file = join(parent, "file");
    await writeFile(file, "x");
    await expect(pgStorage(file).open(contractSetup)).rejects.toMatchObject({ code: "store_unsuitable" });
  });

  it("T52 is refused when a newer version wrote it", async () => {
    await writeFile(
      join(parent, "halo.json"),
      JSON.stringify({ halo: "embedded-store", format: 2, postgres: 18, complete: true }),
    );
    await expect(pgStorage(parent).open(contractSetup)).rejects.toMatchObject({ code: "store_unsuitable" });
  });

  it("T52 is refused when a newer version migrated it", async () => {
    const folder = join(parent, "store");
    const first = pgStorage(folder);
    await first.open(contractSetup);
    await asLogin(first, "insert into halo.migrations (name, checksum) values ('9999_future', 'x')");
    await first.close();
    const second = pgStorage(folder);
    await expect(second.open(contractSetup)).rejects.toMatchObject({ code: "store_unsuitable" });
    await second.close();
  });

  it("is made anew when the first start broke off", async () => {
    const folder = join(parent, "store");
    await mkdir(join(folder, "pg"), { recursive: true });
    await writeFile(join(folder, "pg", "PG_VERSION"), "half");
    await writeFile(
      join(folder, "halo.json"),
      JSON.stringify({ halo: "embedded-store", format: 1, postgres: 18, complete: false }),
    );
    const storage = pgStorage(folder);
    await storage.open(contractSetup);
    await storage.close();
  });

  it("belongs to one process: a second is refused, and a killed one leaves it free and whole", async () => {
    const folder = join(parent, "store");
    const child = await holdFolder(folder);
    const second = pgStorage(folder);
    await expect(second.open(contractSetup)).rejects.toMatchObject({
      code: "store_locked",
      option: "storage",
    });
    await second.close();
    await kill(child);

    const third = pgStorage(folder);
    await third.open(contractSetup);
    expect(await third.leases.takeSlot("held", new Date(0))).toBe(false);
    await third.close();
  });
});
