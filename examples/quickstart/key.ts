import { randomBytes } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";

/**
 * The key that seals credentials. A product takes it from its secret store; this example keeps one beside the folder,
 * so that a second start can read what the first one sealed.
 */
export async function loadKey(folder: string): Promise<string> {
  const file = `${folder.replace(/\/+$/, "")}.key`;
  try {
    return (await readFile(file, "utf8")).trim();
  } catch {
    const key = randomBytes(32).toString("base64");
    await writeFile(file, `${key}\n`, { mode: 0o600 });
    return key;
  }
}
