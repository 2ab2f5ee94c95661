import type { ActionPreview, AnyAction } from "../define/action.ts";

/** What the user is shown. An action without a preview of its own shows its arguments. */
export async function previewOf(
  action: AnyAction,
  context: Parameters<NonNullable<AnyAction["preview"]>>[0],
): Promise<ActionPreview> {
  if (action.preview) return await action.preview(context);
  const given = typeof context.input === "object" && context.input !== null ? context.input : {};
  return {
    summary: `${action.name}${context.subject?.email ? ` for ${context.subject.email}` : ""}`,
    changes: Object.entries(given).map(([field, value]) => ({
      field,
      to: typeof value === "string" ? value : JSON.stringify(value),
    })),
  };
}
