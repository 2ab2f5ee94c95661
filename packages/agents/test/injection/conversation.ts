import type { ActionTool, HaloTool } from "@halo/core";
import type { Payload } from "./payload.ts";

/** What a tool answered, as the model was told it. */
export interface Answer {
  readonly tool: string;
  readonly id: string;
  readonly text: string;
}

/** One conversation, seen from the side of the model: what it was shown, and what it was not. */
export interface Conversation {
  /** Everything but its own words, for each time that it was asked. */
  readonly shown: readonly string[];
  /** Names, descriptions and schemas of its tools, and its system message. */
  readonly instructions: string;
  readonly answers: readonly Answer[];
  /** Of each call of an id, in their order. */
  readonly inputs: ReadonlyMap<string, readonly string[]>;
  readonly obeyed: ReadonlySet<Payload>;
  /** What went to the host's `onError`, and what the framework threw. */
  readonly errors: readonly string[];
}

/** Writes down every confirmation that is given to the host, which the model must never see. */
export function withWitness(tools: readonly HaloTool[], confirmations: string[]): readonly HaloTool[] {
  return tools.map((tool): HaloTool => {
    if (tool.kind === "read") return tool;
    const invoke: ActionTool["invoke"] = async (input, call) => {
      const outcome = await tool.invoke(input, call);
      if (outcome.status === "needs_confirmation") confirmations.push(outcome.confirmation);
      return outcome;
    };
    return { ...tool, invoke };
  });
}

export const errorText = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message} ${errorText(error.cause ?? "")}` : String(error);
