import type { AnyAction } from "../define/action.ts";
import type { IntegrationDefinition } from "../define/integration.ts";
import { ValidationError } from "../errors.ts";

/** The action that is meant, never a guess among several. Throws `not_found` and `input_invalid`. */
export function namedAction(
  integrations: ReadonlyMap<string, IntegrationDefinition>,
  { action: id, integration: named }: { readonly action: string; readonly integration?: string | undefined },
): { readonly integration: IntegrationDefinition; readonly action: AnyAction } {
  const found = [...integrations.values()].flatMap((integration) => {
    if (named !== undefined && named !== integration.id) return [];
    const action = integration.actions?.find((one) => one.id === id);
    return action ? [{ integration, action }] : [];
  });
  const [only, another] = found;
  if (!only) {
    throw new ValidationError("There is no such action: actions.list says which there are.", {
      code: "not_found",
      path: "action",
      reason: "unknown",
    });
  }
  if (another) {
    throw new ValidationError("Several integrations have an action of this name: say whose.", {
      path: "integration",
      reason: "needed",
    });
  }
  return only;
}
