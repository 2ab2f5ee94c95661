import { hash } from "node:crypto";
import { promptVersion } from "../models/tasks.ts";

/** A shorter text is read faster than what would be distilled of it. */
const leastCharacters = 200;

/**
 * Whether a document is to be distilled, and the key that it is distilled once under: of its text, the model, our own
 * wording, and the org's instructions.
 */
export function distillable(
  model: { readonly model: string } | undefined,
  document: { readonly distil: boolean },
  text: string,
  wishes: string,
): { readonly textHash: string; readonly key: string | undefined } {
  const textHash = hash("sha256", text, "hex");
  if (!model || !document.distil || text.length < leastCharacters) return { textHash, key: undefined };
  return {
    textHash,
    key: hash("sha256", JSON.stringify([textHash, model.model, promptVersion, wishes]), "hex"),
  };
}
