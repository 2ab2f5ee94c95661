import type { Session } from "../connect/session.ts";
import type { Names } from "../roles.ts";

/** What a database is and has, as far as its catalogue tells anybody. */
export interface Facts {
  readonly versionNumber: number;
  readonly version: string;
  /** The role that we logged in as. */
  readonly login: string;
  readonly loginIsSuperuser: boolean;
  readonly loginBypassesRls: boolean;
  readonly loginMayCreateRoles: boolean;
  readonly loginMayCreateInDatabase: boolean;
  readonly roles: { readonly owner: boolean; readonly app: boolean; readonly reader: boolean };
  /** May the login become them? */
  readonly loginIsOwner: boolean;
  readonly loginIsApp: boolean;
  readonly appIsSuperuser: boolean;
  readonly appBypassesRls: boolean;
  readonly appIsOwner: boolean;
  readonly schema: boolean;
  readonly jobSchema: boolean;
  readonly migrationsTable: boolean;
  /** Where pgvector is installed. */
  readonly vectorSchema: string | undefined;
  /** It could be installed by this login. */
  readonly vectorInstallable: boolean;
}

interface Row {
  version_number: number;
  version: string;
  login: string;
  superuser: boolean;
  bypass: boolean;
  create_role: boolean;
  create_in: boolean;
  owner: boolean;
  app: boolean;
  reader: boolean;
  is_owner: boolean | null;
  is_app: boolean | null;
  app_superuser: boolean | null;
  app_bypass: boolean | null;
  app_owner: boolean | null;
  schema: boolean;
  job_schema: boolean;
  migrations_table: boolean;
  vector_schema: string | null;
  vector_installable: boolean;
}

const statement = `
select
  current_setting('server_version_num')::int as version_number,
  current_setting('server_version') as version,
  current_user::text as login,
  me.rolsuper as superuser,
  me.rolbypassrls as bypass,
  me.rolcreaterole or me.rolsuper as create_role,
  has_database_privilege(current_database(), 'create') as create_in,
  owner.oid is not null as owner,
  app.oid is not null as app,
  reader.oid is not null as reader,
  pg_has_role(me.oid, owner.oid, 'member') as is_owner,
  pg_has_role(me.oid, app.oid, 'member') as is_app,
  app.rolsuper as app_superuser,
  app.rolbypassrls as app_bypass,
  pg_has_role(app.oid, owner.oid, 'member') as app_owner,
  exists (select from pg_namespace where nspname = $4) as schema,
  exists (select from pg_namespace where nspname = $5) as job_schema,
  exists (
    select from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = $4 and c.relname = 'migrations'
  ) as migrations_table,
  (
    select n.nspname::text from pg_extension e join pg_namespace n on n.oid = e.extnamespace
    where e.extname = 'vector'
  ) as vector_schema,
  exists (
    select from pg_available_extension_versions
    where name = 'vector'
      and (me.rolsuper or (trusted and has_database_privilege(current_database(), 'create')))
  ) as vector_installable
from pg_roles me
left join pg_roles owner on owner.rolname = $1
left join pg_roles app on app.rolname = $2
left join pg_roles reader on reader.rolname = $3
where me.rolname = current_user`;

export async function readFacts(session: Session, names: Names): Promise<Facts> {
  const values = [names.owner, names.app, names.reader, names.schema, names.jobSchema];
  const { rows } = await session.query<Row>(statement, values, false);
  const [row] = rows;
  if (!row) throw new Error("The database does not know the role that we logged in as");
  return {
    versionNumber: row.version_number,
    version: row.version,
    login: row.login,
    loginIsSuperuser: row.superuser,
    loginBypassesRls: row.bypass,
    loginMayCreateRoles: row.create_role,
    loginMayCreateInDatabase: row.create_in,
    roles: { owner: row.owner, app: row.app, reader: row.reader },
    loginIsOwner: row.is_owner === true,
    loginIsApp: row.is_app === true,
    appIsSuperuser: row.app_superuser === true,
    appBypassesRls: row.app_bypass === true,
    appIsOwner: row.app_owner === true,
    schema: row.schema,
    jobSchema: row.job_schema,
    migrationsTable: row.migrations_table,
    vectorSchema: row.vector_schema ?? undefined,
    vectorInstallable: row.vector_installable,
  };
}
