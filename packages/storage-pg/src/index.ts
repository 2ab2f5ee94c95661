export type { PoolClientSlice, PoolSlice } from "./connect/pool.ts";
export { type ServedStore, servePglite } from "./connect/serve-socket.ts";
export type { Target, TargetOptions } from "./connect/target.ts";
export { type Migrations, type MigrationsOptions, migrations } from "./migrations.ts";
export { type PgStorage, type PgStorageOptions, pgStorage } from "./pg-storage.ts";
export type { NameOptions } from "./roles.ts";
