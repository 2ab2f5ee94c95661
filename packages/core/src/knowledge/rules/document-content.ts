import type { LearningDocument } from "../../ports/learning-store.ts";
import { documentText } from "../document-text.ts";

/** The text that rules are about and insights are of: the same that is, or would be, indexed. */
export async function contentOf(
  document: Pick<LearningDocument, "title" | "body" | "format" | "status">,
): Promise<string> {
  return document.status === "indexed" ? document.body : documentText(document);
}
