import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface MigrationFile {
  /** "0001_control" */
  readonly name: string;
  readonly text: string;
  readonly checksum: string;
}

let files: readonly MigrationFile[] | undefined;

/** This version's migrations, in order. */
export function migrationFiles(): readonly MigrationFile[] {
  files ??= readdirSync(folder())
    .filter((file) => /^\d{4}_[a-z0-9_]+\.sql$/.test(file))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder(), file), "utf8");
      return {
        name: file.slice(0, -".sql".length),
        text,
        checksum: createHash("sha256").update(text).digest("hex").slice(0, 16),
      };
    });
  return files;
}

/** `migrations/` of the package: two levels up in the source tree, one in the bundle. */
function folder(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)), level = 0; level < 4; level++, at = dirname(at)) {
    const candidate = join(at, "migrations");
    if (existsSync(join(candidate, "0001_control.sql"))) return candidate;
  }
  throw new Error(
    "The migrations folder is missing from the installed package: install @halo/storage-pg again",
  );
}
