import type { IntegrationDefinition } from "@halo/core";
import * as z from "zod";
import { Me, type ZoomManagement } from "./auth.ts";
import { paths } from "./paths.ts";

export interface ZoomPerson {
  /** What stands in paths: `me` where an app may ask for nobody else. */
  readonly path: string;
  readonly id: string;
  readonly name: string | undefined;
  readonly email: string | undefined;
}

/** Whose recordings are read. */
export interface ZoomReferences {
  readonly people: readonly ZoomPerson[];
}

const Users = z.object({
  next_page_token: z.string().nullish(),
  users: z.array(z.unknown()).nullish(),
});

const User = Me.omit({ account_id: true });

/** People who left are listed apart, and so are their recordings. */
const STATUSES = ["active", "inactive"];
const PAGE_SIZE = 300;

export function references(management: ZoomManagement): NonNullable<IntegrationDefinition["references"]> {
  return async ({ http, signal }) => {
    const people: ZoomPerson[] = [];
    if (management === "user") {
      people.push(personOf(await http.get(paths.me, { schema: Me, signal }), "me"));
    } else {
      for (const status of STATUSES) {
        let token = "";
        do {
          const query = { status, page_size: PAGE_SIZE, next_page_token: token || undefined };
          const page = await http.get(paths.users, { query, schema: Users, signal });
          for (const one of page.users ?? []) {
            const user = User.safeParse(one).data;
            if (user) people.push(personOf(user, user.id));
          }
          token = page.next_page_token ?? "";
        } while (token !== "");
      }
    }
    return { refs: { people } satisfies ZoomReferences, notices: [] };
  };
}

function personOf(user: z.infer<typeof User>, path: string): ZoomPerson {
  const { display_name, email, first_name, id, last_name } = user;
  const name = display_name || [first_name, last_name].filter(Boolean).join(" ");
  return { path, id, name: name || undefined, email: email || undefined };
}
