/** What a process loads when it begins to work: the rounds of the worker, and with them every kind of work. */
export { enforceRetention } from "./retention.ts";
export { work } from "./worker.ts";
