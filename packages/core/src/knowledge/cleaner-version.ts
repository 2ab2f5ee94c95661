import { CHUNKER_VERSION } from "./chunk/chunk-text.ts";
import { CLEANER_VERSION } from "./clean/clean-text.ts";
import { ANALYZER_VERSION } from "./lexical/analyze.ts";

/** Changes whenever the same document would be cleaned, cut or looked up otherwise. */
export const cleanerVersion = `${CLEANER_VERSION}.${CHUNKER_VERSION}.${ANALYZER_VERSION}`;
