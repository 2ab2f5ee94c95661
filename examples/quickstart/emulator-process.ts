import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** An emulator in a process of its own, spoken to over HTTP like the vendor itself. */
export interface EmulatorProcess {
  readonly url: string;
  /** What a test may ask and do, under `/_emulator/`. */
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** As it came, for what is no JSON. */
  read(path: string): Promise<Response>;
  close(): Promise<void>;
}

export async function startEmulator(vendor: string, args: readonly string[]): Promise<EmulatorProcess> {
  const cli = fileURLToPath(import.meta.resolve("@halo/emulators")).replace(/index\.(ts|js)$/, "cli.$1");
  const child = spawn(process.execPath, [...process.execArgv, cli, vendor, "--until-stdin-ends", ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const url = await firstUrl(child);
  const control = (path: string) => `${url}/_emulator/${path}`;
  const read = async (path: string) => checked(await fetch(control(path)));
  return {
    url,
    read,
    get: async <T>(path: string) => (await read(path)).json() as Promise<T>,
    async post<T>(path: string, body: unknown) {
      const headers = { "content-type": "application/json" };
      const response = await fetch(control(path), { method: "POST", headers, body: JSON.stringify(body) });
      return (await checked(response)).json() as Promise<T>;
    },
    async close() {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  if (!child.stdout) throw new Error("The emulator has no output.");
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /https?:\/\/[\w.:]+/.exec(line);
    if (!found) continue;
    child.stdout.resume();
    return found[0];
  }
  throw new Error("The emulator ended before it said where it listens.");
}

async function checked(response: Response): Promise<Response> {
  if (!response.ok) throw new Error(`The emulator answered ${response.status}: ${await response.text()}`);
  return response;
}
