import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPinnedFetch } from "./pinned-fetch.ts";
import { isPublicAddress } from "./public-address.ts";

const refused = expect.objectContaining({ code: "vendor_url_refused" });

let server: Server;
let port = 0;
const seen: { method: string | undefined; host: string | undefined; body: string }[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    seen.push({ method: request.method, host: request.headers.host, body });
    if (request.url === "/away") response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    else if (request.url === "/empty") response.writeHead(204).end();
    else response.writeHead(200, { "x-a": "1" }).end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe("which addresses are public", () => {
  it.each([
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::1",
  ])("%s is", (address) => expect(isPublicAddress(address)).toBe(true));
  it.each([
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "fc00::1",
    "fd12::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
    "2001::1",
    "2002:7f00:1::",
    "3fff::1",
    "",
    "localhost",
    "1.2.3",
    "0x7f.1",
    "2130706433",
  ])("T20 %s is not", (address) => expect(isPublicAddress(address)).toBe(false));
});

describe("a pinned fetch", () => {
  const inside = [{ address: "127.0.0.1", family: 4 }];

  it.each([
    "http://example.test/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://10.0.0.1/",
    "https://0x7f000001/",
    "https://2130706433/",
    "https://0177.0.0.1/",
    "https://[::ffff:10.0.0.1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://user:pw@example.test/",
    "ftp://example.test/",
    "file:///etc/passwd",
  ])("T20 refuses %s without a call", async (url) => {
    const fetch = createPinnedFetch({ resolve: async () => [{ address: "93.184.216.34", family: 4 }] });
    // A URL with a user name is refused by Request itself.
    await expect(fetch(url)).rejects.toThrow();
    if (!url.includes("@")) await expect(fetch(url)).rejects.toThrow(refused);
  });

  it("T20 refuses a name as soon as one of its addresses is inside", async () => {
    const fetch = createPinnedFetch({
      resolve: async () => [{ address: "93.184.216.34", family: 4 }, ...inside],
    });
    await expect(fetch("https://rebind.test/")).rejects.toThrow(refused);
    await expect(createPinnedFetch({ resolve: async () => [] })("https://x.test/")).rejects.toThrow(refused);
  });

  it("T20 refuses a public name that leads to loopback, also where loopback is allowed", async () => {
    const fetch = createPinnedFetch({ unsafeLoopback: true, resolve: async () => inside });
    await expect(fetch(`http://evil.test:${port}/`)).rejects.toThrow(refused);
    await expect(fetch(`https://evil.test:${port}/`)).rejects.toThrow(refused);
  });

  it("asks for a name's addresses once, and connects to the one that was checked", async () => {
    let asked = 0;
    const fetch = createPinnedFetch({
      unsafeLoopback: true,
      resolve: async () => (++asked === 1 ? inside : [{ address: "10.0.0.1", family: 4 }]),
    });
    const response = await fetch(`http://localhost:${port}/a`, { method: "POST", body: "payload" });
    expect([response.status, response.headers.get("x-a"), await response.text()]).toEqual([
      200,
      "1",
      "hello",
    ]);
    expect(asked).toBe(1);
    expect(seen.at(-1)).toEqual({ method: "POST", host: `localhost:${port}`, body: "payload" });
    expect((await fetch(`http://127.0.0.1:${port}/empty`)).status).toBe(204);
  });

  it("T21 follows no redirect", async () => {
    const fetch = createPinnedFetch({ unsafeLoopback: true });
    await expect(fetch(`http://127.0.0.1:${port}/away`)).rejects.toThrow(refused);
  });

  it("stops when its signal aborts", async () => {
    const fetch = createPinnedFetch({ unsafeLoopback: true });
    await expect(fetch(`http://127.0.0.1:${port}/a`, { signal: AbortSignal.abort() })).rejects.toThrow();
  });
});
