import { disguise } from "./disguise.ts";
import { fields } from "./fields.ts";
import { impersonation } from "./impersonation.ts";
import { markup } from "./markup.ts";

export const payloads = [...impersonation, ...markup, ...disguise, ...fields];
