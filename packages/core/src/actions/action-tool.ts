import type { AnyAction } from "../define/action.ts";
import type { ActionTool } from "./tool.ts";

const maxName = 64;

/** An action as a tool, called like its integration and itself. */
export function actionTool(integration: string, action: AnyAction, invoke: ActionTool["invoke"]): ActionTool {
  const name = `${integration}_${action.id}`.replaceAll(/\W/g, "_").slice(0, maxName);
  return {
    kind: "action",
    name,
    integration,
    action: action.id,
    title: action.name,
    description: action.description,
    input: action.input,
    destructive: action.destructive ?? true,
    asks: action.approval === "human" ? "human" : action.consent === "user" ? "user" : "nobody",
    invoke,
  };
}
