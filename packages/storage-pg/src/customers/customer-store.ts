import type { CustomerStore, MirrorTable } from "@halo/core";
import type { Door } from "../tenant.ts";
import { setManual } from "./manual.ts";
import { noteSeen, readProfile, setContext } from "./profile.ts";
import { readAbout } from "./read-about.ts";
import {
  countCustomers,
  explainMatches,
  listCompanies,
  listEndUsers,
  readCompany,
  readEndUser,
} from "./read-customers.ts";
import { reconcile } from "./reconcile.ts";

export function customerStore(door: Door, mirrors: () => readonly MirrorTable[]): CustomerStore {
  return {
    endUser: (orgId, by) => readEndUser(door, orgId, by),
    company: (orgId, by) => readCompany(door, orgId, by),
    endUsers: (orgId, page) => listEndUsers(door, orgId, page),
    companies: (orgId, page) => listCompanies(door, orgId, page),
    counts: (orgId) => countCustomers(door, orgId),
    setManual: (orgId, kind, id, fields, at) => setManual(door, orgId, kind, id, fields, at),
    seen: (orgId, sightings) => noteSeen(door, orgId, sightings),
    setContext: (orgId, kind, id, entries) => setContext(door, orgId, kind, id, entries),
    profile: (orgId, kind, id, limit) => readProfile(door, mirrors(), orgId, kind, id, limit),
    explain: (orgId, kind, id, limit = 100) => explainMatches(door, orgId, kind, id, limit),
    about: (orgId, records) => readAbout(door, orgId, records),
    reconcile: (lease, limit) => reconcile(door, lease, limit),
  };
}
