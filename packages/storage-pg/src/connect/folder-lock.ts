import { realpath, rm, stat } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError } from "@halo/core";

export interface FolderLock {
  release(): Promise<void>;
}

/** Longer paths do not fit a socket's address (108 bytes on Linux, 104 on macOS). */
const longestSocketPath = 100;

/**
 * One process per folder, by sockets that the kernel takes back when the process dies, however it dies. Throws
 * `store_locked` when another one has it. See docs/decisions/2026-11-21-embedded-folder-lock.md.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const real = await realpath(folder);
  const { dev, ino } = await stat(real);
  const id = `halo-store-${dev}-${ino}`;
  const held: Server[] = [];
  const release = async () => {
    await Promise.all(held.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
  };
  try {
    // Exact, but seen only within one network namespace.
    const exclusive =
      process.platform === "linux"
        ? `\0${id}`
        : process.platform === "win32"
          ? `\\\\.\\pipe\\${id}`
          : undefined;
    if (exclusive !== undefined) held.push(await bind(exclusive, folder));
    if (process.platform !== "win32") {
      // A file, which a container that shares the folder sees too; left over by a dead process it refuses connections.
      const inside = join(real, "halo.lock");
      const path = Buffer.byteLength(inside) <= longestSocketPath ? inside : join(tmpdir(), `${id}.sock`);
      if (await answers(path)) throw locked(folder);
      await rm(path, { force: true });
      held.push(await bind(path, folder));
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

function bind(path: string, folder: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.unref();
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" || error.code === "EACCES" ? locked(folder, error) : error);
    });
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function locked(folder: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError(
    `${folder} is open in another process: an embedded store belongs to one. Stop that process, or use a PostgreSQL server for several.`,
    { option: "storage", code: "store_locked", cause },
  );
}
