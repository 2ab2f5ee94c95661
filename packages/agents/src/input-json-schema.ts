import type { HaloTool } from "@halo/core";
import * as z from "zod";

/** What a tool takes, as JSON Schema (2020-12) for an object: what a model is shown. */
export type InputJsonSchema = { readonly type: "object"; readonly [keyword: string]: unknown };

/** What a model is shown of a tool's input. What it sends is checked by the tool itself, strictly. */
export function inputJsonSchema(tool: Pick<HaloTool, "input">): InputJsonSchema {
  const { $schema: _, ...schema } = z.toJSONSchema(tool.input, { io: "input" });
  return { ...schema, type: "object" };
}
