import { ValidationError } from "../errors.ts";

/**
 * The path within the host's own site that a user may be sent back to, or throws `input_invalid`. It is a path and
 * nothing else: browsers read `//host`, `/\host` and control characters as other sites (T13).
 */
export function checkReturnTo(returnTo: string | undefined, allowed: readonly string[]): string | undefined {
  if (returnTo === undefined) return undefined;
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(returnTo) || returnTo.includes("\\") || returnTo.length > 2_048) {
    throw refused("is not a path that begins with one slash");
  }
  const origin = "https://site.invalid";
  const url = URL.canParse(returnTo, origin) ? new URL(returnTo, origin) : undefined;
  // What the browser makes of it has to be what was checked: no dot segments, no other host. A decoded path may not
  // hide a second slash either, since proxies decode.
  if (url?.href !== origin + returnTo) throw refused("leaves the site, or is written in a second way");
  if (/%(?:2f|5c|0[0-9a-f]|1[0-9a-f]|2e)/i.test(url.pathname) || url.pathname.includes("//")) {
    throw refused("hides characters of its path");
  }
  const fits = allowed.some(
    (path) => path === "/" || url.pathname === path || url.pathname.startsWith(path.replace(/\/?$/, "/")),
  );
  if (!fits) throw refused(`is not below one of ${allowed.join(", ")}`);
  return returnTo;
}

function refused(reason: string): ValidationError {
  return new ValidationError(`\`returnTo\` ${reason}: give a path of your own site.`, {
    path: "returnTo",
    reason,
  });
}
