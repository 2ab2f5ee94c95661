/** What a person's browser does when they press "Connect": follows redirects, and keeps the host's cookie. */
export async function pressConnect(url: string): Promise<{ readonly status: number; readonly url: string }> {
  const cookies = new Map<string, string>();
  const host = new URL(url).host;
  let next = url;
  for (let hop = 0; hop < 10; hop++) {
    const headers: Record<string, string> = {};
    if (new URL(next).host === host && cookies.size > 0) {
      headers["cookie"] = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    }
    const response = await fetch(next, { redirect: "manual", headers });
    if (new URL(next).host === host) {
      for (const cookie of response.headers.getSetCookie()) {
        const [pair = ""] = cookie.split(";");
        const at = pair.indexOf("=");
        cookies.set(pair.slice(0, at), pair.slice(at + 1));
      }
    }
    const location = response.headers.get("location");
    if (response.status < 300 || response.status > 399 || !location) {
      if (response.status >= 400)
        throw new Error(`Connecting failed (${response.status}): ${await response.text()}`);
      return { status: response.status, url: next };
    }
    const target = new URL(location, next);
    // The last hop goes back to the host's own page, which this example does not have.
    if (target.host === host && !target.pathname.startsWith("/api/"))
      return { status: 200, url: target.href };
    next = target.href;
  }
  throw new Error("Connecting went round in circles.");
}
