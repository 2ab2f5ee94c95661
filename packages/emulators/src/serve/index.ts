export { type Servable, type Served, type ServeOptions, serve } from "./serve.ts";
