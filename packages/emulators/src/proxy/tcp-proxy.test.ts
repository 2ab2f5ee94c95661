import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TcpProxy, type TcpProxyOptions, tcpProxy } from "./tcp-proxy.ts";

let echo: Server;
const open: TcpProxy[] = [];
const sockets = new Set<Socket>();

beforeEach(async () => {
  echo = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.close();
  for (const socket of sockets) socket.destroy();
  sockets.clear();
  await new Promise((resolve) => echo.close(resolve));
});

async function proxied(options: Partial<TcpProxyOptions> = {}) {
  const proxy = await tcpProxy({ target: `127.0.0.1:${(echo.address() as AddressInfo).port}`, ...options });
  open.push(proxy);
  const dial = async () => {
    const socket = connect(proxy.port, proxy.host);
    sockets.add(socket);
    let text = "";
    socket.on("data", (chunk) => {
      text += String(chunk);
    });
    const ended = new Promise<string>((resolve) => {
      socket.on("error", () => resolve("reset"));
      socket.on("close", () => resolve("closed"));
    });
    await new Promise<void>((resolve) =>
      socket.once("connect", () => resolve()).once("close", () => resolve()),
    );
    return {
      socket,
      ended,
      received: () => text,
      arrives: (want: string) => expect.poll(() => text).toBe(want),
    };
  };
  return { proxy, dial };
}

describe("a TCP proxy", () => {
  it("passes bytes both ways and counts them", async () => {
    const { proxy, dial } = await proxied();
    const client = await dial();
    client.socket.write("hello");
    await client.arrives("hello");
    expect(proxy.bytes).toEqual({ up: 5, down: 5 });
    expect([proxy.connections, proxy.accepted]).toEqual([1, 1]);
    client.socket.end();
    expect(await client.ended).toBe("closed");
  });

  it("F75 holds what is sent while it is a black hole, and delivers it after", async () => {
    const { proxy, dial } = await proxied();
    const client = await dial();
    proxy.blackHole();
    client.socket.write("held");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([client.received(), proxy.bytes.up]).toEqual(["", 0]);
    proxy.resume();
    await client.arrives("held");
  });

  it("F76 loses a reply whose request went through", async () => {
    const { proxy, dial } = await proxied({
      onChunk: (direction, chunk) => {
        if (direction === "up" && String(chunk).includes("COMMIT")) proxyRef.blackHole("down");
      },
    });
    const proxyRef = proxy;
    const client = await dial();
    client.socket.write("COMMIT");
    await expect.poll(() => proxy.bytes.up).toBe(6);
    proxy.cut();
    expect(await client.ended).toBe("reset");
    expect(client.received()).toBe("");
  });

  it("F24 cuts what is open, and lets new connections pass", async () => {
    const { proxy, dial } = await proxied();
    const client = await dial();
    client.socket.write("x");
    await client.arrives("x");
    proxy.cut();
    expect(await client.ended).toBe("reset");
    const second = await dial();
    second.socket.write("again");
    await second.arrives("again");
  });

  it("refuses new connections until it is told to resume", async () => {
    const { proxy, dial } = await proxied();
    proxy.refuse();
    expect(await (await dial()).ended).toBe("reset");
    proxy.resume();
    const client = await dial();
    client.socket.write("ok");
    await client.arrives("ok");
  });

  it("F25 delays and trickles", async () => {
    const { proxy, dial } = await proxied();
    proxy.delay(20, "up");
    proxy.trickle({ bytes: 1, everyMs: 10 }, "down");
    const client = await dial();
    const start = performance.now();
    client.socket.write("abcd");
    await client.arrives("abcd");
    expect(performance.now() - start).toBeGreaterThanOrEqual(55);
  });
});
