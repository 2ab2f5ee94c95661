import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ConfigurationError } from "@halo/core";

/** What an embedded store's folder says of itself. */
interface Marker {
  readonly halo: "embedded-store";
  /** Of the folder's layout, not of the schema. */
  readonly format: number;
  /** The major version that wrote the files. */
  readonly postgres: number;
  /** False while the first start has not come through: what is there is thrown away and made anew. */
  readonly complete: boolean;
}

const markerFile = "halo.json";
const format = 1;
const postgres = 18;

/** Where PostgreSQL's own files are. */
export const dataFolder = (folder: string) => join(folder, "pg");

/**
 * Makes sure that a folder is a store of ours, or empty. Throws `store_unsuitable` for anything else, and for a store
 * that a newer version wrote. Call under the lock.
 */
export async function prepareFolder(folder: string): Promise<{ readonly fresh: boolean }> {
  const marker = await readMarker(folder);
  if (!marker) {
    const foreign = (await readdir(folder)).filter((name) => !name.startsWith("halo."));
    if (foreign.length > 0) {
      throw unsuitable(
        `${folder} is not empty and no store of Halo: choose an empty or new folder, or the one that holds your store.`,
      );
    }
    await writeMarker(folder, false);
    return { fresh: true };
  }
  if (marker.format > format || marker.postgres > postgres) {
    throw unsuitable(
      `${folder} was written by a newer version of Halo (format ${marker.format}, PostgreSQL ${marker.postgres}): upgrade @halo/storage-pg.`,
    );
  }
  if (marker.postgres < postgres) {
    throw unsuitable(
      `${folder} holds files of PostgreSQL ${marker.postgres}, and this version reads ${postgres}: export it with the version that wrote it.`,
    );
  }
  if (!marker.complete) await rm(dataFolder(folder), { recursive: true, force: true });
  return { fresh: !marker.complete };
}

/** Says that the first start came through. */
export async function completeFolder(folder: string): Promise<void> {
  await writeMarker(folder, true);
}

export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    if ((await stat(folder)).isDirectory()) return;
  } catch (error) {
    throw unsuitable(
      `${folder} cannot be made or read as a folder: choose another path, or mend its rights.`,
      error,
    );
  }
  throw unsuitable(`${folder} is no folder: choose another path.`);
}

async function readMarker(folder: string): Promise<Marker | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, markerFile), "utf8");
  } catch {
    return undefined;
  }
  const unreadable = () =>
    unsuitable(`${join(folder, markerFile)} is damaged: restore it from a backup of the folder.`);
  let marker: Partial<Marker>;
  try {
    marker = JSON.parse(text) as Partial<Marker>;
  } catch {
    throw unreadable();
  }
  if (
    marker.halo !== "embedded-store" ||
    typeof marker.format !== "number" ||
    typeof marker.postgres !== "number"
  ) {
    throw unreadable();
  }
  return {
    halo: marker.halo,
    format: marker.format,
    postgres: marker.postgres,
    complete: marker.complete === true,
  };
}

async function writeMarker(folder: string, complete: boolean): Promise<void> {
  const path = join(folder, markerFile);
  const marker: Marker = { halo: "embedded-store", format, postgres, complete };
  const file = await open(`${path}.new`, "w");
  try {
    await file.writeFile(`${JSON.stringify(marker)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

function unsuitable(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(message, { option: "storage", code: "store_unsuitable", cause });
}
