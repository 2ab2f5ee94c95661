import * as z from "zod";
import { ValidationError } from "../errors.ts";

/** An id of the host's or the vendor's: text that can stand in a log. */
export const anId = z
  .string()
  .min(1)
  .max(200)
  .regex(/^\P{Cc}+$/u, "holds control characters");

/** Who decides. */
export const aPerson = z.strictObject({
  id: anId,
  kind: z.enum(["human", "service"]),
  roles: z.array(z.string().max(200)).max(200),
  email: z.string().max(320).optional(),
});

/** What a host gave, checked. Throws `input_invalid` with path and reason. */
export function checkedRequest<T>(schema: z.ZodType<T>, request: unknown): T {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ValidationError("The request does not fit: see `path` and `reason`.", {
    path: issue?.path.join(".") ?? "",
    reason: issue?.message ?? "invalid",
  });
}
